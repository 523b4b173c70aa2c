"""Rows that are inserted one by one."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from collectors.postgres.databases import Database
from collectors.snapshot import Activity
from collectors.snapshots.statements import Statement
from rules.base import Finding, Remedy, Severity, rule
from rules.statements.by_digest import (
    DigestCost,
    by_digest,
    calls_per_transaction,
    transactions_per_second,
)

_INSERT = re.compile(r"\s*insert\s+into\b.*\bvalues\b", re.IGNORECASE | re.DOTALL)
_CONTROL = re.compile(r"\s*(begin|start|commit|end|rollback|set|show|savepoint|release)\b", re.I)
_MANY_PER_SECOND = 1000


@rule(
    title="Rows are inserted one by one",
    severity=Severity.LOW,
    see=("https://www.postgresql.org/docs/current/populate.html",),
)
def single_row_inserts(
    statements: Activity[Statement],
    databases: Activity[Database],
    *,
    least_calls_per_second: float = 100.0,
    least_inserts_per_transaction: float = 5.0,
    least_call_ratio: float = 0.5,
) -> Iterator[Finding]:
    """One INSERT statement with one row is sent hundreds of times a second, in bulk.

    Why it matters
        Parsing, a round trip and, without a transaction around many, a flush of the log are
        paid for each row. Ten to fifty times as many rows fit through COPY or multi-row INSERT.

    What to do
        Collect rows and send some hundred at once; or at least put many into one transaction.

    When to ignore
        One insert among other statements of a transaction: such a server is not loading data,
        and the rule stays quiet.
    """
    ended = transactions_per_second(databases)
    costs = [c for c in by_digest(statements) if not c.total.own]
    work: Counter[str] = Counter()
    for cost in costs:
        if not _CONTROL.match(cost.total.query):
            work[cost.total.database] += cost.total.calls
    for cost in costs:
        ratio = cost.total.calls / max(1, work[cost.total.database])
        each = calls_per_transaction(cost, ended)
        bulk = each >= least_inserts_per_transaction or ratio >= least_call_ratio
        if bulk and _single(cost) and cost.calls_per_second >= least_calls_per_second:
            yield _finding(cost, each, ratio)


def _single(cost: DigestCost[Statement]) -> bool:
    """About one row a call, by a statement that names its values."""
    rows = cost.total.rows
    return (
        rows is not None
        and 0 < rows <= cost.total.calls * 1.01
        and (_INSERT.match(cost.total.query) is not None)
    )


def _finding(cost: DigestCost[Statement], each: float, ratio: float) -> Finding:
    return Finding(
        subject=cost.subject,
        summary=f"{cost.name} inserts {cost.calls_per_second:,.0f} rows a second one by one.",
        evidence=cost.evidence(
            rows_per_call=cost.per_call(cost.total.rows),
            inserts_per_transaction=each,
            call_ratio=ratio,
        ),
        impact=cost.gain(0.7),
        severity=Severity.MEDIUM if cost.calls_per_second >= _MANY_PER_SECOND else Severity.LOW,
        remedy=Remedy(
            text="Send some hundred rows in one INSERT … VALUES (…), (…), or use COPY; drivers do "
            "it for you (executemany with batching, reWriteBatchedInserts=true). The gain assumes "
            "that seven tenths of the statement's time are paid a call, not a row.",
            risk="A bad row fails its whole batch: keep a way to retry rows one by one.",
            verify="Rows a call of this INSERT are in the hundreds in the next window.",
            rollback="Deploy the previous build.",
        ),
    )
