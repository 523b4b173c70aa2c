"""A member of a cluster that does not serve."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.cluster_members import ClusterMember
from collectors.session import Server
from collectors.snapshot import Snapshot
from rules.base import MYSQL, Confidence, Finding, Remedy, Severity, Subject, rule

_GALERA_CATCHES_UP = ("JOINER", "JOINING", "JOINED", "DONOR")
_STATUS = {
    "galera": "SHOW GLOBAL STATUS LIKE 'wsrep_%';",
    "group": "SELECT * FROM performance_schema.replication_group_members;",
}


@rule(
    title="A cluster member is down",
    severity=Severity.HIGH,
    confidence=Confidence.VALIDATED,
    engines=MYSQL,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/group-replication-server-states.html",
        "https://mariadb.com/kb/en/galera-cluster-status-variables/",
    ),
)
def cluster_member_down(members: Snapshot[ClusterMember], server: Server) -> Iterator[Finding]:
    """A member of the replication group or Galera cluster is not in a state that serves.

    Why it matters
        The cluster tolerates fewer further faults. A part without majority accepts no writes at
        all, and one without the others may answer with old data.

    What to do
        Look in the error log of that member for the reason: network, full disk, a transaction
        that failed there. Restart it and let it join; it copies all data if it is too far behind.

    When to ignore
        While a member is restarted or joins on purpose.
    """
    for member in members.rows:
        told = _galera(member) if member.kind == "galera" else _group(member)
        if told is not None:
            severity, what = told
            yield _finding(member, severity, what, server)


def _galera(member: ClusterMember) -> tuple[Severity, str] | None:
    state = member.state.upper()
    if member.role and member.role.upper() != "PRIMARY":
        return Severity.CRITICAL, "is not in the primary component: it refuses queries"
    if state in ("", "SYNCED"):
        return None
    if state.startswith(_GALERA_CATCHES_UP):
        return Severity.LOW, f"is {member.state}: it lags behind the others until it is done"
    return Severity.HIGH, f"is {member.state}, not Synced"


def _group(member: ClusterMember) -> tuple[Severity, str] | None:
    state = member.state.upper()
    if state in ("", "ONLINE"):
        return None
    if state == "RECOVERING":
        return Severity.LOW, "is RECOVERING: it does not serve until it has caught up"
    return Severity.HIGH, f"is {state}"


def _finding(member: ClusterMember, severity: Severity, what: str, server: Server) -> Finding:
    galera = member.kind == "galera"
    rejoin = (
        "-- on that member: systemctl restart mariadb"
        if galera
        else "START GROUP_REPLICATION; -- on that member, after STOP GROUP_REPLICATION if it errs"
    )
    return Finding(
        subject=Subject("replica", member.member or server.name),
        severity=severity,
        summary=f"Cluster member {member.member or server.name} {what}.",
        evidence={
            "state": member.state,
            "role": member.role or None,
            "members_seen": member.members,
            "queue_transactions": member.queue,
        },
        remedy=Remedy(
            text="Read the error log of that member, check its disk and its network to the "
            "others, then let it join again. If a majority is lost, find out first which member "
            "has the newest data."
            if severity > Severity.LOW
            else "Wait until it has caught up; keep readers that need fresh data off it.",
            statements=(_STATUS["galera" if galera else "group"],)
            + ((rejoin,) if severity > Severity.LOW else ()),
            risk="A member that is too far behind copies all data: minutes to hours, during which "
            "its donor is slower.",
            verify=f"Within minutes its state is {'Synced' if galera else 'ONLINE'}.",
            rollback="None needed: the member leaves again if it is stopped.",
        ),
    )
