"""Numbers that run out."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.postgres.sequences import Sequence
from collectors.snapshot import Snapshot
from rules.base import Confidence, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.wording import literal, qualified, quoted, share

_LARGEST = {"smallint": 2**15 - 1, "integer": 2**31 - 1}


@rule(
    title="A sequence nears its end",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    see=("https://www.postgresql.org/docs/current/sql-altersequence.html",),
)
def sequence_exhaustion(
    sequences: Snapshot[Sequence],
    *,
    medium_ratio: float = 0.7,
    high_ratio: float = 0.85,
    critical_ratio: float = 0.95,
) -> Iterator[Finding]:
    """The numbers that a sequence can hand out, or its column can hold, run out.

    Why it matters
        At the end every INSERT fails, and to widen the column of a big table takes hours.

    What to do
        Widen the column to bigint while there is time: a new column, filled in steps and then
        swapped. Foreign keys that point at it need the same.

    When to ignore
        The sequence is no longer used. Sequences that cycle are left out.
    """
    steps = (
        (critical_ratio, Severity.CRITICAL),
        (high_ratio, Severity.HIGH),
        (medium_ratio, Severity.MEDIUM),
    )
    for sequence in sequences.rows:
        if sequence.last_value is None or sequence.ceiling <= 0:
            continue
        used = sequence.last_value / sequence.ceiling
        severity = next((s for limit, s in steps if used >= limit), None)
        if severity:
            yield _finding(sequence, used, severity)


def _finding(sequence: Sequence, used: float, severity: Severity) -> Finding:
    left = (sequence.ceiling - (sequence.last_value or 0)) // max(1, sequence.increment)
    name = f"{sequence.schema}.{sequence.sequence}"
    feeds = f" for {sequence.table}.{sequence.column}" if sequence.table else ""
    return Finding(
        subject=Subject("sequence", name, sequence.database),
        summary=(
            f"{name}{feeds} has used {share(used)} of its numbers; {left:,} are left, then INSERT "
            "fails."
        ),
        evidence={
            "last_value": sequence.last_value,
            "ceiling": sequence.ceiling,
            "used_ratio": used,
            "numbers_left": left,
            "column": f"{sequence.table}.{sequence.column}" if sequence.table else None,
            "column_type": sequence.column_type,
        },
        severity=severity,
        impact=Impact(Gain.HEADROOM, used),
        remedy=_widen(sequence) if _column_is_narrow(sequence) else _raise(sequence),
    )


def _column_is_narrow(sequence: Sequence) -> bool:
    return sequence.ceiling == _LARGEST.get(sequence.column_type or "")


def _watch(sequence: Sequence) -> str:
    name = literal(qualified(sequence.schema, sequence.sequence))
    return (
        "At once INSERT works, and this gives 9223372036854775807: SELECT max_value "
        f"FROM pg_sequences WHERE (schemaname || '.' || sequencename) = {name};"
    )


def _widen(sequence: Sequence) -> Remedy:
    schema, _, table = (sequence.table or "").partition(".")
    column, owned = quoted(sequence.column or ""), qualified(sequence.schema, sequence.sequence)
    least = -(_LARGEST[sequence.column_type or ""] + 1)
    return Remedy(
        text=(
            f"Widen {sequence.table}.{sequence.column} to bigint. Under a minute's worth of rows: "
            "run the statements. A big table: add a bigint column, keep it filled by a trigger, "
            "fill old rows in steps, swap the two. To win weeks at once, negative numbers are "
            f"free: ALTER SEQUENCE {owned} MINVALUE {least} RESTART WITH {least}."
        ),
        statements=(
            "SET lock_timeout = '2s';",
            f"ALTER TABLE {qualified(schema, table)} ALTER COLUMN {column} TYPE bigint;",
            f"ALTER SEQUENCE {owned} AS bigint;",
        ),
        risk=(
            "ACCESS EXCLUSIVE while the table and its indexes are rewritten: minutes for each 10 "
            "GB. Foreign keys that point here, and clients that read 32-bit numbers, must be "
            "widened too."
        ),
        verify=_watch(sequence),
        rollback="None needed: while no number is over the old end, ALTER back works too.",
    )


def _raise(sequence: Sequence) -> Remedy:
    owned = qualified(sequence.schema, sequence.sequence)
    return Remedy(
        text="The column can hold more than the sequence may hand out: raise the sequence's end.",
        statements=(
            "SET lock_timeout = '2s';",
            f"ALTER SEQUENCE {owned} AS bigint NO MAXVALUE;",
        ),
        risk="SHARE ROW EXCLUSIVE lock on the sequence for milliseconds.",
        verify=_watch(sequence),
        rollback=f"ALTER SEQUENCE {owned} MAXVALUE {sequence.ceiling};",
    )
