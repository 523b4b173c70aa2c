"""Updates that find no room in their page."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.postgres.postgres_table import PostgresTable
from collectors.snapshot import Activity
from rules.base import Confidence, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.wording import qualified, share

# Measured on PostgreSQL 15: 19.5 microseconds an update that is not HOT, 3.8 one that is.
_SAVED_SECONDS_AN_UPDATE = 16e-6
_MEDIUM_LOAD = 0.05
# On a freshly loaded table the first update of each full page can't be HOT; then it settles.
_UPDATES_A_PAGE = 4
_ROOMY_FILLFACTOR = 90


@rule(
    title="Few updates are HOT",
    severity=Severity.LOW,
    confidence=Confidence.HEURISTIC,
    see=("https://www.postgresql.org/docs/current/storage-hot.html",),
)
def low_hot_ratio(
    tables: Activity[PostgresTable],
    *,
    minimum_updates_per_second: float = 50,
    maximum_hot_ratio: float = 0.5,
) -> Iterator[Finding]:
    """Most updates of a table write into all its indexes, for want of room in the page.

    Why it matters
        An update that finds room in the row's page and changes no indexed column writes one row
        version. Any other writes into every index: five times the time and the log.

    What to do
        Leave room in the pages (fillfactor). If updates change an indexed column, that does not
        help: see hot-update-breaker.

    When to ignore
        The updates must change an indexed column. Tables with a fillfactor of 90 or less, and
        those with few updates for their size, are left out.
    """
    for table in tables.rows:
        rate = table.updates / tables.seconds if tables.seconds > 0 else 0.0
        settled = table.updates >= _UPDATES_A_PAGE * table.heap_pages
        if rate < minimum_updates_per_second or not settled:
            continue
        if table.hot_updates < maximum_hot_ratio * table.updates and (
            table.fillfactor > _ROOMY_FILLFACTOR and table.index_bytes
        ):
            yield _finding(table, tables.seconds)


def _finding(table: PostgresTable, seconds: float) -> Finding:
    name = qualified(table.schema, table.table)
    ratio = table.hot_updates / table.updates
    load = (table.updates - table.hot_updates) / seconds * _SAVED_SECONDS_AN_UPDATE
    return Finding(
        subject=Subject("table", table.name, table.database),
        summary=f"{share(ratio)} of the {table.updates / seconds:,.0f} updates a second of "
        f"{table.name} are HOT; the others write into every index.",
        evidence={
            "updates_per_second": table.updates / seconds,
            "hot_ratio": ratio,
            "fillfactor": table.fillfactor,
            "assumed_saved_seconds_per_update": _SAVED_SECONDS_AN_UPDATE,
        },
        severity=Severity.MEDIUM if load >= _MEDIUM_LOAD else None,
        impact=Impact(Gain.TIME, load * 3600),
        remedy=Remedy(
            text="Keep 15 % of each page free for the next version of its rows.",
            statements=("SET lock_timeout = '2s';", f"ALTER TABLE {name} SET (fillfactor = 85);"),
            risk=(
                "SHARE UPDATE EXCLUSIVE lock for milliseconds. Only pages written from now on "
                "have the room; VACUUM FULL or pg_repack gives it to all, and the table grows by "
                "a sixth."
            ),
            verify=(
                "Within a day n_tup_hot_upd / n_tup_upd of pg_stat_user_tables, as a difference "
                "over an hour, rises over 0.5."
            ),
            rollback=f"ALTER TABLE {name} SET (fillfactor = {table.fillfactor});",
        ),
    )
