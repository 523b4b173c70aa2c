"""What is missing or too old, made so on real servers."""

from __future__ import annotations

import pytest

from tests.live.mysql.opened import tell
from tests.live.mysql.rules.told import follow
from tests.live.mysql_database import MysqlDatabase
from tests.live.mysql_server import MysqlServer
from tests.live.own_mysql_servers import OwnMysqlServers
from tests.live.triage import found, look


def test_the_grants_are_all_that_is_missing(mysql_database: MysqlDatabase) -> None:
    server = mysql_database.server
    tell(server, "CREATE USER watcher@'%'")
    dsn = server.dsn(user="watcher")
    try:
        (missing,) = found(look(dsn), "missing-privileges")
        assert missing.finding.subject.name == "watcher@%"
        assert not found(look(server.dsn()), "missing-privileges")
        follow(server, [missing.finding])
        left = found(look(dsn), "missing-privileges")
        assert [r.finding.evidence["reason"] for r in left] == []
    finally:
        tell(server, "DROP USER watcher@'%'")


def test_an_end_that_is_near_enough_to_warn(mysql_server: MysqlServer) -> None:
    limits = {"version-end-of-life": {"warning_days": 36500}}
    (near,) = found(look(mysql_server.dsn(), limits=limits), "version-end-of-life")
    assert near.finding.subject.name.startswith(mysql_server.product)
    assert not found(look(mysql_server.dsn()), "version-end-of-life")


@pytest.mark.engines("mysql97")
def test_what_was_persisted_waits_for_a_restart(own_mysql_server: OwnMysqlServers) -> None:
    server = own_mysql_server("mysql97")
    assert not found(look(server.dsn()), "pending-restart")
    tell(server, "SET PERSIST_ONLY back_log = 77")
    (waits,) = found(look(server.dsn()), "pending-restart")
    assert waits.finding.subject.name == "back_log"
    lookup, _ = waits.finding.remedy.statements
    tell(server, lookup)
    server.restart()
    assert not found(look(server.dsn()), "pending-restart")
