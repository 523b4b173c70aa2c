"""Transactions that do not fit in the binary log cache."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.status import Status
from collectors.session import Server
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.settings import Setting
from rules.base import MYSQL, Finding, Remedy, Severity, Subject, rule
from rules.settings.mysql_values import change, undo, variable
from rules.settings.values import MB
from rules.wording import share, size

_NAME = "binlog_cache_size"
_AMPLE_BYTES = 4 * MB
_START_BYTES = 1 * MB


@rule(
    title="Transactions spill from the binary log cache",
    severity=Severity.LOW,
    engines=MYSQL,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/replication-options-binary-log.html#sysvar_binlog_cache_size",
        "https://mariadb.com/kb/en/replication-and-binary-log-system-variables/#binlog_cache_size",
    ),
)
def binlog_cache_spill(
    status: Activity[Status],
    settings: Snapshot[Setting],
    server: Server,
    *,
    tolerated_spill_ratio: float = 0.05,
    tolerated_per_second: float = 1.0,
) -> Iterator[Finding]:
    """More than one transaction of twenty writes its changes to a temporary file before it commits.

    Why it matters
        They are written twice: to the file, and from there to the binary log.

    What to do
        Raise binlog_cache_size to 1 MB, or write in smaller transactions. Each session that
        writes takes that much memory.

    When to ignore
        During a load. With 4 MB or more the transactions are too large, not the cache too
        small; the rule is quiet then.
    """
    current = variable(settings, _NAME)
    if current is None or current.number is None or current.number >= _AMPLE_BYTES:
        return
    for row in status.rows:
        spilled, uses = row.binlog_cache_disk_uses or 0, row.binlog_cache_uses or 0
        ratio = spilled / uses if uses else 0.0
        rate = spilled / status.seconds if status.seconds else 0.0
        if ratio > tolerated_spill_ratio and rate > tolerated_per_second:
            yield Finding(
                subject=Subject("setting", _NAME),
                summary=f"{share(ratio)} of transactions do not fit in the binary log cache of "
                f"{size(current.number)}.",
                evidence={
                    "spill_ratio": ratio,
                    "spills_per_second": rate,
                    "binlog_cache_bytes": current.number,
                    "window_seconds": status.seconds,
                },
                remedy=_remedy(current, server),
            )


def _remedy(current: Setting, server: Server) -> Remedy:
    target = _START_BYTES if (current.number or 0) < _START_BYTES else _AMPLE_BYTES
    return Remedy(
        text=f"Raise {_NAME} to {size(target)}; sessions that connect later use it.",
        statements=change(server, current, str(target)),
        risk=f"No lock, no restart. Up to {size(target)} of memory for each session that writes.",
        verify="Within an hour fewer than one transaction of twenty spills: "
        "SHOW GLOBAL STATUS LIKE 'Binlog_cache_%';",
        rollback=undo(server, current),
    )
