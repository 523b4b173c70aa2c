"""One statement takes a large part of the database's time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.snapshot import Activity
from collectors.snapshots.sessions import SessionLoad
from collectors.snapshots.statements import Statement
from rules.base import Finding, Impact, Remedy, Severity, rule
from rules.statements.by_digest import BLOCK_BYTES, DigestCost, heavy
from rules.wording import duration, share

LOCKED_RATIO = 0.3
READ_RATIO = 0.2
LARGE_BYTES = 1024 * 1024  # what an indexed lookup does not touch
FAST_SECONDS = 0.005
WAITING_SECONDS = 0.05  # little data, yet slow: sleeps, functions, remote calls


@dataclass(frozen=True, slots=True)
class Sign:
    """What its numbers say about the cause; `fixable` where the statement itself can be mended."""

    words: str
    see_rule: str = ""
    fixable: bool = True

    def severity(self, *, high: bool) -> Severity:
        if not self.fixable:
            return Severity.LOW
        return Severity.HIGH if high else Severity.MEDIUM


LOCKED = Sign("it mostly waits for locks", "lock-heavy-statement", fixable=False)
COMMIT = Sign("it waits for the log to reach the disk", fixable=False)
SPILLS = Sign("it spills to temporary files", "temp-spill")
READS = Sign("it reads from outside shared buffers", "cache-missing-statement")
WASTES = Sign("it looks at far more than it returns", "read-heavy-statement")
SLOW = Sign("each call is slow", "slow-statement")
CHEAP = Sign("each call is cheap, there are many", fixable=False)


@rule(
    title="One statement takes a large part of the time",
    severity=Severity.MEDIUM,
    see=("https://www.postgresql.org/docs/current/pgstatstatements.html",),
    engines=("postgres", "mysql", "mariadb"),
)
def dominant_statement(
    statements: Activity[Statement],
    load: SessionLoad | None,
    *,
    least_active_sessions: float = 0.1,
    medium_share_ratio: float = 0.05,
    high_share_ratio: float = 0.2,
) -> Iterator[Finding]:
    """A statement takes more than a twentieth of all execution time, and shows why it could shrink.

    Why it matters
        Work on this statement pays more than work on any other: nothing that is done to the rest
        can save more than their share.

    What to do
        Follow the sign in the evidence. Disk reads, spills, rows looked at for nothing and lock
        waits each have a rule of their own that says more. Without one, look at its plan.

    When to ignore
        When it is the work the database is there for and each call is already cheap: a mean
        under 5 ms, blocks from cache, about as many rows as calls. Some statement always comes
        first. Such a one is shown as low from a fifth of the time on, and never higher.
    """
    for cost in heavy(statements, least_active_sessions):
        sign = _sign(cost, _locked_ratio(cost, load))
        least = medium_share_ratio if sign.fixable else high_share_ratio
        if cost.share_ratio > least:
            yield Finding(
                subject=cost.subject,
                summary=f"one statement takes {share(cost.share_ratio)} of the execution time, "
                f"{duration(cost.mean_seconds)} a call: {sign.words}",
                evidence=cost.evidence(sign=sign.words, see_rule=sign.see_rule),
                impact=cost.gain(0.5) if sign.fixable else Impact(),
                severity=sign.severity(high=cost.share_ratio > high_share_ratio),
                remedy=_remedy(sign),
            )


def _sign(cost: DigestCost, locked_ratio: float) -> Sign:
    """The first that fits; a cause that another rule owns comes before a general one."""
    read = cost.per_call(cost.total.shared_read_bytes)
    signs = (
        (locked_ratio >= LOCKED_RATIO, LOCKED),
        (cost.commit, COMMIT),
        (cost.per_call(cost.total.temp_written_bytes) >= LARGE_BYTES, SPILLS),
        (read >= LARGE_BYTES and cost.read_ratio >= READ_RATIO, READS),
        (_wasteful(cost), WASTES),
        (_slow(cost), SLOW),
    )
    return next((sign for fits, sign in signs if fits), CHEAP)


def _wasteful(cost: DigestCost) -> bool:
    per_row = (cost.touched_bytes or 0) / max(cost.total.rows or 0, cost.total.calls)
    return cost.mean_seconds >= FAST_SECONDS and per_row >= 100 * BLOCK_BYTES


def _slow(cost: DigestCost) -> bool:
    touched = cost.touched_bytes
    much = touched is None or cost.per_call(touched) >= LARGE_BYTES
    return cost.mean_seconds >= (FAST_SECONDS if much else WAITING_SECONDS)


def _locked_ratio(cost: DigestCost, load: SessionLoad | None) -> float:
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
            verify="Its calls per second fall; the mean stays.",
            rollback="Deploy the previous build.",
        )
    return Remedy(
        text=f"Mend this statement before any other: {sign.words}. Read the finding of "
        f"{sign.see_rule} about the same digest, if there is one, and the findings about indexes "
        "of its tables; then look at its plan with the parameters of a slow call. The gain "
        "assumes that half of its time can go.",
        risk="None for looking at the plan without running it.",
        verify="Its mean and its share in the next window are lower than in the evidence.",
        rollback="None needed: nothing is changed yet.",
    )
