"""Pages are read in advance for nobody."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.innodb import Innodb
from collectors.session import Server
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.settings import Setting
from rules.base import MYSQL, Finding, Remedy, Severity, Subject, rule
from rules.settings.mysql_values import change, is_on, undo, variable
from rules.wording import share

_THRESHOLD, _RANDOM = "innodb_read_ahead_threshold", "innodb_random_read_ahead"
_MOST_PAGES = 64  # all pages of an extent


@rule(
    title="Reading ahead is wasted",
    severity=Severity.LOW,
    engines=MYSQL,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/innodb-performance-read_ahead.html",
        "https://mariadb.com/kb/en/innodb-system-variables/#innodb_read_ahead_threshold",
    ),
)
def wasted_read_ahead(
    innodb: Activity[Innodb],
    settings: Snapshot[Setting],
    server: Server,
    *,
    tolerated_wasted_ratio: float = 0.2,
    tolerated_pages_per_second: float = 100,
) -> Iterator[Finding]:
    """Pages that were read in advance are thrown out before anybody asks for them.

    Why it matters
        Each costs a read from disk and throws a page out of the buffer pool that somebody may
        need.

    What to do
        Switch innodb_random_read_ahead off. Then raise innodb_read_ahead_threshold, to at most
        64: it is how many pages of an extent must be read one after the other before the next
        extent is read in advance, so that a higher value reads less ahead.

    When to ignore
        Where the buffer pool is far too small for what is read: mend that first.
    """
    current = variable(settings, _RANDOM if is_on(settings, _RANDOM) else _THRESHOLD)
    if current is None or current.number == 0 or (current.number or 0) >= _MOST_PAGES:
        return
    for row in innodb.rows:
        wasted = row.pages_read_ahead_evicted
        ratio = min(1.0, wasted / row.pages_read_ahead) if row.pages_read_ahead else 0.0
        rate = wasted / innodb.seconds if innodb.seconds else 0.0
        if ratio > tolerated_wasted_ratio and rate > tolerated_pages_per_second:
            yield Finding(
                subject=Subject("setting", current.setting),
                summary=f"{share(ratio)} of the pages read in advance are thrown out unused, "
                f"{rate:,.0f} a second.",
                evidence={
                    "wasted_ratio": ratio,
                    "wasted_pages_per_second": rate,
                    "read_ahead_pages_per_second": row.pages_read_ahead / innodb.seconds,
                    current.setting: current.value,
                    "window_seconds": innodb.seconds,
                },
                remedy=_remedy(current, server),
            )


def _remedy(current: Setting, server: Server) -> Remedy:
    value = "OFF" if current.setting == _RANDOM else str(_MOST_PAGES)
    return Remedy(
        text=f"Set {current.setting} to {value}: less is read in advance.",
        statements=change(server, current, value),
        risk="No lock, no restart. Large scans may read a little slower.",
        verify="Under the same load this grows by less than half as fast: "
        "SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_read_ahead_evicted';",
        rollback=undo(server, current),
    )
