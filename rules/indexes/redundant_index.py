"""An index that a wider one makes needless."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from collectors.mysql.tables import MysqlTable
from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.schema import Index
from rules.base import MYSQL, SQL, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.indexes.catalogue import Place, by_table, called, place
from rules.indexes.coverage import covers, covers_by_key, duplicates, expendable, searched, use_of
from rules.indexes.dropping import drop, severity_of
from rules.indexes.mysql_dropping import hide_then_drop
from rules.wording import size


@rule(
    title="An index is the beginning of another",
    severity=Severity.LOW,
    see=(
        "https://www.postgresql.org/docs/current/indexes-multicolumn.html",
        "https://dev.mysql.com/doc/refman/8.4/en/multiple-column-indexes.html",
        "https://dev.mysql.com/doc/refman/8.4/en/index-extensions.html",
        "https://mariadb.com/kb/en/compound-composite-indexes/",
    ),
    engines=SQL,
)
def redundant_index(
    indexes: Snapshot[Index],
    tables: Snapshot[MysqlTable] | None,
    server: Server,
    *,
    narrow_advantage: float = 3,
) -> Iterator[Finding]:
    """The columns of an index are the first columns of a wider one, which serves its searches.

    Why it matters
        Each write keeps both up to date, and both take disk and cache.

    What to do
        Drop the narrow one. Searches and orders by its columns go through the wide one. InnoDB
        adds the primary key's columns to every index, so these count as its last columns.

    When to ignore
        The narrow index is much smaller and is the busier of the two: reading fewer pages may
        be worth its upkeep. That is why such pairs are left out. An index on the first
        characters of a column never stands in for one on the whole column.
    """
    clustered = {place(t) for t in (tables.rows if tables else ()) if t.storage_engine == "InnoDB"}
    for narrow, wide in _pairs(indexes.rows, clustered):
        busier = searched(narrow) > searched(wide)
        if busier and wide.size_bytes > narrow_advantage * narrow.size_bytes:
            continue
        name, stays = called(server, narrow), called(server, wide)
        yield Finding(
            subject=Subject("index", name, narrow.database),
            summary=(
                f"Drop {name} ({size(narrow.size_bytes)}): {stays} begins with the same columns."
                if covers(wide, narrow)
                else f"Drop {name} ({size(narrow.size_bytes)}): InnoDB adds the primary key "
                f"to {stays}, which then has the same columns."
            ),
            evidence={
                "table": f"{narrow.schema}.{narrow.table}",
                "kept": stays,
                "columns": ", ".join(narrow.columns),
                "kept_columns": ", ".join(wide.columns),
                "size_bytes": narrow.size_bytes,
                "kept_size_bytes": wide.size_bytes,
                **use_of(narrow, wide),
            },
            severity=severity_of(narrow.size_bytes),
            impact=Impact(Gain.SPACE, narrow.size_bytes),
            remedy=_remedy(server, narrow, wide),
        )


def _remedy(server: Server, narrow: Index, wide: Index) -> Remedy:
    text = (
        f"Drop {called(server, narrow)}: {called(server, wide)} serves its searches and its order."
    )
    risk = (
        f"Scans move to {wide.index}, which is {size(wide.size_bytes)} against "
        f"{size(narrow.size_bytes)}: long range scans read more pages."
    )
    if server.engine in MYSQL:
        return hide_then_drop(server, narrow, text, risk)
    return drop(narrow, text, risk)


def _pairs(indexes: Iterable[Index], clustered: Container[Place]) -> Iterator[tuple[Index, Index]]:
    """Each index that is the beginning of another, beside the smallest such other."""
    for where, group in by_table(indexes).items():
        primary = next((i for i in group if i.primary), None) if where in clustered else None
        for narrow in filter(expendable, group):
            wider = [w for w in group if not w.building and _stands_in(w, narrow, primary)]
            if wider:
                yield narrow, min(wider, key=lambda w: (w.size_bytes, w.oid or 0))


def _stands_in(wide: Index, narrow: Index, primary: Index | None) -> bool:
    covered = covers(wide, narrow) or covers_by_key(wide, narrow, primary)
    return covered and not duplicates(wide, narrow)
