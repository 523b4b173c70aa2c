"""A replication slot lost the log its consumer needs, or is about to."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.postgres.slots import Slot
from collectors.session import Server
from collectors.snapshot import Snapshot
from rules.base import Confidence, Finding, Remedy, Severity, Subject, rule
from rules.wording import literal, reset_parameter, set_parameter


@rule(
    title="A replication slot lost its log",
    severity=Severity.HIGH,
    confidence=Confidence.VALIDATED,
    see=("https://www.postgresql.org/docs/current/view-pg-replication-slots.html",),
)
def lost_slot(slots: Snapshot[Slot], server: Server) -> Iterator[Finding]:
    """The log a slot promised to keep is removed (lost) or will be at the next checkpoint.

    Why it matters
        Once it is lost the consumer can never go on: a standby or subscriber must be built
        anew, and until then it serves stale data and is no failover target.

    What to do
        Not lost yet (unreserved): raise max_slot_wal_keep_size at once and start the consumer.
        Lost: rebuild the consumer and drop the slot.

    When to ignore
        Never: a lost slot is of no use to anyone.
    """
    for slot in slots.rows:
        if slot.wal_status == "lost":
            yield _lost(slot)
        elif slot.wal_status == "unreserved":
            yield _unreserved(slot, server)


def _lost(slot: Slot) -> Finding:
    return Finding(
        subject=Subject("slot", slot.slot, slot.database),
        summary=f"The log of slot {slot.slot} is gone: its consumer must be built anew.",
        evidence={"wal_status": slot.wal_status, "kind": slot.kind, "active": slot.active},
        remedy=Remedy(
            text=(
                "Build the standby anew (pg_basebackup), or copy the subscription's tables again; "
                "then drop the slot."
            ),
            statements=(f"SELECT pg_drop_replication_slot({literal(slot.slot)});",),
            risk="No lock, milliseconds. A lost slot serves nobody.",
            verify="At once no slot in pg_replication_slots has wal_status = 'lost'.",
            rollback="None needed: the slot could not be used any more.",
        ),
    )


def _unreserved(slot: Slot, server: Server) -> Finding:
    limit = int(server.settings.get("max_slot_wal_keep_size", "0"))
    wider = f"{2 * limit}MB" if limit > 0 else "100GB"
    return Finding(
        subject=Subject("slot", slot.slot, slot.database),
        severity=Severity.CRITICAL,
        summary=f"Slot {slot.slot} loses its log at the next checkpoint: its consumer is too slow.",
        evidence={
            "wal_status": slot.wal_status,
            "safe_bytes": slot.safe_bytes,
            "retained_bytes": slot.retained_bytes,
            "kind": slot.kind,
            "active": slot.active,
        },
        remedy=Remedy(
            text="Raise max_slot_wal_keep_size as far as the disk allows, and start the consumer.",
            statements=set_parameter(server, "max_slot_wal_keep_size", wider),
            risk="No lock, no restart. The log may fill the disk: keep the limit below the free "
            "space.",
            verify="Within a minute wal_status of the slot is extended or reserved.",
            rollback=reset_parameter(server, "max_slot_wal_keep_size", f"{limit}MB")
            if limit > 0
            else "Set max_slot_wal_keep_size back.",
        ),
    )
