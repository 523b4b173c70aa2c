"""Every statement is written to a log."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.status import Status
from collectors.session import Server
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.settings import Setting
from rules.base import MYSQL, Confidence, Finding, Remedy, Severity, Subject, rule
from rules.settings.mysql_values import change, is_on, text, undo, variable


@rule(
    title="The general log is on",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    engines=MYSQL,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/query-log.html",
        "https://mariadb.com/kb/en/general-query-log/",
    ),
)
def general_log_on(
    settings: Snapshot[Setting],
    status: Activity[Status] | None,
    server: Server,
    *,
    busy_statements_per_second: float = 100,
) -> Iterator[Finding]:
    """The server writes down every statement of every session, with all values in it.

    Why it matters
        It costs a write for each statement under a lock that all sessions share, fills the disk,
        and keeps personal data of customers in plain text. In a table it is slower still.

    What to do
        Switch it off. For what is slow use the slow log, for what runs performance_schema, for
        an audit an audit plugin.

    When to ignore
        While somebody looks for a fault, for minutes. Where log_output is NONE nothing is
        written, and the rule is quiet.
    """
    current = variable(settings, "general_log")
    output = text(settings, "log_output")
    if current is None or not is_on(settings, "general_log") or output == "NONE":
        return
    rows = status.rows if status else ()
    rate = sum(r.questions for r in rows) / status.seconds if status and status.seconds else None
    busy = rate is not None and rate > busy_statements_per_second
    yield Finding(
        subject=Subject("setting", "general_log"),
        summary="The general log is on: every statement is written down with its values"
        + (f", {rate:,.0f} a second." if rate is not None else "."),
        evidence={"log_output": output, "statements_per_second": rate},
        severity=Severity.HIGH if busy and "TABLE" in output else None,
        remedy=_remedy(current, server),
    )


def _remedy(current: Setting, server: Server) -> Remedy:
    return Remedy(
        text="Ask who switched it on, then switch it off; remove what it has written, which holds "
        "data of your users.",
        statements=change(server, current, "OFF"),
        risk="No lock, no restart.",
        verify="At once this is 0: SELECT @@GLOBAL.general_log;",
        rollback=undo(server, current),
    )
