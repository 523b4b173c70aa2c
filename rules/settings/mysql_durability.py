"""What MySQL and MariaDB lose in a crash, by the setting that allows it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from collectors.mysql.status import Status
from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.settings import Setting
from rules.base import Finding, Remedy, Severity, Subject
from rules.settings.mysql_values import change, is_on, needs_restart, undo, variable


@dataclass(frozen=True, slots=True)
class Risk:
    """`weak` tells of a value whether it gives up safety; `safe` is the value that does not."""

    weak: Callable[[str], bool]
    safe: str
    words: str
    cost: str
    severity: Severity = Severity.HIGH
    of_aurora: bool = False


_COMMITS = (
    "Each commit then waits for the disk: on slow disks write in fewer, larger transactions first."
)
_RISKS = {
    "innodb_flush_log_at_trx_commit": Risk(
        lambda value: value not in ("1", "3"),
        "1",
        "after a crash of {whom} the commits of about the last second are lost although they "
        "were confirmed; nothing is corrupt",
        _COMMITS,
        of_aurora=True,
    ),
    "sync_binlog": Risk(
        lambda value: value != "1",
        "1",
        "after a crash of the machine the binary log may lack {window}, so that replicas and "
        "this server differ for good",
        _COMMITS,
        Severity.MEDIUM,
    ),
    "innodb_doublewrite": Risk(
        lambda value: value.upper() in ("OFF", "0", "DETECT_ONLY"),
        "ON",
        "a page half written in a crash of the machine can't be mended: the table is corrupt, "
        "unless the storage writes whole pages",
        "Each page is then written twice, in large blocks: a little more work for the disk.",
    ),
}


def durability_of_mysql(
    settings: Snapshot[Setting], status: Snapshot[Status] | None, server: Server
) -> Iterator[Finding]:
    """A replica or a member of a cluster can be built again: it is told one step milder."""
    if any(row.redo_log_enabled is False for row in (status.rows if status else ())):
        yield _redo_log_off(server)
    for name, risk in _RISKS.items():
        current = variable(settings, name)
        if current is None or not risk.weak(current.value) or _left_out(name, settings, server):
            continue
        yield Finding(
            subject=Subject("setting", name),
            summary=f"{name} is {current.value}: {_words(risk, current)}.",
            evidence={"value": current.value, "source": current.source, **_role(server)},
            severity=_severity(risk.severity, server),
            remedy=_remedy(current, risk, server),
        )


def _left_out(name: str, settings: Snapshot[Setting], server: Server) -> bool:
    if server.platform == "aurora" and not _RISKS[name].of_aurora:
        return True
    if server.platform == "rds" and name == "innodb_doublewrite":
        return True  # RDS switches it off where its storage writes whole pages: optimized writes
    return name == "sync_binlog" and not is_on(settings, "log_bin")


def _words(risk: Risk, current: Setting) -> str:
    whom = "the server or its machine" if current.value == "0" else "the machine"
    window = (
        "the transactions of up to half a minute"
        if current.value == "0"
        else f"up to {current.value} transactions"
    )
    return risk.words.format(whom=whom, window=window)


def _severity(usual: Severity, server: Server) -> Severity:
    return Severity(usual - 1) if server.is_replica or _in_cluster(server) else usual


def _role(server: Server) -> dict[str, bool]:
    return {"is_replica": server.is_replica, "in_cluster": _in_cluster(server)}


def _in_cluster(server: Server) -> bool:
    """The other members of a Galera cluster have what this one loses."""
    return server.settings.get("wsrep_on") == "ON"


def _remedy(current: Setting, risk: Risk, server: Server) -> Remedy:
    name, restart = current.setting, _waits_for_restart(current)
    setting = current if not restart else _static(current)
    return Remedy(
        text=f"Set {name} to {risk.safe}. {risk.cost}",
        statements=change(server, setting, risk.safe),
        risk=f"{'Needs a restart.' if restart else 'No lock, no restart.'} Writes get slower, by "
        "how much depends on the disk: watch the time of COMMIT for minutes.",
        verify=f"{'After the restart' if restart else 'At once'} this gives {risk.safe}: "
        f"SELECT @@GLOBAL.{name};",
        rollback=undo(server, setting),
    )


def _waits_for_restart(current: Setting) -> bool:
    """MySQL refuses to leave OFF while it runs."""
    return needs_restart(current) or (
        current.setting == "innodb_doublewrite" and current.value.upper() in ("OFF", "0")
    )


def _static(current: Setting) -> Setting:
    return replace(current, context="static")


def _redo_log_off(server: Server) -> Finding:
    return Finding(
        subject=Subject("server", server.name),
        summary="The redo log is switched off: after a crash of the server all data must be "
        "restored from a backup.",
        evidence={"redo_log_enabled": False, **_role(server)},
        severity=Severity.CRITICAL,
        remedy=Remedy(
            text="It is meant for filling a new server only. Switch it on again.",
            statements=("ALTER INSTANCE ENABLE INNODB REDO_LOG;",),
            risk="Writes all changed pages out first: seconds to minutes in which writes are slow.",
            verify="At once this gives ON: SHOW GLOBAL STATUS LIKE 'Innodb_redo_log_enabled';",
            rollback="ALTER INSTANCE DISABLE INNODB REDO_LOG;",
        ),
    )
