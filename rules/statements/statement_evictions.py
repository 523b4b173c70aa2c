"""Statement statistics that are thrown away."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.postgres.statement_statistics import StatementStatistics
from collectors.session import Server
from collectors.snapshot import Activity
from rules.base import Confidence, Finding, Remedy, Severity, Subject, rule
from rules.wording import set_parameter

_SETTING = "pg_stat_statements.max"
_AMPLE_ENTRIES = 10_000
_VERIFY = (
    "For ten minutes of the same load this stands still: "
    "SELECT dealloc FROM pg_stat_statements_info;"
)


@rule(
    title="Statement statistics are thrown away",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    see=("https://www.postgresql.org/docs/current/pgstatstatements.html",),
)
def statement_evictions(
    statistics: Activity[StatementStatistics],
    server: Server,
    *,
    tolerated_evictions_per_minute: float = 1.0,
) -> Iterator[Finding]:
    """More different statements run than the server can count, so it keeps forgetting some.

    Why it matters
        What is forgotten is missing from every list of expensive statements, here and
        elsewhere, and each round of forgetting locks the statistics of all sessions.

    What to do
        Give the statistics more entries. If there are plenty already, find the statements that
        differ only in a list of values or in a generated name, and send values as parameters.

    When to ignore
        While a one-time load of generated statements runs.
    """
    for row in statistics.rows:
        rate = row.evictions / statistics.seconds * 60 if statistics.seconds else 0.0
        if rate > tolerated_evictions_per_minute:
            ample = row.capacity >= _AMPLE_ENTRIES
            yield Finding(
                subject=Subject("setting", _SETTING),
                summary=f"Statement statistics with room for {row.capacity:,} entries were "
                f"thinned out {rate:.1f} times a minute.",
                evidence={
                    "evictions_per_minute": rate,
                    "entries": row.entries,
                    "capacity": row.capacity,
                    "window_seconds": statistics.seconds,
                },
                severity=Severity.LOW if ample else Severity.MEDIUM,
                remedy=_unify() if ample else _enlarge(server, row.capacity),
            )


def _enlarge(server: Server, capacity: int) -> Remedy:
    return Remedy(
        text=f"Raise {_SETTING} from {capacity:,} to {_AMPLE_ENTRIES:,} at the next restart.",
        statements=set_parameter(server, _SETTING, str(_AMPLE_ENTRIES), apply="restart"),
        risk="Needs a restart: seconds to minutes without the server. A few MB of shared memory.",
        verify=_VERIFY,
        rollback=" ".join(set_parameter(server, _SETTING, str(capacity), apply="restart")),
    )


def _unify() -> Remedy:
    return Remedy(
        text="There is room enough for the statements of one application: look for texts that "
        "differ only in the length of an IN list, in savepoint, cursor or table names, and make "
        "them one (= ANY($1) with an array, fixed names).",
        statements=(
            "SELECT left(query, 60) AS starts, count(*) FROM pg_stat_statements GROUP BY 1 "
            "ORDER BY 2 DESC LIMIT 20;",
        ),
        risk="None: the query reads statistics only.",
        verify=_VERIFY,
        rollback="None needed: nothing is changed on the server.",
    )
