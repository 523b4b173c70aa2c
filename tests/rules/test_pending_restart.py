from __future__ import annotations

from collectors.snapshots.settings import Setting
from rules.settings.pending_restart import pending_restart
from tests.make import make, server, snapshot
from tests.rules.mysql_servers import mysql

WAITING = make(
    Setting, setting="shared_buffers", value="16384", unit="8kB", pending_restart=True,
    source="configuration file",
)  # fmt: skip
LIVE = make(Setting, setting="work_mem", value="4096", unit="kB")


def test_fires_for_the_one_that_waits() -> None:
    (finding,) = pending_restart(snapshot(WAITING, LIVE), server())
    assert finding.subject.name == "shared_buffers"
    assert "16384 8kB" in finding.summary


def test_on_rds_the_instance_is_rebooted() -> None:
    (finding,) = pending_restart(snapshot(WAITING), server(platform="rds"))
    assert "reboot-db-instance" in finding.remedy.statements[-1]


def test_quiet() -> None:
    assert not pending_restart(snapshot(LIVE), server())


def test_what_mysql_persisted_for_the_next_start() -> None:
    waiting = make(Setting, setting="innodb_log_files", value="2", pending_restart=True)
    (finding,) = pending_restart(snapshot(waiting), mysql())
    assert finding.remedy.statements[-1].startswith("RESTART; -- or")
    assert finding.remedy.rollback == "RESET PERSIST innodb_log_files;"
