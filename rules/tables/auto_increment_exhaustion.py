"""Row numbers that run out on MySQL and MariaDB."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from collectors.mysql.auto_increment import AutoIncrement
from collectors.mysql.tables import MysqlTable
from collectors.snapshot import Snapshot
from collectors.snapshots.schema import ForeignKey
from rules.base import MYSQL, Confidence, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.indexes.catalogue import place
from rules.mysql_wording import PATIENTLY, alter_by_copy, qualified, quoted
from rules.wording import literal, share

# A copy under a lock takes seconds.
_SMALL_BYTES = 2**30


@rule(
    title="An AUTO_INCREMENT column nears its end",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/integer-types.html",
        "https://mariadb.com/kb/en/auto_increment/",
    ),
    engines=MYSQL,
)
def auto_increment_exhaustion(  # noqa: PLR0913
    numbered: Snapshot[AutoIncrement],
    tables: Snapshot[MysqlTable] | None,
    foreign_keys: Snapshot[ForeignKey] | None,
    *,
    medium_ratio: float = 0.7,
    high_ratio: float = 0.85,
    critical_ratio: float = 0.95,
) -> Iterator[Finding]:
    """The numbers that the column's type can hold run out.

    Why it matters
        At the end every INSERT fails with error 1062 or 167. To widen the column the server
        copies the table, which for a big one takes hours.

    What to do
        Make the column BIGINT while there is time, and the columns of foreign keys that point
        at it too.

    When to ignore
        The table is no longer inserted into. Failed inserts, INSERT IGNORE and ON DUPLICATE KEY
        UPDATE use up numbers as well, so fewer rows than numbers are no comfort.
    """
    steps = (
        (critical_ratio, Severity.CRITICAL),
        (high_ratio, Severity.HIGH),
        (medium_ratio, Severity.MEDIUM),
    )
    sizes = {place(t): t.total_bytes for t in (tables.rows if tables else ())}
    keys = foreign_keys.rows if foreign_keys else ()
    for each in numbered.rows:
        if each.ceiling <= 0:
            continue
        # The next value may stand one above the highest the type can hold.
        used = min(1.0, each.next_value / each.ceiling)
        severity = next((s for limit, s in steps if used >= limit), None)
        if severity:
            # 0 is MyISAM's, whose size is not known.
            small = 0 < sizes.get((each.database, each.schema, each.table), 0) < _SMALL_BYTES
            yield _finding(each, severity, _remedy(each, _children(each, keys), small=small))


def _finding(each: AutoIncrement, severity: Severity, remedy: Remedy) -> Finding:
    used = min(1.0, each.next_value / each.ceiling)
    left = max(0, each.ceiling - each.next_value + 1)
    name = f"{each.schema}.{each.table}.{each.column}"
    return Finding(
        subject=Subject("column", name, each.database),
        summary=(
            f"{name} ({each.column_type}) has used {share(used)} of its numbers; {left:,} are "
            "left, then INSERT fails."
        ),
        evidence={
            "next_value": each.next_value,
            "ceiling": each.ceiling,
            "used_ratio": used,
            "numbers_left": left,
            "column_type": each.column_type,
        },
        severity=severity,
        impact=Impact(Gain.HEADROOM, used),
        remedy=remedy,
    )


def _children(each: AutoIncrement, keys: Sequence[ForeignKey]) -> list[ForeignKey]:
    return [
        k
        for k in keys
        if (k.referenced_schema, k.referenced_table) == (each.schema, each.table)
        and each.column in k.referenced_columns
    ]


def _wide(each: AutoIncrement) -> str:
    """A type with more room; unsigned where it is, or where a signed BIGINT is what runs out."""
    kind = each.column_type.lower()
    unsigned = "unsigned" in kind or "bigint" in kind
    return "BIGINT UNSIGNED" if unsigned else "BIGINT"


def _remedy(each: AutoIncrement, children: Sequence[ForeignKey], *, small: bool) -> Remedy:
    name = qualified(each.schema, each.table)
    column = quoted(each.column)
    change = f"MODIFY COLUMN {column} {_wide(each)} NOT NULL AUTO_INCREMENT"
    copy = (
        (f"ALTER TABLE {name} {change}, ALGORITHM=COPY, LOCK=SHARED;",)
        if small
        else alter_by_copy(each.schema, each.table, change)
    )
    pointing = ", ".join(f"{k.schema}.{k.table} ({', '.join(k.columns)})" for k in children)
    return Remedy(
        text=f"Widen {each.schema}.{each.table}.{each.column} to {_wide(each)}."
        + (
            f" Foreign keys point at it from {pointing}: the server refuses the change while they "
            "are there, so drop them, widen these columns the same way, and make the keys again."
            if children
            else ""
        ),
        # The tools that copy are no statements: nothing is to be set before them.
        statements=(*((PATIENTLY,) if small or children else ()), *map(_freed, children), *copy),
        risk=(
            "The server copies the table to change the type, and writers wait: minutes for each "
            "10 GB. gh-ost and pt-online-schema-change copy beside the traffic; they need the "
            "same disk again. Clients that read 32-bit numbers must be widened too. MODIFY drops "
            "a COMMENT that it does not repeat."
        ),
        verify=(
            "At once this gives bigint: SELECT data_type FROM information_schema.columns WHERE "
            f"table_schema = {literal(each.schema)} AND table_name = {literal(each.table)} AND "
            f"column_name = {literal(each.column)};"
        ),
        rollback=f"While no number is over the old end: ALTER TABLE {name} MODIFY COLUMN {column} "
        f"{each.column_type} NOT NULL AUTO_INCREMENT, ALGORITHM=COPY, LOCK=SHARED;",
    )


def _freed(key: ForeignKey) -> str:
    return f"ALTER TABLE {qualified(key.schema, key.table)} DROP FOREIGN KEY {quoted(key.name)};"
