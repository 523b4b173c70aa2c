"""A replica that anybody may write to."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.cluster_members import ClusterMember
from collectors.mysql.replication import Channel
from collectors.mysql.server import MysqlServer
from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.settings import Setting
from rules.base import MYSQL, Confidence, Finding, Remedy, Severity, Subject, rule
from rules.settings.mysql_values import change, undo, variable


@rule(
    title="A replica can be written to",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    engines=MYSQL,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/server-system-variables.html#sysvar_super_read_only",
        "https://mariadb.com/kb/en/server-system-variables/#read_only",
    ),
)
def replica_writable(
    status: Snapshot[MysqlServer],
    channels: Snapshot[Channel],
    settings: Snapshot[Setting],
    members: Snapshot[ClusterMember] | None,
    server: Server,
) -> Iterator[Finding]:
    """read_only is off on a server that replicates from another; or it binds all but root.

    Why it matters
        One row written here by mistake, and the replica differs from its source. Weeks later
        replication breaks on that row, or a failover makes it the truth.

    What to do
        Set read_only, on MySQL super_read_only as well; replication itself goes on.

    When to ignore
        Servers that are both source and replica of each other with writers on both, and those
        that gather from several sources and keep tables of their own. Members of Galera or
        group replication, and replicas with more than one channel, are left out.
    """
    if (members and members.rows) or len(channels.rows) != 1 or server.platform == "aurora":
        return
    for row in status.rows:
        name = _open(row, server) if row.is_replica else ""
        current = variable(settings, name)
        if current is not None:
            yield _finding(current, row, channels.rows[0], server)


def _open(row: MysqlServer, server: Server) -> str:
    """The variable that is off and should be on; empty if there is none."""
    if not row.read_only:
        return "super_read_only" if _can_be_super(row, server) else "read_only"
    return "super_read_only" if row.super_read_only is False and _can_be_super(row, server) else ""


def _can_be_super(row: MysqlServer, server: Server) -> bool:
    """Amazon's own agent must be able to write."""
    return row.super_read_only is not None and server.platform == "self-managed"


def _finding(current: Setting, row: MysqlServer, channel: Channel, server: Server) -> Finding:
    feeds = bool(row.replicas_connected)
    who = "accounts with special rights" if row.read_only else "any account with write privileges"
    return Finding(
        subject=Subject("replica", server.name),
        summary=f"This replica of {channel.replica} can be written to by {who}.",
        evidence={
            "read_only": row.read_only,
            "super_read_only": row.super_read_only,
            "source": channel.replica,
            "replicas_connected": row.replicas_connected,
        },
        severity=Severity.LOW if row.read_only or feeds else None,
        confidence=Confidence.HEURISTIC if feeds else None,
        remedy=_remedy(current, server, feeds=feeds, was_open=not row.read_only),
    )


def _remedy(current: Setting, server: Server, *, feeds: bool, was_open: bool) -> Remedy:
    name = current.setting
    first = "If it is not the one of a pair that applications write to: " if feeds else ""
    return Remedy(
        text=f"{first}Look for who writes here (binary log, statement statistics), send them to "
        f"the source, then set {name}"
        f"{', which sets read_only too' if name == 'super_read_only' and was_open else ''}.",
        # On RDS it must be off again by itself when the replica is promoted.
        statements=change(server, current, "{TrueIfReplica}" if server.platform == "rds" else "ON"),
        risk="Waits for open transactions and table locks that write: seconds to minutes. Whoever "
        "writes here gets an error; jobs that create tables for reports are usual ones.",
        verify=f"At once this is 1: SELECT @@GLOBAL.{name};",
        rollback=undo(server, current)
        + ("\nSET GLOBAL read_only = OFF;" if name == "super_read_only" and was_open else ""),
    )
