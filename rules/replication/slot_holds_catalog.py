"""A logical slot keeps old catalog rows from being removed."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.postgres.slots import Slot
from collectors.snapshot import Snapshot
from rules.base import Confidence, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.wording import literal

_IDS = 2**31


@rule(
    title="A logical slot keeps old catalog rows",
    severity=Severity.HIGH,
    confidence=Confidence.VALIDATED,
    see=("https://www.postgresql.org/docs/current/logicaldecoding-explanation.html",),
)
def slot_holds_catalog(
    slots: Snapshot[Slot], *, tolerated_transactions: int = 100_000_000
) -> Iterator[Finding]:
    """A logical slot is so far behind that the system catalogs can't be cleaned up.

    Why it matters
        Dead rows pile up in pg_class, pg_attribute and their like, so planning every statement
        gets slower, and the catalogs can't be frozen: transaction ids run out in the end.

    What to do
        Start the consumer and see that it confirms what it read (an idle publication needs
        heartbeats). If it is gone for good, drop the slot.

    When to ignore
        A consumer that catches up right now.
    """
    for slot in slots.rows:
        age = slot.catalog_age
        if age is not None and age > tolerated_transactions:
            yield Finding(
                subject=Subject("slot", slot.slot, slot.database),
                severity=Severity.CRITICAL if age > _IDS * 0.7 else None,
                summary=(
                    f"Slot {slot.slot} keeps catalog rows as of {age:,} transactions ago"
                    f"{'' if slot.active else ', and nobody reads it'}."
                ),
                evidence={
                    "catalog_age": age,
                    "tolerated_transactions": tolerated_transactions,
                    "active": slot.active,
                    "retained_bytes": slot.retained_bytes,
                },
                impact=Impact(Gain.HEADROOM, age / _IDS),
                remedy=_remedy(slot),
            )


def _remedy(slot: Slot) -> Remedy:
    database = slot.database or "its database"
    return Remedy(
        text=(
            "Have the consumer go on and confirm what it read; if it is gone for good, drop the "
            f"slot. Then VACUUM the catalogs in {database}."
        ),
        statements=(
            f"SELECT pg_drop_replication_slot({literal(slot.slot)});",
            "VACUUM pg_catalog.pg_class, pg_catalog.pg_attribute;",
        ),
        risk="Dropping takes no lock and milliseconds, but the subscription must be copied anew. "
        "VACUUM takes SHARE UPDATE EXCLUSIVE for seconds to minutes: reads and writes go on.",
        verify="Within a minute no age comes near that of the evidence: "
        "SELECT slot_name, age(catalog_xmin) FROM pg_replication_slots;",
        rollback="None possible for the drop; none needed for VACUUM.",
    )
