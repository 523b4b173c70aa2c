"""A replication slot that nobody reads keeps log."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.postgres.slots import Slot
from collectors.session import Server
from collectors.snapshot import Snapshot
from rules.base import Confidence, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.wording import duration, literal, reset_parameter, set_parameter, size

_MIB = 1 << 20
_GIB = 1 << 30
_NEARLY_LOST_RATIO = 0.8
_LOSING = ("lost", "unreserved")  # told by lost-slot


@rule(
    title="An unused replication slot keeps log",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    see=("https://www.postgresql.org/docs/current/warm-standby.html#STREAMING-REPLICATION-SLOTS",),
)
def inactive_slot(
    slots: Snapshot[Slot],
    server: Server,
    *,
    tolerated_bytes: float = 1 * _GIB,
    urgent_bytes: float = 10 * _GIB,
    forgotten_seconds: float = 86400,
) -> Iterator[Finding]:
    """No consumer is connected to a replication slot, and log piles up for it.

    Why it matters
        Log that a slot still needs is never removed. It fills the disk of the primary, and a
        full disk stops every write.

    What to do
        Start the consumer again and watch it catch up. If it is gone for good, drop the slot;
        its consumer then has to be built anew. Set max_slot_wal_keep_size, so that the next
        forgotten slot is lost instead of the primary.

    When to ignore
        A consumer that is down for maintenance, while the disk has room. Slots of failover
        copies on a replica are inactive by design and not told.
    """
    for slot in slots.rows:
        synced = server.is_replica and slot.kind == "logical"
        if slot.active or slot.wal_status in _LOSING or slot.retained_bytes is None or synced:
            continue
        idle_seconds = _idle_seconds(slot, slots.taken_at)
        forgotten = idle_seconds > forgotten_seconds and slot.retained_bytes >= 100 * _MIB
        if slot.retained_bytes >= tolerated_bytes or forgotten:
            urgent = slot.retained_bytes >= urgent_bytes or _used_ratio(slot) >= _NEARLY_LOST_RATIO
            small = slot.retained_bytes < tolerated_bytes
            severity = Severity.HIGH if urgent else Severity.LOW if small else None
            yield _finding(slot, idle_seconds, severity, server)


def _idle_seconds(slot: Slot, now: float) -> float:
    return 0.0 if slot.inactive_since is None else max(0.0, now - slot.inactive_since)


def _used_ratio(slot: Slot) -> float:
    """How much of what it may keep it does keep; 0 without a limit."""
    if slot.safe_bytes is None or not slot.retained_bytes:
        return 0.0
    return slot.retained_bytes / (slot.retained_bytes + max(0.0, slot.safe_bytes))


def _finding(slot: Slot, idle_seconds: float, severity: Severity | None, server: Server) -> Finding:
    kept = slot.retained_bytes or 0.0
    since = f" for {duration(idle_seconds)}" if idle_seconds else ""
    limited = slot.safe_bytes is not None
    limit = () if limited else set_parameter(server, "max_slot_wal_keep_size", "50GB")
    return Finding(
        subject=Subject("slot", slot.slot, slot.database),
        severity=severity,
        summary=f"Slot {slot.slot} keeps {size(kept)} of log, and nobody reads it{since}.",
        evidence={
            "retained_bytes": kept,
            "safe_bytes": slot.safe_bytes,
            "inactive_seconds": idle_seconds if slot.inactive_since is not None else None,
            "kind": slot.kind,
            "wal_status": slot.wal_status,
        },
        impact=Impact(Gain.SPACE, kept),
        remedy=Remedy(
            text=(
                "Start its consumer again. If it is gone for good, drop the slot"
                + ("." if limited else "; then limit what any slot may keep.")
            ),
            statements=(f"SELECT pg_drop_replication_slot({literal(slot.slot)});", *limit),
            risk=(
                "No lock. Dropping takes milliseconds, but the consumer must be built anew. A "
                "limit makes a slot invalid that falls further behind: choose it below the free "
                "disk space."
            ),
            verify="After two checkpoints pg_wal is smaller by about the kept bytes.",
            rollback="None possible for the drop."
            + (
                ""
                if limited
                else f" For the limit: {reset_parameter(server, 'max_slot_wal_keep_size', '-1')};"
            ),
        ),
    )
