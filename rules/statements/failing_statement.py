"""A statement that often fails."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.errors import ErrorCount
from collectors.mysql.statements import MysqlStatement
from collectors.session import Server
from collectors.snapshot import Activity
from rules.base import MYSQL, Confidence, Finding, Remedy, Severity, rule
from rules.statements.by_digest import by_digest
from rules.statements.mysql_costs import MysqlCost
from rules.wording import share

_LEAST_ERRORS = 10
_OFTEN_RATIO = 0.1
_SHOWN_ERRORS = 3


@rule(
    title="A statement often fails",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    see=(
        "https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html",
        "https://mariadb.com/kb/en/mariadb-error-codes/",
    ),
    engines=MYSQL,
)
def failing_statement(
    statements: Activity[MysqlStatement],
    server: Server,
    errors: Activity[ErrorCount] | None,
    *,
    least_failed_ratio: float = 0.01,
    least_errors_per_minute: float = 1.0,
) -> Iterator[Finding]:
    """More than one in a hundred of its calls end with an error, at least one a minute.

    Why it matters
        Each failed call is work for nothing, often repeated at once by the application, and
        somebody may see the error.

    What to do
        Find the error. A deadlock or lock wait asks for shorter transactions, a name that does
        not exist for a deployment that was finished, a value out of range for a wider column.

    When to ignore
        Inserts that are meant to fail on a duplicate key: INSERT ... ON DUPLICATE KEY UPDATE does
        the same without an error. Below a tenth of its calls it is low.
    """
    for cost in by_digest(statements):
        failed = cost.total.errors or 0
        if cost.total.own or failed < _LEAST_ERRORS or not cost.seconds:
            continue
        often = cost.per_hour(failed) / 60 >= least_errors_per_minute
        if often and cost.per_call(failed) > least_failed_ratio:
            yield _finding(cost, server, errors)


def _finding(cost: MysqlCost, server: Server, errors: Activity[ErrorCount] | None) -> Finding:
    failed = cost.total.errors or 0
    ratio, often = cost.per_call(failed), cost.per_hour(failed) / 60
    return Finding(
        subject=cost.subject,
        summary=f"{cost.name} fails in {share(ratio)} of its calls, {often:,.1f} times a minute.",
        evidence=cost.evidence(
            failed_ratio=ratio, errors_per_minute=often, server_errors=_commonest(errors)
        ),
        severity=Severity.MEDIUM if ratio >= _OFTEN_RATIO else Severity.LOW,
        remedy=Remedy(
            text="Find out which error it is: in the application's log, or among the last "
            f"statements of the sessions that are connected.{_history(server)} Then mend its "
            "cause; if a duplicate key is expected, write INSERT ... ON DUPLICATE KEY UPDATE.",
            statements=_look(server),
            risk="None for the query. It shows the messages of errors, which hold values."
            + (" The consumers cost little." if server.engine == "mariadb" else ""),
            verify="SUM_ERRORS of this statement stands still in the next window.",
            rollback="UPDATE performance_schema.setup_consumers SET ENABLED = 'NO' WHERE NAME IN "
            "('events_statements_current', 'events_statements_history');"
            if server.engine == "mariadb"
            else "None needed: nothing is changed.",
        ),
    )


def _commonest(errors: Activity[ErrorCount] | None) -> str | None:
    """What the whole server raised most; which statement did is not told."""
    rows = sorted((e for e in errors.rows if e.raised), key=lambda e: -e.raised) if errors else []
    return ", ".join(f"{e.error} {e.raised:,}" for e in rows[:_SHOWN_ERRORS]) or None


def _history(server: Server) -> str:
    return (
        " MariaDB keeps these only once the first statement below has switched it on."
        if server.engine == "mariadb"
        else ""
    )


def _look(server: Server) -> tuple[str, ...]:
    look = (
        "SELECT MYSQL_ERRNO, MESSAGE_TEXT, DIGEST_TEXT FROM "
        "performance_schema.events_statements_history WHERE ERRORS > 0;"
    )
    if server.engine != "mariadb":
        return (look,)
    return (
        "UPDATE performance_schema.setup_consumers SET ENABLED = 'YES' WHERE NAME IN "
        "('events_statements_current', 'events_statements_history');",
        look,
    )
