"""A statement that waits for blocks from disk."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.session import Server
from collectors.snapshot import Activity
from collectors.snapshots.statements import Statement
from rules.base import Confidence, Finding, Remedy, Severity, rule
from rules.statements.by_digest import DigestCost, explaining, heavy
from rules.statements.signs import READ_BYTES_PER_CALL, waits_for_disk
from rules.wording import share, size


@rule(
    title="A statement waits for the disk",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    see=("https://www.postgresql.org/docs/current/runtime-config-statistics.html",),
)
def cache_missing_statement(
    statements: Activity[Statement],
    server: Server,
    *,
    least_active_sessions: float = 0.1,
    read_bytes_per_call: float = READ_BYTES_PER_CALL,
) -> Iterator[Finding]:
    """Half of a statement's time goes into waiting for blocks that no cache held.

    Why it matters
        It is as slow as the disk, and it pushes blocks out of the cache that others need.

    What to do
        Make it read less: a fitting or covering index, fewer columns, a smaller range. Only
        when it reads no more than it needs, give the cache more memory.

    When to ignore
        A scan of history that is meant to come from disk. It stays quiet where reads are not
        timed (track_io_timing) or come from the operating system's cache. It is high where the
        statement takes over a fifth of all time or keeps a session busy, else medium.
    """
    if server.platform == "aurora":  # no operating system cache beneath: reads mean another thing
        return
    for cost in heavy(statements, least_active_sessions):
        if waits_for_disk(cost, read_bytes_per_call):
            yield _finding(cost, server)


def _finding(cost: DigestCost[Statement], server: Server) -> Finding:
    waited_ratio = (cost.total.block_read_seconds or 0.0) / cost.total.exec_seconds
    read = cost.per_call(cost.total.shared_read_bytes)
    return Finding(
        subject=cost.subject,
        summary=f"{cost.name} waits {share(waited_ratio)} of its time for the disk, which gives it "
        f"{size(read)} a call.",
        evidence=cost.evidence(
            read_bytes_per_call=read,
            read_ratio=cost.read_ratio,
            read_wait_ratio=waited_ratio,
        ),
        impact=cost.gain(min(1.0, waited_ratio)),
        severity=cost.severity,
        remedy=Remedy(
            text="Make it read fewer blocks: an index that leads to its rows, or one that holds "
            "all columns it asks for. If it needs every block it reads, the working set is larger "
            "than the cache: more memory, or fewer such statements. The gain is the time it "
            "waits for reads.",
            statements=explaining(server, cost),
            risk="None for the plan: the statement is not run.",
            verify="shared_blks_read a call falls by half or more in the next window.",
            rollback="None needed: nothing is changed yet.",
        ),
    )
