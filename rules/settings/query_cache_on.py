"""The query cache: one lock for all."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.status import Status
from collectors.session import Server
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.settings import Setting
from rules.base import MYSQL, Finding, Remedy, Severity, Subject, rule
from rules.settings.mysql_values import change, is_on, undo, variable
from rules.wording import share, size

_SELECTS_PER_SECOND = 10.0
_RUNNING_SESSIONS = 8


@rule(
    title="The query cache is on",
    severity=Severity.MEDIUM,
    engines=MYSQL,
    see=(
        "https://dev.mysql.com/doc/refman/5.7/en/query-cache.html",
        "https://mariadb.com/kb/en/query-cache/",
    ),
)
def query_cache_on(
    status: Activity[Status],
    settings: Snapshot[Setting],
    server: Server,
    *,
    good_hit_ratio: float = 0.5,
    tolerated_prunes_per_second: float = 1.0,
) -> Iterator[Finding]:
    """Answers are kept in a cache that one lock guards, and that every write clears in part.

    Why it matters
        Each SELECT takes that lock to look, and each write takes it to throw out all answers of
        its table. With more than a few busy sessions they queue for it. MySQL 8.0 removed it.

    What to do
        Switch it off, and cache in the application what is asked again and again.

    When to ignore
        Where one or two sessions ask the same of tables that hardly change. It is told for
        information only, as long as most answers come from the cache and few sessions run.
    """
    kind, memory = variable(settings, "query_cache_type"), variable(settings, "query_cache_size")
    if kind is None or memory is None or not memory.number:
        return
    for row in status.rows:
        if is_on(settings, "query_cache_type"):
            seen = _seen(row, status.seconds, server)
            harm = seen["selects_per_second"] > _SELECTS_PER_SECOND and (
                seen["hit_ratio"] < good_hit_ratio or seen["running_sessions"] > _RUNNING_SESSIONS
            )
            hurts = harm or seen["prunes_per_second"] > tolerated_prunes_per_second
            yield Finding(
                subject=Subject("setting", "query_cache_type"),
                summary=f"The query cache ({size(memory.number)}) is on; "
                f"{share(seen['hit_ratio'])} of SELECTs are answered from it, "
                f"{seen['prunes_per_second']:,.1f} answers a second are thrown out.",
                evidence={**seen, "query_cache_bytes": memory.number},
                severity=Severity.MEDIUM if hurts else Severity.INFO,
                remedy=_remedy(kind, memory, server),
            )


def _seen(row: Status, seconds: float, server: Server) -> dict[str, float]:
    """MariaDB counts an answer from the cache among the SELECTs, MySQL does not."""
    hits = row.query_cache_hits or 0
    asked = row.selects if server.engine == "mariadb" else hits + row.selects
    per = seconds or float("inf")
    return {
        "hit_ratio": min(1.0, hits / asked) if asked else 0.0,
        "selects_per_second": asked / per,
        "prunes_per_second": (row.query_cache_prunes or 0) / per,
        "running_sessions": row.threads_running,
        "window_seconds": seconds,
    }


def _remedy(kind: Setting, memory: Setting, server: Server) -> Remedy:
    return Remedy(
        text="Switch the query cache off and give its memory back.",
        statements=(*change(server, kind, "OFF"), *change(server, memory, "0")),
        risk="No restart. Sessions may stall for moments while the cache is emptied. Answers that "
        "came from it are computed again: watch the load of the statements that are asked most, "
        "for minutes.",
        verify="The mean time of the top statements is not worse an hour later, and this is 0: "
        "SELECT @@GLOBAL.query_cache_size;",
        rollback=f"{undo(server, memory)}\n{undo(server, kind)}",
    )
