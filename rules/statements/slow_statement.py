"""A statement that people wait for."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from collectors.session import Server
from collectors.snapshot import Activity
from collectors.snapshots.statements import Statement
from rules.base import MYSQL, SQL, Finding, Remedy, Severity, rule
from rules.statements.by_digest import DigestCost, by_digest, explaining, heavy
from rules.statements.mysql_costs import plan_words
from rules.statements.signs import CAUSES, sign_of
from rules.wording import duration, share

_SEVERAL_CALLS = 5
_FREQUENT_CALLS = 100
_MEDIUM_SECONDS = 0.1


@rule(
    title="A statement is slow",
    severity=Severity.MEDIUM,
    see=(
        "https://www.postgresql.org/docs/current/using-explain.html",
        "https://dev.mysql.com/doc/refman/8.4/en/using-explain.html",
        "https://mariadb.com/kb/en/explain/",
    ),
    engines=SQL,
)
def slow_statement(
    statements: Activity[Statement],
    server: Server,
    *,
    least_active_sessions: float = 0.1,
    slow_mean_seconds: float = 1.0,
    frequent_mean_seconds: float = 0.02,
) -> Iterator[Finding]:
    """A statement takes seconds a call, or is called often and takes far longer than others.

    Why it matters
        Each call holds a connection and its locks for that long, and somebody waits for it.

    What to do
        Look at its plan with the parameters of a slow call. Where rows are removed by a filter,
        an index is missing or lacks a column; where estimates are off by ten times, statistics
        are. An index proposed for its tables is a finding of its own.

    When to ignore
        Reports and nightly jobs that nobody waits for. One that mostly waits for locks is not
        slow by itself: see lock-heavy-statement. Where temp-spill, cache-missing-statement,
        read-heavy-statement or, on MySQL, full-scan-statement or another of its rules names the
        cause, that finding carries the severity and this is low.
    """
    usual = median([c.mean_seconds for c in by_digest(statements) if c.total.calls] or [0.0])
    frequent_limit = max(frequent_mean_seconds, 5 * usual)
    for cost in heavy(statements, least_active_sessions):
        slow = cost.mean_seconds > slow_mean_seconds and cost.total.calls >= _SEVERAL_CALLS
        often = cost.mean_seconds > frequent_limit and cost.total.calls >= _FREQUENT_CALLS
        if (slow or often) and not cost.commit:
            yield _finding(cost, server, usual)


def _finding(cost: DigestCost[Statement], server: Server, usual: float) -> Finding:
    told = cost.mean_seconds < _MEDIUM_SECONDS or sign_of(cost) in CAUSES
    return Finding(
        subject=cost.subject,
        summary=f"{cost.name} takes {duration(cost.mean_seconds)} a call, "
        f"{cost.per_hour(cost.total.calls):,.0f} times an hour: {share(cost.share_ratio)} of the "
        "execution time.",
        evidence=cost.evidence(
            deviation_seconds=cost.deviation_seconds, median_statement_seconds=usual
        ),
        impact=cost.gain(0.5),
        severity=Severity.LOW if told else Severity.MEDIUM,
        remedy=Remedy(
            text=_text(server, cost),
            statements=explaining(server, cost),
            risk="None: the plan is made, the statement is not run.",
            verify=f"Its mean in the next window is under {duration(cost.mean_seconds / 2)}.",
            rollback="None needed: nothing is changed yet.",
        ),
    )


def _text(server: Server, cost: DigestCost[Statement]) -> str:
    text = (
        "Find out from its plan where the time goes, then add the index or rewrite the step that "
        "takes most of it. The gain assumes that half of its time can go."
    )
    if server.engine not in MYSQL:
        return text
    told = sign_of(cost).told_by
    rule = f" The finding of {told} about it says more." if sign_of(cost) in CAUSES else ""
    return f"{text} {plan_words(server, cost)}.{rule}"
