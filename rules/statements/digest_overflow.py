"""Statements that the server has no room to tell apart."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.statements import MysqlStatement
from collectors.mysql.status import Status
from collectors.session import Server
from collectors.snapshot import Activity
from collectors.snapshots.statements import LOST
from rules.base import MYSQL, Confidence, Finding, Remedy, Severity, Subject, rule
from rules.mysql_wording import reset_variable, set_variable
from rules.wording import share

_SETTING = "performance_schema_digests_size"
_AMPLE_DIGESTS = 20_000
_EMPTY = "TRUNCATE TABLE performance_schema.events_statements_summary_by_digest;"
_HIGH_RATIO = 0.2


@rule(
    title="Statements are not told apart",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/performance-schema-statement-digests.html",
        "https://mariadb.com/kb/en/performance-schema-digests/",
    ),
    engines=MYSQL,
)
def digest_overflow(
    statements: Activity[MysqlStatement],
    server: Server,
    status: Activity[Status] | None,
    *,
    tolerated_time_ratio: float = 0.01,
    tolerated_calls_ratio: float = 0.05,
) -> Iterator[Finding]:
    """The table of statement digests is full: what is new is counted in one lump.

    Why it matters
        The lump's time belongs to statements that no list of expensive statements names, here or
        elsewhere. The table never forgets: what ran once months ago keeps its place.

    What to do
        Empty the table: it fills again with what runs now. If it is soon full again, make it
        larger at the next restart, and look for statements that differ only in names.

    When to ignore
        While a one-time load of generated statements runs. It is low while under a fifth of the
        time is lost.
    """
    lost = [s for s in statements.rows if s.digest == LOST]
    total = sum(s.exec_seconds for s in statements.rows if not s.nested)
    ratio = sum(s.exec_seconds for s in lost) / total if total else 0.0
    uncounted = sum(row.digests_lost or 0 for row in status.rows) if status else 0
    questions = sum(row.questions for row in status.rows) if status else 0
    calls_ratio = uncounted / questions if questions else 0.0
    if ratio > tolerated_time_ratio or calls_ratio > tolerated_calls_ratio:
        size = server.settings.get(_SETTING)
        of = "execution time" if ratio > tolerated_time_ratio else "calls"
        yield Finding(
            subject=Subject("setting", _SETTING),
            summary=f"{share(ratio if of != 'calls' else calls_ratio)} of the {of} is of "
            "statements that the server has no room to tell apart: "
            f"{_SETTING} is {size or 'not known'}.",
            evidence={
                "lost_time_ratio": ratio,
                "lost_calls": sum(s.calls for s in lost) or None,
                "digests_lost": uncounted or None,
                "digests_size": int(size) if size else None,
                "window_seconds": statements.seconds,
            },
            severity=Severity.MEDIUM if ratio >= _HIGH_RATIO else Severity.LOW,
            remedy=_remedy(server, int(size) if size else 0),
        )


def _remedy(server: Server, size: int) -> Remedy:
    text = (
        "Empty the table of digests: it takes a moment, and only what still runs comes back. Full "
        "again within days, it has too many kinds of statements: each schema counts its own, and "
        "so does each table name, alias or list of columns that a program makes up. Values and "
        "the length of IN lists do not matter."
    )
    verify = (
        "After an hour of load this gives 0: SELECT COUNT_STAR FROM "
        "performance_schema.events_statements_summary_by_digest WHERE DIGEST IS NULL;"
    )
    if size >= _AMPLE_DIGESTS:
        return Remedy(
            text=f"{text} There is room enough for the statements of one application: have those "
            "names made fixed.",
            statements=(_EMPTY,),
            risk="The totals so far are gone for every tool that reads them.",
            verify=verify,
            rollback="None possible: the totals begin at zero again.",
        )
    return Remedy(
        text=f"{text} Then raise {_SETTING} to {_AMPLE_DIGESTS:,} at the next restart.",
        statements=(
            _EMPTY,
            *set_variable(server, _SETTING, str(_AMPLE_DIGESTS), dynamic=False),
        ),
        risk="The totals so far are gone for every tool that reads them. The setting needs a "
        "restart, and some ten MB of memory.",
        verify=verify,
        rollback=reset_variable(server, _SETTING, str(size), dynamic=False)
        if size
        else f"Put the old value of {_SETTING} back.",
    )
