"""Plans drift because statistics are guessed anew."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.settings import Setting
from rules.base import MYSQL, Confidence, Finding, Remedy, Severity, Subject, rule
from rules.settings.mysql_values import change, is_off, undo, variable

_NAME = "innodb_stats_persistent"


@rule(
    title="Table statistics are not kept",
    severity=Severity.LOW,
    confidence=Confidence.VALIDATED,
    engines=MYSQL,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/innodb-persistent-stats.html",
        "https://mariadb.com/kb/en/innodb-persistent-statistics/",
    ),
)
def statistics_not_persistent(settings: Snapshot[Setting], server: Server) -> Iterator[Finding]:
    """innodb_stats_persistent is off: the statistics of tables live in memory only.

    Why it matters
        They are sampled anew, from a few pages, at each restart and now and then in between. A
        plan may change from one hour to the next although nothing else did.

    What to do
        Switch it on, then ANALYZE the tables that matter.

    When to ignore
        On a server for tests. Tables that say STATS_PERSISTENT = 1 themselves are fine.
    """
    current = variable(settings, _NAME)
    if current is None or not is_off(settings, _NAME):
        return
    yield Finding(
        subject=Subject("setting", _NAME),
        summary=f"{_NAME} is off: plans may change at each restart.",
        evidence={"value": current.value, "source": current.source},
        remedy=Remedy(
            text="Switch it on, then run ANALYZE TABLE on the largest tables in a quiet hour.",
            statements=change(server, current, "ON"),
            risk="No lock, no restart. ANALYZE TABLE takes seconds a table; on MySQL before 8.0.24 "
            "it makes later statements wait for those that still read the table.",
            verify="At once this is 1: SELECT @@GLOBAL.innodb_stats_persistent;",
            rollback=undo(server, current),
        ),
    )
