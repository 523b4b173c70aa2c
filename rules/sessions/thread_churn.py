"""Each connection gets a new thread, because the cache of threads is too small."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.status import Status
from collectors.session import Server
from collectors.snapshot import Activity
from rules.base import MYSQL, Confidence, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.mysql_wording import reset_variable, set_variable
from rules.wording import share

_LARGEST_ADVICE = 512
_SECONDS_PER_THREAD = 0.0002


@rule(
    title="Threads are made anew for connections",
    severity=Severity.LOW,
    confidence=Confidence.VALIDATED,
    engines=MYSQL,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/connection-interfaces.html",
        "https://mariadb.com/kb/en/server-system-variables/#thread_cache_size",
    ),
)
def thread_churn(
    status: Activity[Status],
    server: Server,
    *,
    tolerated_per_second: float = 5,
    tolerated_ratio: float = 0.1,
) -> Iterator[Finding]:
    """Several threads a second are made for new connections, though others have just ended.

    Why it matters
        Making a thread takes CPU and a lock that all new connections share; in a burst of
        reconnects it delays every one of them.

    What to do
        Keep connections in a pool (connection-churn). Then let the server keep as many threads
        as are connected at the peak.

    When to ignore
        A thread pool makes its threads by itself: nothing is told there, nor where the cache is
        as large as advised.
    """
    if server.settings.get("thread_handling") not in (None, "one-thread-per-connection"):
        return
    size = int(server.settings.get("thread_cache_size") or 0)
    for row in status.rows:
        per_second = row.threads_created / status.seconds if status.seconds > 0 else 0.0
        advised = min(row.peak_connections, _LARGEST_ADVICE)
        missed = row.threads_created / row.sessions if row.sessions else 0.0
        if per_second > tolerated_per_second and missed > tolerated_ratio and size < advised:
            yield _finding(row, per_second, size, server)


def _finding(row: Status, per_second: float, size: int, server: Server) -> Finding:
    advised = min(row.peak_connections, _LARGEST_ADVICE)
    missed = min(1.0, row.threads_created / (row.sessions or 1))
    return Finding(
        subject=Subject("setting", "thread_cache_size"),
        summary=(
            f"{share(missed)} of the connections get a new thread, {per_second:,.1f} a second: "
            f"thread_cache_size is {size}, and up to {row.peak_connections:,} are connected."
        ),
        evidence={
            "threads_per_second": per_second,
            "missed_ratio": missed,
            "thread_cache_size": size,
            "peak_connections": row.peak_connections,
            "assumed_seconds_per_thread": _SECONDS_PER_THREAD,
        },
        impact=Impact(Gain.TIME, per_second * 3600 * _SECONDS_PER_THREAD),
        remedy=Remedy(
            text=(
                "Have clients keep their connections, and let the server keep "
                f"{advised} threads for those that can't."
            ),
            statements=set_variable(server, "thread_cache_size", str(advised)),
            risk="No lock, no restart. An idle thread keeps some hundred kB of memory.",
            verify="Within minutes Threads_created of SHOW GLOBAL STATUS grows by less than one a "
            "second.",
            rollback=reset_variable(server, "thread_cache_size", str(size)),
        ),
    )
