"""A replica that is told to look away."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.replication import Channel
from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.settings import Setting
from rules.base import MYSQL, Confidence, Finding, Remedy, Severity, Subject, rule
from rules.settings.mysql_values import change, text, undo, variable

_SKIP = ("replica_skip_errors", "slave_skip_errors")
_MODE = ("replica_exec_mode", "slave_exec_mode")


@rule(
    title="Replication errors are skipped",
    severity=Severity.HIGH,
    confidence=Confidence.VALIDATED,
    engines=MYSQL,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/replication-options-replica.html#sysvar_replica_skip_errors",
        "https://mariadb.com/kb/en/replication-and-binary-log-system-variables/#slave_skip_errors",
    ),
)
def skipped_replication_errors(
    channels: Snapshot[Channel], settings: Snapshot[Setting], server: Server
) -> Iterator[Finding]:
    """The replica goes on after errors that mean that its data differs from the source.

    Why it matters
        Each error that is skipped is a change that is missing here. Nobody notices until the
        replica answers wrongly, or becomes the source.

    What to do
        Stop skipping, compare the tables (pt-table-checksum) and mend or rebuild the replica.

    When to ignore
        While a broken replica limps along until its successor is built.
    """
    if not channels.rows:
        return
    if text(settings, *_SKIP) not in ("", "OFF"):
        yield _finding(variable(settings, *_SKIP), "OFF", server)
    if text(settings, *_MODE) == "IDEMPOTENT":
        yield _finding(variable(settings, *_MODE), "STRICT", server)


def _finding(current: Setting | None, safe: str, server: Server) -> Finding:
    assert current is not None  # noqa: S101  it has a value
    restart = current.setting in _SKIP
    return Finding(
        subject=Subject("setting", current.setting),
        summary=f"{current.setting} is {current.value}: changes that fail here are left out "
        "silently.",
        evidence={"value": current.value, "source": current.source},
        remedy=Remedy(
            text=f"Set {current.setting} to {safe}, then compare this replica with its source and "
            "rebuild what differs.",
            statements=change(server, current, safe),
            risk="Replication stops at the next error instead of hiding it: somebody must be there "
            "to mend it, within hours. "
            + ("Needs a restart." if restart else "No lock, no restart."),
            verify=f"{'After the restart' if restart else 'At once'} this gives {safe}: "
            f"SELECT @@GLOBAL.{current.setting};",
            rollback=undo(server, current),
        ),
    )
