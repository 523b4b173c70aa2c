"""Sessions wait for room in the log buffer."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.innodb import Innodb
from collectors.session import Server
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.settings import Setting
from rules.base import MYSQL, Finding, Remedy, Severity, Subject, rule
from rules.settings.mysql_values import change, needs_restart, undo, variable
from rules.settings.values import MB
from rules.wording import size

_NAME = "innodb_log_buffer_size"
_AMPLE_BYTES = 64 * MB
_AT_ONCE = "No lock, no restart."


@rule(
    title="The log buffer runs full",
    severity=Severity.LOW,
    engines=MYSQL,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/innodb-parameters.html#sysvar_innodb_log_buffer_size",
        "https://mariadb.com/kb/en/innodb-system-variables/#innodb_log_buffer_size",
    ),
)
def log_buffer_waits(
    innodb: Activity[Innodb],
    settings: Snapshot[Setting],
    server: Server,
    *,
    tolerated_per_minute: float = 1.0,
) -> Iterator[Finding]:
    """Sessions had to wait until the log buffer was written out, in the middle of a statement.

    Why it matters
        Large transactions stop while the buffer is flushed, and all other writers with them.

    What to do
        Raise innodb_log_buffer_size to 64 MB, and write in smaller transactions.

    When to ignore
        During a bulk load. With 64 MB or more the disk is the limit, not the buffer; the rule
        is quiet then, and wherever nobody waited, whatever the size.
    """
    current = variable(settings, _NAME)
    if current is None or current.number is None or current.number >= _AMPLE_BYTES:
        return
    for row in innodb.rows:
        rate = row.log_buffer_waits / innodb.seconds * 60 if innodb.seconds else 0.0
        if rate > tolerated_per_minute and server.platform != "aurora":
            yield Finding(
                subject=Subject("setting", _NAME),
                summary=f"The log buffer ({size(current.number)}) ran full {rate:,.1f} times a "
                "minute, and sessions waited.",
                evidence={
                    "log_buffer_waits_per_minute": rate,
                    "log_buffer_bytes": current.number,
                    "redo_bytes_per_second": row.redo_written_bytes / innodb.seconds,
                    "window_seconds": innodb.seconds,
                },
                remedy=_remedy(current, server),
            )


def _remedy(current: Setting, server: Server) -> Remedy:
    restart = needs_restart(current)
    return Remedy(
        text=f"Raise {_NAME} to {size(_AMPLE_BYTES)}.{' It takes a restart.' if restart else ''}",
        statements=change(server, current, str(_AMPLE_BYTES)),
        risk="Takes 64 MB of memory. "
        + ("Needs a restart: seconds to minutes without the server." if restart else _AT_ONCE),
        verify="Under the same load this stands still for an hour: "
        "SHOW GLOBAL STATUS LIKE 'Innodb_log_waits';",
        rollback=undo(server, current),
    )
