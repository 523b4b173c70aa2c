"""One statement takes a large part of the database's time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from collectors.rds.statements import InsightsStatement
from collectors.rds.top_sql import TopSql
from collectors.snapshot import Activity
from collectors.snapshots.sessions import SessionLoad
from collectors.snapshots.statements import Statement
from rules.base import RDS, SQL, Finding, Impact, Remedy, Severity, Value, rule
from rules.statements.by_digest import HIGH_SHARE_RATIO, DigestCost, heavy
from rules.statements.insights_signs import UNCOUNTED, sign_of_insights
from rules.statements.signs import CAUSES, Sign, sign_of
from rules.wording import duration, share


@rule(
    title="One statement takes a large part of the time",
    severity=Severity.MEDIUM,
    see=(
        "https://www.postgresql.org/docs/current/pgstatstatements.html",
        "https://dev.mysql.com/doc/refman/8.4/en/performance-schema-statement-summary-tables.html",
        "https://mariadb.com/kb/en/performance-schema-events_statements_summary_by_digest-table/",
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PerfInsights.API.html",
    ),
    engines=(*SQL, *RDS),
)
def dominant_statement(  # noqa: PLR0913
    statements: Activity[Statement],
    load: SessionLoad | None,
    top: Activity[TopSql] | None = None,
    *,
    least_active_sessions: float = 0.1,
    medium_share_ratio: float = 0.05,
    high_share_ratio: float = HIGH_SHARE_RATIO,
) -> Iterator[Finding]:
    """A statement takes over a twentieth of all execution time, and shows why it could shrink.

    Why it matters
        Work on this statement pays more than work on any other: nothing that is done to the
        rest can save more than their share.

    What to do
        Follow the sign in the evidence. Disk reads, spills, rows looked at for nothing and lock
        waits each have a rule of their own that says more. Without one, look at its plan.

    When to ignore
        When it is the work the database is there for and each call is already cheap: a mean
        under 5 ms, blocks from cache, about as many rows as calls. Some statement always comes
        first. Such a one is shown as low from a fifth of the time on, and never higher. Where
        another rule names the cause, as temp-spill, cache-missing-statement, read-heavy-statement
        and on MySQL full-scan-statement do, that finding carries the severity and this one is
        medium at most. Without a SQL connection the time is that of Performance Insights, and
        what a statement waits for stands in for blocks and temporary files.
    """
    for cost in heavy(statements, least_active_sessions):
        sign = _sign(cost, load, top)
        if cost.share_ratio > (medium_share_ratio if sign.fixable else high_share_ratio):
            yield Finding(
                subject=cost.subject,
                summary=f"{cost.name} takes {share(cost.share_ratio)} of the execution time"
                f"{_a_call(cost)}: {sign.words}.",
                evidence=_evidence(cost, sign),
                impact=cost.gain(0.5) if sign.fixable else Impact(),
                severity=_severity(sign, high=cost.share_ratio > high_share_ratio),
                remedy=_remedy(sign),
            )


def _sign(
    cost: DigestCost[Statement], load: SessionLoad | None, top: Activity[TopSql] | None
) -> Sign:
    if isinstance(cost.total, InsightsStatement):
        return sign_of_insights(DigestCost(cost.total, cost.seconds, cost.share_ratio), top)
    return sign_of(cost, _locked_ratio(cost, load))


def _a_call(cost: DigestCost[Statement]) -> str:
    return f", {duration(cost.mean_seconds)} a call" if cost.total.calls else ""


def _evidence(cost: DigestCost[Statement], sign: Sign) -> Mapping[str, Value]:
    found = cost.evidence(sign=sign.words, see_rule=sign.told_by or None)
    if cost.total.calls:
        return found
    return {**found, "calls": None, "calls_per_second": None, "mean_seconds": None}


def _severity(sign: Sign, *, high: bool) -> Severity:
    if not sign.fixable:
        return Severity.LOW
    sure = sign not in CAUSES and sign != UNCOUNTED
    return Severity.HIGH if high and sure else Severity.MEDIUM


def _locked_ratio(cost: DigestCost[Statement], load: SessionLoad | None) -> float:
    """Part of its sampled activity that waited for locks."""
    rows = load.by_digest if load else ()
    mine = [r for r in rows if (r.digest, r.database) == (cost.total.digest, cost.total.database)]
    active = sum(r.sessions for r in mine)
    return sum(r.sessions for r in mine if r.wait_type == "Lock") / active if active else 0.0


def _remedy(sign: Sign) -> Remedy:
    if not sign.fixable:
        return Remedy(
            text=f"Nothing in the statement itself needs mending: {sign.words}. To lower its "
            "share, call it less often: cache its result, batch calls, or put more work into "
            "one transaction.",
            risk="A cached result may be stale.",
            verify="In the next window its calls a second fall and its mean stays.",
            rollback="Deploy the previous build.",
        )
    other = (
        f"The finding of {sign.told_by} about it, if there is one, says what to do, as do those "
        "about indexes of its tables; then look"
        if sign.told_by
        else "Look"
    )
    return Remedy(
        text=f"Mend this statement before any other: {sign.words}. {other} at its plan with the "
        "parameters of a slow call. The gain assumes that half of its time can go.",
        risk="None for looking at the plan without running it.",
        verify="Its mean and its share in the next window are lower than in the evidence.",
        rollback="None needed: nothing is changed yet.",
    )
