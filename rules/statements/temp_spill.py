"""A statement sorts or hashes on disk."""

from __future__ import annotations

import math
from collections.abc import Iterator

from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.settings import Setting
from collectors.snapshots.statements import Statement
from rules.base import Finding, Remedy, Severity, rule
from rules.settings.values import number
from rules.statements.by_digest import DigestCost, by_digest
from rules.statements.signs import MB, SPILLED_BYTES_PER_CALL, SPILLED_BYTES_PER_HOUR, spills
from rules.wording import quoted, size

_GENEROUS_BYTES = 256 * MB


@rule(
    title="A statement spills to temporary files",
    severity=Severity.MEDIUM,
    see=("https://www.postgresql.org/docs/current/runtime-config-resource.html",),
)
def temp_spill(
    statements: Activity[Statement],
    settings: Snapshot[Setting] | None,
    *,
    spilled_bytes_per_call: float = SPILLED_BYTES_PER_CALL,
    spilled_bytes_per_hour: float = SPILLED_BYTES_PER_HOUR,
    least_active_sessions: float = 0.1,
) -> Iterator[Finding]:
    """A sort, hash or materialised step did not fit into work_mem and went through files.

    Why it matters
        What is spilled is written and read back, at the speed of the disk and through its
        queue, for data that is thrown away when the statement ends.

    What to do
        First let fewer rows reach the step: an index in the order that is asked for, a filter
        before the join. Else raise work_mem for the role that runs it. Never raise it for
        everybody: each sort or hash of each session may use it.

    When to ignore
        A nightly job with the disk to itself. It is high where the statement takes over a fifth
        of all time or keeps a session busy, else medium.
    """
    work_mem = number(settings, "work_mem")
    for cost in by_digest(statements):
        if not cost.total.calls or cost.total.own or cost.upkeep or not cost.seconds:
            continue
        busy = cost.active_sessions >= least_active_sessions
        per_call = spilled_bytes_per_call if busy else math.inf
        if spills(cost, per_call, spilled_bytes_per_hour):
            yield _finding(cost, work_mem)


def _finding(cost: DigestCost[Statement], work_mem: float | None) -> Finding:
    spilled, spent = cost.total.temp_written_bytes or 0, cost.total.exec_seconds
    per_call, hourly = cost.per_call(spilled), cost.per_hour(spilled)
    timed = (cost.total.temp_block_seconds or 0) / spent if spent else 0.0
    return Finding(
        subject=cost.subject,
        summary=f"{cost.name} writes {size(per_call)} of temporary files a call, "
        f"{size(hourly)} an hour.",
        evidence=cost.evidence(
            spilled_bytes_per_call=per_call,
            spilled_bytes_per_hour=hourly,
            work_mem_bytes=work_mem,
            spill_time_ratio=timed or None,
        ),
        # Without timing of temporary files a third of the time is a cautious guess.
        impact=cost.gain(min(1.0, timed) or 0.33),
        severity=cost.severity,
        remedy=_remedy(cost, per_call),
    )


def _remedy(cost: DigestCost[Statement], per_call: float) -> Remedy:
    # In memory a sort needs two to three times what it takes on disk.
    wanted = 1 << max(0, int(3 * per_call / MB)).bit_length()
    text = (
        "Reduce the rows that reach the sort or hash, or serve the order by an index: that costs "
        "no memory."
    )
    role = cost.total.user
    if role is None or wanted * MB > _GENEROUS_BYTES:
        return Remedy(
            text=f"{text} The step needs about {wanted} MB in memory, too much to give to each "
            "call by default."
            if role
            else text,
            risk="An index costs space and slows writes to its table.",
            verify="In the next window temp_blks_written of this statement stands still.",
            rollback="None needed: nothing is changed yet.",
        )
    return Remedy(
        text=f"{text} If that cannot be done, let role {role} sort in memory with work_mem = "
        f"{wanted} MB. Worst case: {wanted} MB for each sort or hash of each of its sessions, "
        f"so 20 active sessions with two such steps each use {size(wanted * MB * 40)}.",
        statements=(f"ALTER ROLE {quoted(role)} SET work_mem = '{wanted}MB';",),
        risk="No lock, milliseconds, new sessions of the role only. Memory: see the worst case.",
        verify="After its sessions reconnect, temp_blks_written of this statement stands still.",
        rollback=f"ALTER ROLE {quoted(role)} RESET work_mem;",
    )
