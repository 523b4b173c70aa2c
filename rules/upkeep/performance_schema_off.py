"""Nobody counts what statements and waits cost."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.outcomes import Outcomes
from collectors.session import Server
from rules.base import MYSQL, Confidence, Finding, Remedy, Severity, Subject, rule
from rules.mysql_wording import reset_variable, set_variable

_SETTING = "performance_schema"
_DIGESTS = "performance_schema_digests_size"
_CONSUMER = "statements_digest"
_COLLECTOR = "mysql.statements"
_NAMES = f"'global_instrumentation', 'thread_instrumentation', '{_CONSUMER}'"
_COUNT = "SELECT COUNT(*) FROM performance_schema.events_statements_summary_by_digest;"


@rule(
    title="The server does not count what statements cost",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/performance-schema-quick-start.html",
        "https://mariadb.com/kb/en/performance-schema-overview/",
    ),
    engines=MYSQL,
)
def performance_schema_off(outcomes: Outcomes, server: Server) -> Iterator[Finding]:
    """performance_schema is off, or counts no statements. MariaDB comes with it off.

    Why it matters
        Without it no rule about statements, waits or unused indexes can judge: neither the most
        expensive statement nor the index it lacks can be named. Locks and settings are still seen.

    What to do
        Switch it on and restart. Where it is on but its consumers are off, one UPDATE does it.

    When to ignore
        On a server so small that 100 to 400 MB of memory for it are too much.
    """
    if server.settings.get(_SETTING, "ON") != "ON":
        yield _finding(server, f"{_SETTING} is off", _set(server, _SETTING, "ON", "OFF"))
    elif server.settings.get(_DIGESTS) == "0":
        yield _finding(server, f"{_DIGESTS} is 0", _set(server, _DIGESTS, "10000", "0"))
    elif (outcome := outcomes.get(_COLLECTOR)) and "the consumer" in outcome.reason:
        yield _finding(server, "its consumers of statements are off", _switch())


def _finding(server: Server, why: str, remedy: Remedy) -> Finding:
    return Finding(
        subject=Subject("setting", _SETTING),
        summary=f"What statements and waits cost is not known: {why}.",
        evidence={
            "performance_schema": server.settings.get(_SETTING),
            "digests_size": server.settings.get(_DIGESTS),
        },
        remedy=remedy,
    )


def _set(server: Server, name: str, value: str, old: str) -> Remedy:
    return Remedy(
        text=f"Set {name} to {value} and restart at the next quiet hour.",
        statements=set_variable(server, name, value, dynamic=False),
        risk="The restart takes seconds to minutes and ends all sessions. Counting costs a few "
        "per cent of processor time and 100 to 400 MB of memory.",
        verify=f"After the restart this gives more than 0: {_COUNT}",
        rollback=reset_variable(server, name, old, dynamic=False),
    )


def _switch() -> Remedy:
    return Remedy(
        text="Switch the consumers on. The server forgets that at its next restart: put "
        f"performance-schema-consumer-{_CONSUMER.replace('_', '-')} = ON under [mysqld] in my.cnf "
        "or the parameter group.",
        statements=(
            "UPDATE performance_schema.setup_consumers SET ENABLED = 'YES' WHERE NAME IN "
            f"({_NAMES});",
        ),
        risk="No lock, milliseconds. Counting costs a few per cent of processor time.",
        verify=f"At once this gives more than 0: {_COUNT}",
        rollback="UPDATE performance_schema.setup_consumers SET ENABLED = 'NO' WHERE NAME = "
        f"'{_CONSUMER}';",
    )
