"""Whatever keeps vacuum from removing dead rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collectors.postgres.postgres_table import PostgresTable
from collectors.snapshot import Snapshot
from collectors.snapshots.transactions import HorizonHolder
from rules.base import (
    Confidence,
    Finding,
    Gain,
    Impact,
    Remedy,
    Severity,
    Subject,
    SubjectKind,
    rule,
)
from rules.wording import duration, literal

_MINIMUM_DEAD_ROWS = 10_000
# A slot that keeps catalog rows alone has its own rule: slot-holds-catalog.
_CATALOG_ONLY = "catalog rows only"
_SUBJECTS: dict[str, SubjectKind] = {
    "session": "session",
    "prepared-transaction": "transaction",
    "slot": "slot",
    "standby-feedback": "replica",
    "replica-query": "replica",
}


@rule(
    title="Vacuum can't remove dead rows",
    severity=Severity.HIGH,
    confidence=Confidence.VALIDATED,
    see=("https://www.postgresql.org/docs/current/routine-vacuuming.html#VACUUM-FOR-WRAPAROUND",),
)
def horizon_blocked(
    horizon: Snapshot[HorizonHolder],
    tables: Snapshot[PostgresTable] | None,
    *,
    maximum_age: float = 50_000_000,
    maximum_seconds: float = 3600,
) -> Iterator[Finding]:
    """An old transaction, slot or standby may still need rows that died long ago.

    Why it matters
        VACUUM keeps every row that died after the holder began, in all tables it can see:
        tables grow, scans slow down, and in the end transaction ids run out.

    What to do
        End the holder: commit or terminate, roll back what is prepared, drop or mend the slot.

    When to ignore
        A backup or a report that ends soon, while few rows die.
    """
    of_rows = (h for h in horizon.rows if _CATALOG_ONLY not in h.detail)
    for holder in _oldest_of_each(of_rows):
        dead = _dead_rows(holder, tables)
        long = (holder.held_seconds or 0) > maximum_seconds and dead >= _MINIMUM_DEAD_ROWS
        if holder.transaction_age > maximum_age or long:
            yield _finding(holder, dead)


def _oldest_of_each(holders: Iterable[HorizonHolder]) -> Iterable[HorizonHolder]:
    """One holder a name: sessions that share theirs are one subject."""
    oldest: dict[tuple[str, ...], HorizonHolder] = {}
    for holder in sorted(holders, key=lambda h: h.transaction_age):
        oldest[holder.kind, holder.name, holder.database] = holder
    return oldest.values()


def _dead_rows(holder: HorizonHolder, tables: Snapshot[PostgresTable] | None) -> int:
    """Dead rows of tables that autovacuum should have cleaned, where this holder counts."""
    return sum(
        table.dead_rows
        for table in (tables.rows if tables else ())
        if holder.database in ("", table.database) and table.dead_rows > table.vacuum_trigger_rows
    )


def _finding(holder: HorizonHolder, dead: int) -> Finding:
    held = "" if holder.held_seconds is None else f" for {duration(holder.held_seconds)}"
    where = f" in {holder.database}" if holder.database else ""
    return Finding(
        subject=Subject(_SUBJECTS.get(holder.kind, "session"), holder.name, holder.database),
        summary=(
            f"End {holder.kind} {holder.name} ({holder.id}){where}: it has kept dead rows{held}, "
            f"{holder.transaction_age:,} transactions; {dead:,} rows wait to be removed."
        ),
        evidence={
            "kind": holder.kind,
            "id": holder.id,
            "detail": holder.detail,
            "transaction_age": holder.transaction_age,
            "held_seconds": holder.held_seconds,
            "dead_rows_waiting": dead,
            "query": holder.query,
        },
        impact=Impact(Gain.HEADROOM, holder.transaction_age / 2**31),
        remedy=_REMEDIES.get(holder.kind, _session)(holder),
    )


def _verify(holder: HorizonHolder) -> str:
    return (
        f"Within a minute {holder.name} is gone from the report; then VACUUM (VERBOSE) of a table "
        "says 0 dead but not yet removable."
    )


def _session(holder: HorizonHolder) -> Remedy:
    return Remedy(
        text=(
            f"Have its client commit, or terminate session {holder.id}. Afterwards let "
            "idle_in_transaction_session_timeout, or transaction_timeout from version 17, end "
            "such sessions."
        ),
        statements=(f"SELECT pg_terminate_backend({holder.id});",),
        risk="No lock, milliseconds. Rolls back what the session has not committed; its client "
        "gets an error at once.",
        verify=_verify(holder),
        rollback="None possible: the client runs its transaction again.",
    )


def _prepared(holder: HorizonHolder) -> Remedy:
    return Remedy(
        text=(
            f"Ask the transaction manager what became of {holder.id}; if nobody knows it, roll "
            f"it back while connected to {holder.database}."
        ),
        statements=(f"ROLLBACK PREPARED {literal(holder.id)};",),
        risk=(
            "Milliseconds; frees its locks. The prepared changes are lost for good; if the "
            f"manager has committed its other half, run COMMIT PREPARED {literal(holder.id)} "
            "instead."
        ),
        verify=_verify(holder),
        rollback="None possible: a transaction that was rolled back can't be brought back.",
    )


def _slot(holder: HorizonHolder) -> Remedy:
    return Remedy(
        text=(
            f"Get the consumer of slot {holder.name} going again, or drop the slot if it has no "
            "consumer any more."
        ),
        statements=(f"SELECT pg_drop_replication_slot({literal(holder.name)});",),
        risk=(
            "No lock, milliseconds. Whatever read the slot must be set up anew from a full copy. "
            "Fails while a consumer is connected."
        ),
        verify=_verify(holder),
        rollback="None possible: a new slot starts at the present; what was in between is lost to "
        "it.",
    )


def _standby(holder: HorizonHolder) -> Remedy:
    return Remedy(
        text=(
            f"On standby {holder.name}: find and end the oldest query. If it serves long reports, "
            "set hot_standby_feedback = off there and let max_standby_streaming_delay give them "
            "time."
        ),
        statements=(
            "SELECT pid, now() - xact_start AS open, state FROM pg_stat_activity "
            "WHERE backend_xmin IS NOT NULL ORDER BY age(backend_xmin) DESC LIMIT 5;",
        ),
        risk="The query only reads. Ending a session on the standby fails its report.",
        verify=_verify(holder),
        rollback="Set hot_standby_feedback = on again and reload the standby.",
    )


_REMEDIES = {
    "session": _session,
    "prepared-transaction": _prepared,
    "slot": _slot,
    "standby-feedback": _standby,
    "replica-query": _standby,
}
