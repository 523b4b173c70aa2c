"""Binary logs that nobody removes."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.settings import Setting
from rules.base import MYSQL, Confidence, Finding, Remedy, Severity, Subject, rule
from rules.settings.mysql_values import change, is_on, undo, variable
from rules.settings.values import number

_NAMES = ("binlog_expire_logs_seconds", "expire_logs_days")
_DAY_SECONDS = 86_400
_WEEK = {_NAMES[0]: str(7 * _DAY_SECONDS), _NAMES[1]: "7"}


@rule(
    title="Binary logs are kept forever",
    severity=Severity.LOW,
    confidence=Confidence.VALIDATED,
    engines=MYSQL,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/replication-options-binary-log.html#sysvar_binlog_expire_logs_seconds",
        "https://mariadb.com/kb/en/using-and-maintaining-the-binary-log/",
    ),
)
def binary_logs_kept_forever(settings: Snapshot[Setting], server: Server) -> Iterator[Finding]:
    """The binary log is on, and no age or size is set at which its files are removed.

    Why it matters
        They grow until the disk is full, and a full disk stops every write.

    What to do
        Keep them for as long as a replica may be down, and back to the last backup but one: a
        week, for instance.

    When to ignore
        Where another program removes them after it has copied them, as backup tools and
        orchestrators do. RDS and Aurora remove them by themselves.
    """
    current = variable(settings, *_NAMES)
    if current is None or not is_on(settings, "log_bin") or server.platform != "self-managed":
        return
    limits = (*_NAMES, "max_binlog_total_size", "binlog_space_limit")
    if any(number(settings, name) for name in limits):
        return
    yield Finding(
        subject=Subject("setting", current.setting),
        summary="Binary logs are never removed: they grow until the disk is full.",
        evidence={"value": current.value, "source": current.source},
        remedy=_remedy(current, server),
    )


def _remedy(current: Setting, server: Server) -> Remedy:
    return Remedy(
        text="Keep a week, if backups are made each day. See first how much there is and which "
        "is the oldest that a replica still needs.",
        statements=("SHOW BINARY LOGS;", *change(server, current, _WEEK[current.setting])),
        risk="Files older than a week are removed at the next rotation or restart, for good: a "
        "replica that still needs one must be built anew.",
        verify="After the next rotation this lists a week at most: SHOW BINARY LOGS;",
        rollback=undo(server, current),
    )
