"""Tables, or a server, without autovacuum."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.postgres.postgres_table import PostgresTable
from collectors.session import Server
from collectors.snapshot import Snapshot
from rules.base import Confidence, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.wording import literal, qualified, reset_parameter, set_parameter, size

_NEEDED = ("autovacuum", "track_counts")


@rule(
    title="Autovacuum is switched off",
    severity=Severity.HIGH,
    confidence=Confidence.VALIDATED,
    see=("https://www.postgresql.org/docs/current/routine-vacuuming.html#AUTOVACUUM",),
)
def autovacuum_disabled(
    server: Server, tables: Snapshot[PostgresTable], *, minimum_bytes: float = 10 * 2**20
) -> Iterator[Finding]:
    """Nothing removes dead rows and nothing refreshes the planner's statistics.

    Why it matters
        Tables and indexes only grow, plans are made from old numbers, and the only vacuum left
        is the one against wraparound, at the worst moment.

    What to do
        Switch it on. If it was in the way, have it do more with smaller pauses, not less.

    When to ignore
        A table that a job fills, reads and truncates, and vacuums itself.
    """
    for setting in _NEEDED:
        if server.settings.get(setting) == "off":
            yield _everywhere(server, setting, sum(t.dead_rows for t in tables.rows))
    for table in tables.rows:
        stored = table.heap_bytes + table.toast_bytes
        if not table.autovacuum and stored >= minimum_bytes:
            yield _of_table(table)


def _everywhere(server: Server, setting: str, dead: int) -> Finding:
    return Finding(
        subject=Subject("setting", setting),
        summary=f"Switch {setting} on: no table is vacuumed or analysed; {dead:,} rows are dead.",
        evidence={setting: "off", "dead_rows": dead},
        remedy=Remedy(
            text=f"Set {setting} = on for the whole server.",
            statements=set_parameter(server, setting, "on"),
            risk=(
                "No lock, no restart. Autovacuum begins within a minute and, with much to catch "
                "up, keeps the disk busy for hours at its configured pace."
            ),
            verify=(
                "Within an hour last_autovacuum of pg_stat_user_tables moves; at once this gives "
                f"on: SHOW {setting};"
            ),
            rollback=reset_parameter(server, setting, "off"),
        ),
    )


def _of_table(table: PostgresTable) -> Finding:
    name = qualified(table.schema, table.table)
    late = table.dead_rows > table.vacuum_trigger_rows
    stored = table.heap_bytes + table.toast_bytes
    return Finding(
        subject=Subject("table", table.name, table.database),
        summary=(
            f"Autovacuum is off for {table.name} ({size(stored)}), which has {table.dead_rows:,} "
            f"dead rows; it would have started at {table.vacuum_trigger_rows:,.0f}."
        ),
        evidence={
            "stored_bytes": stored,
            "dead_rows": table.dead_rows,
            "live_rows": table.live_rows,
            "trigger_rows": round(table.vacuum_trigger_rows),
            "modified_rows": table.modified_rows,
            "last_vacuum_at": table.vacuumed_at,
        },
        severity=Severity.HIGH if late else Severity.MEDIUM,
        impact=Impact(
            Gain.SPACE,
            table.heap_bytes * table.dead_rows / max(1, table.live_rows + table.dead_rows),
        ),
        remedy=Remedy(
            text="Let autovacuum have the table again, and vacuum it once now.",
            statements=(
                "SET lock_timeout = '2s';",
                f"ALTER TABLE {name} RESET (autovacuum_enabled);",
                f"VACUUM (VERBOSE, ANALYZE) {name};",
            ),
            risk=(
                "SHARE UPDATE EXCLUSIVE lock: reads and writes go on. Minutes for each 10 GB read."
            ),
            verify=(
                f"When VACUUM ends n_dead_tup of pg_stat_user_tables for {literal(name)} is near 0."
            ),
            rollback=f"ALTER TABLE {name} SET (autovacuum_enabled = false);",
        ),
    )
