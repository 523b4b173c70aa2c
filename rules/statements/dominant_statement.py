"""One statement takes a large part of the database's time."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.snapshot import Activity
from collectors.snapshots.sessions import SessionLoad
from collectors.snapshots.statements import Statement
from rules.base import SQL, Finding, Impact, Remedy, Severity, rule
from rules.statements.by_digest import HIGH_SHARE_RATIO, DigestCost, heavy
from rules.statements.signs import CAUSES, Sign, sign_of
from rules.wording import duration, share


@rule(
    title="One statement takes a large part of the time",
    severity=Severity.MEDIUM,
    see=(
        "https://www.postgresql.org/docs/current/pgstatstatements.html",
        "https://dev.mysql.com/doc/refman/8.4/en/performance-schema-statement-summary-tables.html",
        "https://mariadb.com/kb/en/performance-schema-events_statements_summary_by_digest-table/",
    ),
    engines=SQL,
)
def dominant_statement(
    statements: Activity[Statement],
    load: SessionLoad | None,
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
        medium at most.
    """
    for cost in heavy(statements, least_active_sessions):
        sign = sign_of(cost, _locked_ratio(cost, load))
        if cost.share_ratio > (medium_share_ratio if sign.fixable else high_share_ratio):
            yield Finding(
                subject=cost.subject,
                summary=f"{cost.name} takes {share(cost.share_ratio)} of the execution time, "
                f"{duration(cost.mean_seconds)} a call: {sign.words}.",
                evidence=cost.evidence(sign=sign.words, see_rule=sign.told_by or None),
                impact=cost.gain(0.5) if sign.fixable else Impact(),
                severity=_severity(sign, high=cost.share_ratio > high_share_ratio),
                remedy=_remedy(sign),
            )


def _severity(sign: Sign, *, high: bool) -> Severity:
    if not sign.fixable:
        return Severity.LOW
    return Severity.HIGH if high and sign not in CAUSES else Severity.MEDIUM


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
    return Remedy(
        text=f"Mend this statement before any other: {sign.words}. The finding of {sign.told_by} "
        "about it, if there is one, says what to do, as do those about indexes of its tables; then "
        "look at its plan with the parameters of a slow call. The gain assumes that half of its "
        "time can go.",
        risk="None for looking at the plan without running it.",
        verify="Its mean and its share in the next window are lower than in the evidence.",
        rollback="None needed: nothing is changed yet.",
    )
