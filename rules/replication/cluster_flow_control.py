"""The slowest member of a cluster holds up all writers."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.cluster_members import ClusterMember
from collectors.snapshot import Activity, Snapshot
from rules.base import MYSQL, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.wording import share


@rule(
    title="Flow control slows the cluster down",
    severity=Severity.HIGH,
    engines=MYSQL,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/group-replication-flow-control.html",
        "https://mariadb.com/kb/en/galera-cluster-status-variables/#wsrep_flow_control_paused",
    ),
)
def cluster_flow_control(
    members: Snapshot[ClusterMember],
    activity: Activity[ClusterMember] | None,
    *,
    tolerated_paused_ratio: float = 0.1,
    tolerated_queue_transactions: int = 25_000,
) -> Iterator[Finding]:
    """A member can't apply changes as fast as they come, so that writers everywhere must wait.

    Why it matters
        Every commit of the cluster goes at the speed of its slowest member.

    What to do
        Find the member with the longest queue: a slow disk, a backup, large transactions, or
        tables without a primary key. Raise its applier threads.

    When to ignore
        While a backup or a large change runs on purpose.
    """
    for row in activity.rows if activity else ():
        seconds = activity.seconds if activity else 0.0
        paused = (row.flow_control_seconds or 0.0) / (seconds or float("inf"))
        if paused > tolerated_paused_ratio:
            yield _finding(
                row,
                f"Writers were stopped by flow control for {share(paused)} of the time.",
                {"paused_ratio": paused, "window_seconds": seconds},
                paused * 3600,
            )
    for row in members.rows:
        if row.kind != "galera" and (row.queue or 0) > tolerated_queue_transactions:
            yield _finding(
                row, f"{row.queue:,} transactions wait on {row.member}: writers are held back.", {}
            )


def _finding(
    row: ClusterMember, summary: str, seen: dict[str, float], seconds: float = 0.0
) -> Finding:
    galera = row.kind == "galera"
    return Finding(
        subject=Subject("replica", row.member),
        summary=summary,
        evidence={**seen, "queue_transactions": row.queue, "conflicts": row.conflicts},
        impact=Impact(Gain.TIME, seconds) if seconds else Impact(),
        remedy=Remedy(
            text="Look at the member with the longest queue: its disk, its CPU, a backup that "
            "runs there. Write in smaller transactions and give every table a primary key; then "
            f"raise {'wsrep_slave_threads' if galera else 'replica_parallel_workers'} there.",
            statements=(
                "SHOW GLOBAL STATUS LIKE 'wsrep_local_recv_queue%'; -- on each member"
                if galera
                else "SELECT MEMBER_ID, COUNT_TRANSACTIONS_IN_QUEUE, "
                "COUNT_TRANSACTIONS_REMOTE_IN_APPLIER_QUEUE "
                "FROM performance_schema.replication_group_member_stats;",
            ),
            risk="None for the query, which takes milliseconds.",
            verify="Within minutes the queue is near 0 and commits are as fast as before.",
            rollback="None needed: nothing is changed.",
        ),
    )
