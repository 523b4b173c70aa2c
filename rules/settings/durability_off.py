"""Safety that was given up for speed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.mysql.status import Status
from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.settings import Setting
from rules.base import SQL, Confidence, Finding, Remedy, Severity, Subject, rule
from rules.settings.mysql_durability import durability_of_mysql
from rules.wording import reset_parameter, set_parameter


@dataclass(frozen=True, slots=True)
class Loss:
    """What is lost when the server or its machine stops hard."""

    severity: Severity
    words: str


_LOSSES = {
    "fsync": Loss(
        Severity.CRITICAL,
        "after a crash of the machine the whole cluster may be corrupt beyond repair",
    ),
    "full_page_writes": Loss(
        Severity.CRITICAL,
        "a page half written in a crash of the machine stays torn: silent corruption",
    ),
    "synchronous_commit": Loss(
        Severity.HIGH,
        "after a crash the commits of the last moments (three times wal_writer_delay, 0.6 s by "
        "default) are lost although they were confirmed; nothing is corrupt",
    ),
}


@rule(
    title="Durability is switched off",
    severity=Severity.CRITICAL,
    confidence=Confidence.VALIDATED,
    engines=SQL,
    see=(
        "https://www.postgresql.org/docs/current/runtime-config-wal.html",
        "https://dev.mysql.com/doc/refman/8.4/en/innodb-parameters.html#sysvar_innodb_flush_log_at_trx_commit",
        "https://mariadb.com/kb/en/innodb-system-variables/#innodb_flush_log_at_trx_commit",
    ),
)
def durability_off(
    settings: Snapshot[Setting], server: Server, status: Snapshot[Status] | None = None
) -> Iterator[Finding]:
    """fsync, full_page_writes or synchronous_commit is off, or what MySQL has in their place.

    Why it matters
        The server confirms what a power cut can undo. With fsync or full_page_writes off a
        crash can damage data that was written long ago, and replicas or backups may carry it
        on.

    What to do
        Switch it on. If commits are too slow, group them, use faster storage for the log, or
        set synchronous_commit off only for the sessions that can lose their last commits.
        MySQL and MariaDB: innodb_flush_log_at_trx_commit = 1, sync_binlog = 1 where there is a
        binary log, innodb_doublewrite = ON, and the redo log on.

    When to ignore
        Servers whose data can be made again from elsewhere: tests, caches. fsync off is fine
        while a new cluster is filled, until it is in use. Amazon Aurora runs without
        full_page_writes by design and is left out. A replica of MySQL or a member of a Galera
        cluster can be built again and is told one step milder. RDS switches innodb_doublewrite
        off where its storage makes it needless.
    """
    if server.engine != "postgres":
        yield from durability_of_mysql(settings, status, server)
        return
    if server.platform == "aurora":
        return
    for setting in settings.rows:
        loss = _LOSSES.get(setting.setting)
        if loss and setting.value == "off":
            yield Finding(
                subject=Subject("setting", setting.setting),
                summary=f"{setting.setting} is off: {loss.words}.",
                evidence={"value": setting.value, "source": setting.source},
                severity=loss.severity,
                remedy=_remedy(setting, server),
            )


def _remedy(setting: Setting, server: Server) -> Remedy:
    name = setting.setting
    sync = " Then CHECKPOINT and, on Linux, sync once, so that what was written before is safe."
    return Remedy(
        text=f"Set {name} to on; it takes effect at a reload.{sync if name == 'fsync' else ''} "
        "Commits will wait for the disk: expect one flush a commit.",
        statements=set_parameter(server, name, "on"),
        risk="No lock, no restart. Writes get slower, by how much depends on the disk; watch "
        "the wait events IO:WalSync and IO:WalWrite.",
        verify=f"At once this gives on: SHOW {name};",
        rollback=reset_parameter(server, name, "off"),
    )
