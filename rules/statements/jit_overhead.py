"""Just-in-time compilation that costs more than it saves."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.snapshot import Activity
from collectors.snapshots.statements import Statement
from rules.base import Finding, Remedy, Severity, rule
from rules.statements.by_digest import DigestCost, heavy
from rules.wording import duration, quoted, share


@rule(
    title="Compiling a statement takes longer than it is worth",
    severity=Severity.MEDIUM,
    see=("https://www.postgresql.org/docs/current/jit-decision.html",),
)
def jit_overhead(
    statements: Activity[Statement],
    *,
    least_active_sessions: float = 0.1,
    least_compile_ratio: float = 0.25,
    long_mean_seconds: float = 2.0,
) -> Iterator[Finding]:
    """A short statement spends a quarter of its time or more in just-in-time compilation.

    Why it matters
        Compilation pays off over seconds of execution. Here it is repeated at each call for a
        statement that would end sooner without it.

    What to do
        Turn jit off for the role that runs it, or raise jit_above_cost so that only long
        statements are compiled. Often a wrong estimate makes the statement look expensive.

    When to ignore
        A role that runs long analytical statements and this one only now and then.
    """
    for cost in heavy(statements, least_active_sessions):
        compiled = cost.total.jit_seconds or 0.0
        wasteful = compiled >= least_compile_ratio * cost.total.exec_seconds
        if compiled and wasteful and cost.mean_seconds < long_mean_seconds:
            yield _finding(cost, compiled / max(compiled, cost.total.exec_seconds))


def _finding(cost: DigestCost[Statement], ratio: float) -> Finding:
    compile_seconds = cost.per_call(cost.total.jit_seconds)
    whom = f"ROLE {quoted(cost.total.user)}" if cost.total.user else ""
    whom = whom or f"DATABASE {quoted(cost.total.database)}"
    return Finding(
        subject=cost.subject,
        summary=f"{cost.name} spends {share(ratio)} of its {duration(cost.mean_seconds)} a call "
        "in just-in-time compilation.",
        evidence=cost.evidence(compile_seconds_per_call=compile_seconds, compile_ratio=ratio),
        impact=cost.gain(ratio),
        remedy=Remedy(
            text="Turn just-in-time compilation off for whoever runs this statement. The gain is "
            "the time it spends compiling; what compiled code saves is less in so short a call.",
            statements=(f"ALTER {whom} SET jit = off;",),
            risk="No lock, milliseconds, new sessions only. Long analytical statements of the "
            "same role may get slower by some ten per cent.",
            verify="After reconnecting, jit_generation_time of this statement stands still and its "
            f"mean is about {duration(max(0.0, cost.mean_seconds - compile_seconds))}.",
            rollback=f"ALTER {whom} RESET jit;",
        ),
    )
