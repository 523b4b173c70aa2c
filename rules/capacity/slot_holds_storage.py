"""Log that is kept for a replication slot takes the storage of an RDS instance."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.postgres.slots import Slot
from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import Confidence, Finding, Gain, Impact, Remedy, Severity, rule
from rules.capacity.minutes import latest
from rules.rds_wording import of_instance
from rules.wording import share, size

_GIB = 2**30
_LEAST_BYTES = 5 * _GIB  # what a busy instance may keep between two checkpoints
_SLOTS = """\
SELECT slot_name, slot_type, active, wal_status,
       pg_size_pretty(pg_wal_lsn_diff(
           CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
                ELSE pg_current_wal_lsn()
            END, restart_lsn)) AS kept
  FROM pg_replication_slots ORDER BY restart_lsn;"""


@rule(
    title="Log that is kept takes the storage",
    severity=Severity.HIGH,
    confidence=Confidence.ESTIMATED,
    engines=("rds",),
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html",
        "https://www.postgresql.org/docs/current/warm-standby.html#STREAMING-REPLICATION-SLOTS",
    ),
)
def slot_holds_storage(
    minutes: Snapshot[CloudWatch],
    instances: Snapshot[Instance],
    slots: Snapshot[Slot] | None,
    *,
    tolerated_ratio: float = 0.2,
    full_ratio: float = 0.2,
) -> Iterator[Finding]:
    """Replication slots, or the write-ahead log, hold more than a fifth of the storage.

    Why it matters
        Log that a slot still needs is never removed. It fills the volume, and a full volume stops
        the instance.

    What to do
        See which slot it is. Start its consumer again; if that is gone for good, drop the slot.
        Then set max_slot_wal_keep_size, so that the next forgotten slot is lost instead of the
        instance.

    When to ignore
        A consumer that is down for maintenance, while there is room. Critical once less than a
        fifth of the storage is free. With a connection to the database, inactive-slot names the
        slot, and nothing is told here. Nor of Aurora, whose volume grows.
    """
    (instance,) = instances.rows
    if slots is not None or not instance.allocated_bytes:
        return
    of_slots = latest(minutes.rows, lambda m: m.slot_disk_bytes)
    of_log = latest(minutes.rows, lambda m: m.log_disk_bytes)
    lag = latest(minutes.rows, lambda m: m.oldest_slot_lag_bytes)
    held = max(of_slots or 0.0, of_log or 0.0)
    ratio = held / instance.allocated_bytes
    if ratio <= tolerated_ratio or held < _LEAST_BYTES:
        return
    by_slot = max(of_slots or 0.0, lag or 0.0) > held / 2
    free = latest(minutes.rows, lambda m: m.free_storage_bytes)
    full = free is not None and free < full_ratio * instance.allocated_bytes
    why = "for a replication slot" if by_slot else "; a replication slot is the usual reason"
    yield Finding(
        subject=of_instance(instance),
        severity=Severity.CRITICAL if full else None,
        confidence=None if by_slot else Confidence.HEURISTIC,
        summary=(
            f"{size(held)} of log ({share(ratio)} of the storage of {instance.identifier}) is kept"
            f"{' ' if by_slot else ''}{why}."
        ),
        evidence={
            "slot_disk_bytes": of_slots,
            "log_disk_bytes": of_log,
            "oldest_slot_lag_bytes": lag,
            "allocated_bytes": instance.allocated_bytes,
            "held_ratio": ratio,
            "free_storage_bytes": free,
        },
        impact=Impact(Gain.SPACE, held),
        remedy=_remedy(),
    )


def _remedy() -> Remedy:
    return Remedy(
        text=(
            "See which slot keeps most. Start its consumer again; if that is gone for good, drop "
            "the slot with pg_drop_replication_slot. Then set max_slot_wal_keep_size in the "
            "parameter group, below the free storage."
        ),
        statements=(_SLOTS,),
        risk=(
            "The query takes no lock. Dropping a slot takes milliseconds, but its consumer must "
            "be built anew."
        ),
        verify="After two checkpoints TransactionLogsDiskUsage is lower by about what was kept.",
        rollback="None possible for a slot that was dropped.",
    )
