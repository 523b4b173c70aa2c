"""Dead rows that vacuum leaves behind."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.postgres.postgres_table import PostgresTable
from collectors.postgres.vacuum_progress import VacuumProgress
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.transactions import HorizonHolder
from rules.base import Confidence, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.wording import literal, qualified, share

_TRIGGERS = 2
_MINIMUM_DEAD_ROWS = 10_000
_LONG_SECONDS = 300.0
_OLD_TRANSACTIONS = 1_000_000


@rule(
    title="Dead rows are not cleaned up",
    severity=Severity.MEDIUM,
    confidence=Confidence.ESTIMATED,
    see=("https://www.postgresql.org/docs/current/routine-vacuuming.html",),
)
def dead_tuples(
    tables: Snapshot[PostgresTable],
    changes: Activity[PostgresTable] | None,
    progress: Snapshot[VacuumProgress] | None,
    horizon: Snapshot[HorizonHolder] | None,
    *,
    minimum_bytes: float = 10 * 2**20,
) -> Iterator[Finding]:
    """A table holds twice as many dead rows as autovacuum should tolerate.

    Why it matters
        Scans read dead rows and throw them away; the table and its indexes grow and stay big.

    What to do
        End what keeps the rows needed (an old transaction), or vacuum sooner and faster.

    When to ignore
        A bulk change ended minutes ago. Rows that died within the watched window, and tables
        that are being vacuumed, are left out; tables with autovacuum off have their own rule.
    """
    vacuumed = {(v.database, v.table) for v in (progress.rows if progress else ())}
    recent = _died(changes)
    for table in tables.rows:
        if not table.autovacuum or table.heap_bytes < minimum_bytes:
            continue
        if vacuumed & {(table.database, table.name), (table.database, str(table.oid))}:
            continue
        holder = _holder(table, horizon)
        new = 0 if holder else recent.get((table.database, table.oid), 0)
        limit = max(_MINIMUM_DEAD_ROWS, _TRIGGERS * table.vacuum_trigger_rows)
        if table.dead_rows - new > limit:
            yield _finding(table, holder)


def _died(changes: Activity[PostgresTable] | None) -> dict[tuple[str, int], int]:
    """Rows that may have died in the watched window, by table; nothing is known of totals."""
    if changes is None or changes.accumulated:
        return {}
    return {(t.database, t.oid): t.updates + t.deletes for t in changes.rows}


def _holder(table: PostgresTable, horizon: Snapshot[HorizonHolder] | None) -> HorizonHolder | None:
    """The oldest transaction that keeps this table's dead rows, if it is old."""
    old = [
        h
        for h in (horizon.rows if horizon else ())
        if h.database in ("", table.database)
        and "catalog rows only" not in h.detail
        and ((h.held_seconds or 0) >= _LONG_SECONDS or h.transaction_age >= _OLD_TRANSACTIONS)
    ]
    return max(old, key=lambda h: h.transaction_age, default=None)


def _finding(table: PostgresTable, holder: HorizonHolder | None) -> Finding:
    ratio = table.dead_rows / (table.live_rows + table.dead_rows)
    last = table.autovacuumed_at or table.vacuumed_at
    return Finding(
        subject=Subject("table", table.name, table.database),
        summary=(
            f"{table.name} holds {table.dead_rows:,} dead rows, {share(ratio)} of all; autovacuum "
            f"should start at {table.vacuum_trigger_rows:,.0f}"
            + (f"; a {holder.kind} keeps them." if holder else ".")
        ),
        evidence={
            "dead_rows": table.dead_rows,
            "live_rows": table.live_rows,
            "dead_ratio": ratio,
            "trigger_rows": round(table.vacuum_trigger_rows),
            "last_vacuum_at": last,
            "kept_by": holder.kind if holder else None,
            "kept_by_name": holder.name if holder else None,
        },
        severity=Severity.HIGH if holder else None,
        impact=Impact(Gain.SPACE, ratio * table.heap_bytes),
        remedy=_blocked(table, holder) if holder else _lagging(table),
    )


def _verify(table: PostgresTable) -> str:
    name = literal(qualified(table.schema, table.table))
    return (
        f"When VACUUM ends n_dead_tup of pg_stat_user_tables for {name} is under "
        f"{table.vacuum_trigger_rows:,.0f}."
    )


def _blocked(table: PostgresTable, holder: HorizonHolder) -> Remedy:
    return Remedy(
        text=(
            f"First end the {holder.kind} {holder.name} ({holder.id}): VACUUM can't remove rows "
            "it may still see. The rule horizon-blocked has the command. Then vacuum."
        ),
        statements=(f"VACUUM (VERBOSE, ANALYZE) {qualified(table.schema, table.table)};",),
        risk="SHARE UPDATE EXCLUSIVE lock: reads and writes go on. Minutes for each 10 GB read.",
        verify=_verify(table),
        rollback="None needed: VACUUM changes no row.",
    )


def _lagging(table: PostgresTable) -> Remedy:
    name = qualified(table.schema, table.table)
    options = "autovacuum_vacuum_scale_factor, autovacuum_vacuum_cost_delay"
    return Remedy(
        text="Vacuum it now, and have autovacuum come sooner and work without pauses.",
        statements=(
            f"VACUUM (VERBOSE, ANALYZE) {name};",
            "SET lock_timeout = '2s';",
            f"ALTER TABLE {name} SET (autovacuum_vacuum_scale_factor = 0.01, "
            "autovacuum_vacuum_cost_delay = 0);",
        ),
        risk=(
            "SHARE UPDATE EXCLUSIVE lock: reads and writes go on. Minutes for each 10 GB read; "
            "without pauses it takes more of the disk's time."
        ),
        verify=_verify(table),
        rollback=f"ALTER TABLE {name} RESET ({options});",
    )
