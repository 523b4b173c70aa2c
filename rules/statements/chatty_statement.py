"""Round trips that carry no work."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from collectors.session import Server
from collectors.snapshot import Activity
from collectors.snapshots.statements import Statement
from rules.base import MYSQL, SQL, Finding, Remedy, Severity, Subject, rule
from rules.wording import share

_EMPTY = re.compile(
    r"\s*(?:(?P<ping>select\s+(?:\$\d+|\?|\d+|(?:version|database)\s?\(\)|@\s?@.*)\s*;?\s*$)"
    r"|(?P<setting>set|show|reset|discard|deallocate)\b"
    r"|(?P<begin>begin|start\s+transaction)\b"
    r"|(?P<end>commit|end|rollback|abort)\b)",
    re.IGNORECASE,
)
# So much work in a transaction justifies its BEGIN and COMMIT.
_SINGLE_STATEMENTS = 1.5


@rule(
    title="Much of the traffic carries no work",
    severity=Severity.LOW,
    see=(
        "https://www.postgresql.org/docs/current/protocol-flow.html",
        "https://dev.mysql.com/doc/connector-j/en/connector-j-connp-props-performance-extensions.html",
        "https://mariadb.com/kb/en/about-mariadb-connector-j/",
    ),
    engines=SQL,
)
def chatty_statement(
    statements: Activity[Statement],
    server: Server,
    *,
    least_empty_ratio: float = 0.3,
    least_empty_calls_per_second: float = 50.0,
) -> Iterator[Finding]:
    """A third of the calls are SELECT 1, SET, SHOW, or BEGIN and COMMIT around one statement.

    Why it matters
        Each is a round trip the application waits for, and a connection that is held meanwhile.
        The database's own time is small; the application's is not.

    What to do
        Let the pool test a connection only after it was idle, set session parameters once for
        the role, and run single statements without an explicit transaction.

    When to ignore
        BEGIN and COMMIT around two statements or more are needed and are not counted here.
    """
    for database in sorted({s.database for s in statements.rows}):
        calls = _calls(statements, database)
        empty = calls["ping"] + calls["setting"]
        if calls["begin"] and calls["work"] <= _SINGLE_STATEMENTS * calls["begin"]:
            empty += calls["begin"] + calls["end"]
        ratio = empty / max(1, calls.total())
        rate = empty / statements.seconds if statements.seconds else 0.0
        if ratio > least_empty_ratio and rate >= least_empty_calls_per_second:
            yield _finding(server, database, calls, ratio, rate)


def _calls(statements: Activity[Statement], database: str) -> Counter[str]:
    calls: Counter[str] = Counter()
    for statement in statements.rows:
        if statement.database == database and not statement.own:
            kind = _EMPTY.match(statement.query)
            calls[kind.lastgroup or "work" if kind else "work"] += statement.calls
    return calls


def _finding(
    server: Server, database: str, calls: Counter[str], ratio: float, rate: float
) -> Finding:
    where = f"in {database}" if database else "of sessions without a default schema"
    return Finding(
        subject=Subject("database", database, database),
        summary=f"{share(ratio)} of the calls {where} carry no work: {rate:,.0f} round trips "
        "a second.",
        evidence={
            "empty_ratio": ratio,
            "empty_calls_per_second": rate,
            "ping_calls": calls["ping"],
            "setting_calls": calls["setting"],
            "begin_calls": calls["begin"],
            "end_calls": calls["end"],
            "work_calls": calls["work"],
        },
        remedy=Remedy(
            text="Drop the round trips that the evidence counts most. ping_calls: validate pooled "
            f"connections only after some seconds of idleness. setting_calls: {_settings(server)} "
            "begin_calls: use autocommit for single statements.",
            risk="A pool that tests less often hands out a dead connection now and then: the "
            "application must retry.",
            verify="Calls of these statements fall under a tenth of all in the next window.",
            rollback="Put the pool's or driver's old setting back.",
        ),
    )


def _settings(server: Server) -> str:
    if server.engine in MYSQL:
        return (
            "set them once for each connection; Connector/J keeps them with "
            "useLocalSessionState=true and cacheServerConfiguration=true."
        )
    return "make them defaults of the role or of the connection."
