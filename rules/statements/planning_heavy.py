"""A statement that is planned longer than it runs."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.snapshot import Activity
from collectors.snapshots.statements import Statement
from rules.base import Finding, Gain, Impact, Remedy, Severity, rule
from rules.statements.by_digest import DigestCost, by_digest
from rules.wording import duration


@rule(
    title="A statement is planned longer than it runs",
    severity=Severity.LOW,
    see=("https://www.postgresql.org/docs/current/sql-prepare.html",),
)
def planning_heavy(
    statements: Activity[Statement],
    *,
    least_planning_sessions: float = 0.1,
    least_planning_ratio: float = 2.0,
) -> Iterator[Finding]:
    """Planning takes twice as long as execution, and keeps a tenth of a session busy.

    Why it matters
        The same plan is made again at each call. Many partitions, indexes or joins make it
        worse.

    What to do
        Prepare the statement once a session and execute it many times. With partitions, put the
        partition key into the condition.

    When to ignore
        Where planning is not tracked (pg_stat_statements.track_planning) nothing is seen here.
    """
    for cost in by_digest(statements):
        planned = cost.total.plan_seconds or 0.0
        if cost.total.own or not cost.total.plans or not cost.seconds:
            continue
        busy = planned / cost.seconds >= least_planning_sessions
        if busy and planned > least_planning_ratio * cost.total.exec_seconds:
            yield _finding(cost, planned, cost.total.plans)


def _finding(cost: DigestCost[Statement], planned: float, plans: int) -> Finding:
    return Finding(
        subject=cost.subject,
        summary=f"{cost.name} is planned for {duration(planned / plans)} to run for "
        f"{duration(cost.mean_seconds)}.",
        evidence=cost.evidence(
            plans=plans,
            plan_mean_seconds=planned / plans,
            planning_sessions=planned / cost.seconds,
        ),
        impact=Impact(Gain.TIME, planned / cost.seconds * 3600 * 0.8),
        remedy=Remedy(
            text="Use a prepared statement: after five executions the server may keep one generic "
            "plan. If it is prepared already, its generic plan is judged too expensive; try "
            "plan_cache_mode = force_generic_plan in one session and compare. The gain assumes "
            "that four plans of five can go.",
            risk="A generic plan ignores the parameters: with skewed data it may be worse. Behind "
            "a transaction pooler, prepared statements need its support.",
            verify="In the next window plans of this statement grows far slower than calls.",
            rollback="Deploy the previous build; in the session of the test, RESET "
            "plan_cache_mode;",
        ),
    )
