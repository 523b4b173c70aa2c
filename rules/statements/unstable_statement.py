"""A statement whose time swings widely."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.snapshot import Activity
from collectors.snapshots.statements import Statement
from rules.base import Finding, Remedy, Severity, rule
from rules.statements.by_digest import heavy
from rules.wording import duration


@rule(
    title="A statement's time swings widely",
    severity=Severity.LOW,
    see=("https://www.postgresql.org/docs/current/runtime-config-query.html",),
)
def unstable_statement(
    statements: Activity[Statement],
    *,
    least_active_sessions: float = 0.1,
    least_variation_ratio: float = 3.0,
    least_deviation_seconds: float = 0.1,
    least_calls: int = 100,
) -> Iterator[Finding]:
    """The same statement is usually fast and sometimes very slow.

    Why it matters
        The mean hides it: most users are served at once, some wait for the slow calls. It is
        often the first sign of lock waits or of a plan that fits only some parameters.

    What to do
        Find out what the slow calls share: the same parameter (skewed data, another plan), the
        same moment (locks, a checkpoint), or the first use of data (cold cache).

    When to ignore
        Statements whose work differs by design, as a search with optional conditions.
    """
    for cost in heavy(statements, least_active_sessions):
        deviation = cost.deviation_seconds
        if deviation is None or cost.total.calls < least_calls:
            continue
        wide = deviation >= least_variation_ratio * cost.mean_seconds
        if wide and deviation >= least_deviation_seconds:
            yield Finding(
                subject=cost.subject,
                summary=f"{cost.name} takes {duration(cost.mean_seconds)} on average, but its "
                f"times deviate by {duration(deviation)}.",
                evidence=cost.evidence(
                    deviation_seconds=deviation,
                    variation_ratio=deviation / cost.mean_seconds,
                ),
                remedy=Remedy(
                    text="Have slow calls logged with their plan, then compare one with the plan "
                    "of a fast call. If only the parameters differ, raise the statistics target "
                    "of the filtered column or force custom plans for its role; if the plans "
                    "are the same, look for lock waits in the same moments.",
                    statements=(
                        "LOAD 'auto_explain';",
                        "SET auto_explain.log_min_duration = "
                        f"'{max(1, round(deviation * 1000))}ms';",
                    ),
                    risk="No lock; one session only. LOAD needs a superuser. Plans go to the "
                    "server's log.",
                    verify="The next slow call of that session is in the log with its plan.",
                    rollback="RESET auto_explain.log_min_duration;",
                ),
            )
