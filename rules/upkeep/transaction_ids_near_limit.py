"""Transaction ids that come to their end, as CloudWatch counts them."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.postgres.databases import Database
from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import RDS, Confidence, Finding, Gain, Impact, Remedy, Severity, rule
from rules.capacity.minutes import latest
from rules.rds_wording import of_instance
from rules.wording import share

_IDS = 2**31
_CRITICAL = 1_500_000_000


@rule(
    title="Transaction ids run out",
    severity=Severity.HIGH,
    confidence=Confidence.VALIDATED,
    engines=RDS,
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Autovacuum.html",
        "https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND",
    ),
)
def transaction_ids_near_limit(
    instances: Snapshot[Instance],
    minutes: Snapshot[CloudWatch],
    databases: Snapshot[Database] | None,
    *,
    high_transactions: float = 1_000_000_000,
) -> Iterator[Finding]:
    """Old rows must be frozen before transaction ids come round again.

    Why it matters
        At about 2.1 billion the server refuses every write until a VACUUM of hours has ended.

    What to do
        Connect, find the database and the tables with the oldest ids, end what holds the horizon
        (old transactions, replication slots), and VACUUM FREEZE those tables.

    When to ignore
        The number falls already. With a SQL connection wraparound tells the same with names of
        tables, and this stays silent; so it does on readers and replicas, which can't vacuum.
    """
    (instance,) = instances.rows
    used = latest(minutes.rows, lambda m: m.used_transaction_ids)
    if databases is not None or instance.role in ("reader", "replica"):
        return
    if used is not None and used >= high_transactions:
        yield Finding(
            subject=of_instance(instance),
            summary=f"{instance.identifier} has used {share(used / _IDS)} of its transaction ids "
            f"({used / 1e6:,.0f} million); at the end all writes stop.",
            evidence={"used_transaction_ids": used, "used_ratio": used / _IDS},
            severity=Severity.CRITICAL if used >= _CRITICAL else Severity.HIGH,
            impact=Impact(Gain.HEADROOM, used / _IDS),
            remedy=_remedy(),
        )


def _remedy() -> Remedy:
    return Remedy(
        text="Find the oldest database, then in it the oldest tables. End what holds the horizon, "
        "or VACUUM can't freeze. Then freeze table by table, the oldest first.",
        statements=(
            "SELECT datname, age(datfrozenxid) FROM pg_database ORDER BY 2 DESC;",
            "SELECT oid::regclass, age(relfrozenxid) FROM pg_class WHERE relkind IN ('r', 'm', 't')"
            " ORDER BY 2 DESC LIMIT 20;",
            "VACUUM (FREEZE, VERBOSE, INDEX_CLEANUP off, TRUNCATE off) YOUR_TABLE;",
        ),
        risk="SHARE UPDATE EXCLUSIVE lock: reads and writes go on. It reads the whole table: "
        "minutes for each 10 GB, and I/O that other statements miss.",
        verify="MaximumUsedTransactionIDs in CloudWatch falls within minutes of the end of VACUUM.",
        rollback="None is needed; a VACUUM that is cancelled does no harm.",
    )
