"""Members of a Galera cluster or a replication group, as this server sees them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from collectors.base import Runs, collector
from collectors.fields import counter, gauge, label, note, row
from collectors.mysql.facts import Variable
from collectors.mysql.global_status import shown, shows
from collectors.mysql.needs import Reads
from collectors.session import SqlSession
from collectors.snapshot import Snapshot
from collectors.variants import Variants

MEMBERS_READABLE = Reads("performance_schema")

GALERA = shows(
    (
        *("wsrep_cluster_size", "wsrep_cluster_status", "wsrep_flow_control_paused_ns"),
        *("wsrep_local_bf_aborts", "wsrep_local_cert_failures", "wsrep_local_recv_queue"),
        *("wsrep_local_send_queue", "wsrep_local_state_comment"),
    )
)

_MEMBERS = """
    SELECT m.MEMBER_HOST AS host,
           m.MEMBER_PORT AS port,
           m.MEMBER_ID = @@GLOBAL.server_uuid AS here,
           m.MEMBER_STATE AS state,
           {role} AS role,
           {queue} AS queue,
           s.COUNT_CONFLICTS_DETECTED AS conflicts
      FROM performance_schema.replication_group_members m
      LEFT JOIN performance_schema.replication_group_member_stats s ON s.MEMBER_ID = m.MEMBER_ID
     WHERE m.MEMBER_ID <> ''
"""
# 5.7 tells only of its own queue, and of no roles: who is primary is a status variable.
MEMBERS = Variants(
    {
        "mysql >= 5.7": _MEMBERS.format(
            role="""(
               SELECT CASE WHEN MAX(VARIABLE_VALUE) IN ('', m.MEMBER_ID) THEN 'PRIMARY'
                           ELSE 'SECONDARY' END
                 FROM performance_schema.global_status
                WHERE VARIABLE_NAME = 'group_replication_primary_member'
           )""",
            queue="s.COUNT_TRANSACTIONS_IN_QUEUE",
        ),
        "mysql >= 8.0": _MEMBERS.format(
            role="m.MEMBER_ROLE",
            queue="s.COUNT_TRANSACTIONS_IN_QUEUE"
            "\n           + s.COUNT_TRANSACTIONS_REMOTE_IN_APPLIER_QUEUE",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class GroupMember:
    host: str
    port: int | None
    here: bool
    state: str
    role: str
    queue: int | None
    conflicts: int | None


@row(resets_apart=True)
class ClusterMember:
    """One member; of Galera this server only, which also says how many there are."""

    member: str = label("Host and port, or node name.")
    kind: str = label("galera or group replication.")
    here: bool = note("It is this server.")
    state: str = note("ONLINE, RECOVERING, ERROR, …; Galera: Synced, Donor/Desynced, …")
    role: str = note("PRIMARY or SECONDARY; Galera: Primary or non-Primary component.")
    members: int = gauge("Members this one sees.")
    queue: int | None = gauge("Transactions that wait to be certified or applied.")
    conflicts: int | None = counter("Transactions rolled back by certification.")
    flow_control_seconds: float | None = counter("Galera: time paused by flow control.")


@collector(Runs(GALERA), every=timedelta(seconds=15))
def cluster_members(db: SqlSession) -> Snapshot[ClusterMember]:
    """No rows on a server that is in neither."""
    rows = (*_galera(db), *_group(db))
    return Snapshot(db.now(), rows, db.server.started_at)


def _galera(db: SqlSession) -> tuple[ClusterMember, ...]:
    if db.server.settings.get("wsrep_provider", "none") in ("none", ""):
        return ()
    found = shown(*db.rows(GALERA, Variable))
    paused = found.number("wsrep_flow_control_paused_ns")
    queues = (found.number("wsrep_local_recv_queue"), found.number("wsrep_local_send_queue"))
    lost = (found.number("wsrep_local_cert_failures"), found.number("wsrep_local_bf_aborts"))
    member = ClusterMember(
        member=db.server.settings.get("wsrep_node_name") or db.server.instance or "",
        kind="galera",
        here=True,
        state=found.text("wsrep_local_state_comment") or "",
        role=found.text("wsrep_cluster_status") or "",
        members=found.number("wsrep_cluster_size") or 0,
        queue=_sum(*queues),
        conflicts=_sum(*lost),
        flow_control_seconds=None if paused is None else paused / 1e9,
    )
    return (member,)


def _sum(*parts: int | None) -> int | None:
    known = [part for part in parts if part is not None]
    return sum(known) if known else None


def _group(db: SqlSession) -> tuple[ClusterMember, ...]:
    """Where the plugin is installed, which brings the variables."""
    if "group_replication_group_name" not in db.server.settings:
        return ()
    if MEMBERS.unmet(db.server.versions) or MEMBERS_READABLE.unmet(db.server):
        return ()
    members = db.rows(MEMBERS, GroupMember)
    return tuple(_member(m, len(members)) for m in members)


def _member(found: GroupMember, members: int) -> ClusterMember:
    return ClusterMember(
        member=f"{found.host}:{found.port}" if found.port else found.host,
        kind="group replication",
        here=found.here,
        state=found.state,
        role=found.role,
        members=members,
        queue=found.queue,
        conflicts=found.conflicts,
        flow_control_seconds=None,
    )
