"""The server runs out of file handles."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.status import Status
from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.settings import Setting
from rules.base import (
    MYSQL,
    Confidence,
    Finding,
    Gain,
    Impact,
    Remedy,
    Severity,
    Subject,
    rule,
)
from rules.settings.values import number
from rules.wording import share

_MANAGED = Remedy(
    text="Amazon sets the limit by the size of the instance: lower table_open_cache in the "
    "parameter group, or take a larger instance.",
    risk="A smaller cache opens tables more often. A larger instance takes minutes without the "
    "server.",
    verify="Within an hour Open_files of SHOW GLOBAL STATUS is below 85 % of open_files_limit.",
    rollback="Set table_open_cache back.",
)


@rule(
    title="Nearly all file handles are used",
    severity=Severity.HIGH,
    confidence=Confidence.VALIDATED,
    engines=MYSQL,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/not-enough-file-handles.html",
        "https://mariadb.com/kb/en/server-system-variables/#open_files_limit",
    ),
)
def open_files_near_limit(
    status: Snapshot[Status],
    settings: Snapshot[Setting],
    server: Server,
    *,
    tolerated_ratio: float = 0.85,
) -> Iterator[Finding]:
    """The files that are open come near to open_files_limit.

    Why it matters
        At the limit tables can't be opened (error 24, too many open files) and connections are
        refused.

    What to do
        Raise open_files_limit, and the limit that the system gives to the service, at the next
        restart. Until then a smaller table_open_cache keeps fewer files open.

    When to ignore
        Never for long.
    """
    limit = number(settings, "open_files_limit")
    for row in status.rows:
        used = row.open_files / limit if limit else 0.0
        if limit and used >= tolerated_ratio:
            yield Finding(
                subject=Subject("setting", "open_files_limit"),
                summary=f"{row.open_files:,} of {limit:,.0f} files are open "
                f"({share(used)} of open_files_limit).",
                evidence={
                    "open_files": row.open_files,
                    "open_files_limit": limit,
                    "open_tables": row.open_tables,
                },
                impact=Impact(Gain.HEADROOM, used),
                severity=Severity.CRITICAL if used >= 1 else None,
                remedy=_remedy(limit, server),
            )


def _remedy(limit: float, server: Server) -> Remedy:
    if server.platform != "self-managed":
        return _MANAGED
    target = f"{2 * limit:.0f}"
    return Remedy(
        text=f"Raise open_files_limit to {target} at the next restart, for the server and in the "
        "limits of its service.",
        statements=(
            f"-- in the service's unit file, or ulimit -n of its account: LimitNOFILE={target}",
            f"-- in my.cnf under [mysqld]: open_files_limit = {target}",
            "-- then restart the server",
        ),
        risk="Needs a restart: seconds to minutes without the server.",
        verify=f"After the restart this is {target}: SELECT @@open_files_limit;",
        rollback=f"Set open_files_limit back to {limit:.0f} and restart.",
    )
