"""Follow what a report on a MySQL or MariaDB server advises."""

from __future__ import annotations

from collections.abc import Iterable

from rules.base import Finding
from tests.live.mysql.opened import tell
from tests.live.mysql_server import MysqlServer


def follow(server: MysqlServer, findings: Iterable[Finding]) -> None:
    """Run the advised statements as they stand; comments are for later, or for a person."""
    for finding in findings:
        tell(server, *(s for s in finding.remedy.statements if not s.startswith("--")))


def follow_later(server: MysqlServer, findings: Iterable[Finding]) -> None:
    """Run what a comment says to run after some time: ``-- a week later, …: statement``."""
    for finding in findings:
        said = [s for s in finding.remedy.statements if s.startswith("-- ")]
        assert said, finding.remedy
        tell(server, *(s.partition(": ")[2] for s in said))


def undo(server: MysqlServer, findings: Iterable[Finding]) -> None:
    tell(server, *(f.remedy.rollback for f in findings))
