"""Wrong values are changed silently instead of refused."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.settings import Setting
from rules.base import MYSQL, Confidence, Finding, Remedy, Severity, Subject, rule
from rules.mysql_wording import reset_variable, set_variable
from rules.settings.mysql_values import variable

_STRICT = "STRICT_TRANS_TABLES"
_STRICT_MODES = {_STRICT, "STRICT_ALL_TABLES", "TRADITIONAL"}


@rule(
    title="Wrong values are accepted silently",
    severity=Severity.LOW,
    confidence=Confidence.VALIDATED,
    engines=MYSQL,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/sql-mode.html#sql-mode-strict",
        "https://mariadb.com/kb/en/sql-mode/#strict-mode",
    ),
)
def sql_mode_not_strict(settings: Snapshot[Setting], server: Server) -> Iterator[Finding]:
    """The global sql_mode has no strict mode.

    Why it matters
        A text that is too long is cut, a wrong date becomes zeroes, a number out of range the
        largest there is: with a warning that nobody reads. The data can't be mended later.

    What to do
        Add STRICT_TRANS_TABLES, on a copy first: statements that were accepted with a warning
        will fail.

    When to ignore
        Where every application sets its own sql_mode when it connects.
    """
    current = variable(settings, "sql_mode")
    if current is None or _STRICT_MODES & set(current.value.upper().split(",")):
        return
    yield Finding(
        subject=Subject("setting", "sql_mode"),
        summary="sql_mode is not strict: values that do not fit are changed and stored.",
        evidence={"value": current.value, "source": current.source},
        remedy=_remedy(current.value, server),
    )


def _remedy(now: str, server: Server) -> Remedy:
    wanted = ",".join(filter(None, (now, _STRICT)))
    return Remedy(
        text="Test the applications against a copy with the strict mode, then set it. Sessions "
        "that are open keep the old mode.",
        statements=set_variable(server, "sql_mode", f"'{wanted}'"),
        risk="No lock, no restart. Statements that store what does not fit will fail.",
        verify=f"At once this names {_STRICT}: SELECT @@GLOBAL.sql_mode;",
        rollback=reset_variable(server, "sql_mode", f"'{now}'"),
    )
