"""Two indexes over the same entries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.schema import Index
from rules.base import (
    MYSQL,
    SQL,
    Confidence,
    Finding,
    Gain,
    Impact,
    Remedy,
    Severity,
    Subject,
    rule,
)
from rules.indexes import mysql_dropping
from rules.indexes.catalogue import by_table, called
from rules.indexes.coverage import duplicates, searched, use_of
from rules.indexes.dropping import drop, severity_of
from rules.wording import size


@rule(
    title="Two indexes are the same",
    severity=Severity.LOW,
    confidence=Confidence.VALIDATED,
    see=(
        "https://www.postgresql.org/docs/current/sql-dropindex.html",
        "https://dev.mysql.com/doc/refman/8.4/en/sys-schema-redundant-indexes.html",
        "https://mariadb.com/kb/en/drop-index/",
    ),
    engines=SQL,
)
def duplicate_index(indexes: Snapshot[Index], server: Server) -> Iterator[Finding]:
    """Two indexes of a table hold the same entries; one of them serves nobody.

    Why it matters
        Each write keeps both up to date: about 3 microseconds and 100 bytes of log a row for
        each index. Both take disk and share the cache.

    What to do
        Drop the copy that backs no constraint. The other one serves every search of it.

    When to ignore
        The copy is being built to replace the other (to change its name or tablespace).
        A statement that names the index in a hint (pg_hint_plan, FORCE INDEX) must be changed
        first.
    """
    for copy, kept in _copies(indexes.rows, server):
        name, stays = called(server, copy), called(server, kept)
        yield Finding(
            subject=Subject("index", name, copy.database),
            summary=(
                f"Drop {name} ({size(copy.size_bytes)}): {stays} on "
                f"{copy.schema}.{copy.table} holds the same entries."
            ),
            evidence={
                "table": f"{copy.schema}.{copy.table}",
                "kept": stays,
                "size_bytes": copy.size_bytes,
                **use_of(copy, kept),
            },
            severity=severity_of(copy.size_bytes),
            impact=Impact(Gain.SPACE, copy.size_bytes),
            remedy=_remedy(server, copy, kept),
        )


def _remedy(server: Server, copy: Index, kept: Index) -> Remedy:
    if server.engine in MYSQL:
        return mysql_dropping.drop(
            copy,
            f"Drop {called(server, copy)} and keep {kept.index}: same columns, prefix lengths and "
            "order.",
            f"None for the planner: it uses {kept.index} instead.",
        )
    return drop(
        copy,
        f"Drop {copy.name} and keep {kept.name}: same columns, operator classes, "
        "collations and condition.",
        f"None for the planner: it uses {kept.index} instead."
        + (
            " If the kept constraint is deferrable, ON CONFLICT can't use it."
            if copy.unique and kept.constraint
            else ""
        ),
    )


def _copies(indexes: Iterable[Index], server: Server) -> Iterator[tuple[Index, Index]]:
    """Each index that can go, beside the one that stays."""
    for group in by_table(indexes).values():
        ranked = sorted(group, key=_worth, reverse=True)
        for rank, copy in enumerate(ranked):
            kept = next((k for k in ranked[:rank] if duplicates(k, copy)), None)
            # There a unique index is its constraint, and goes with it.
            bound = bool(copy.constraint) and server.engine not in MYSQL
            if kept and not bound and _may_go(copy, kept):
                yield copy, kept


def _worth(index: Index) -> tuple[object, ...]:
    """What others depend on first, then the one in use, then the older."""
    bound = (index.primary, bool(index.constraint), index.referenced, index.replica_identity)
    return (*bound, index.unique, index.visible, searched(index), -(index.oid or 0))


def _may_go(copy: Index, kept: Index) -> bool:
    needed = copy.referenced and not kept.referenced
    bound = needed or copy.replica_identity or copy.partition_child
    hidden = copy.visible and not kept.visible
    return not (bound or hidden or copy.building or kept.building) and (
        not copy.unique or (kept.unique and _nulls(copy) == _nulls(kept))
    )


def _nulls(index: Index) -> bool:
    return "NULLS NOT DISTINCT" in index.definition
