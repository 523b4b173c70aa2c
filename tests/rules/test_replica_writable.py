from __future__ import annotations

from typing import Any

import pytest

from collectors.mysql.cluster_members import ClusterMember
from collectors.mysql.replication import Channel
from collectors.mysql.server import MysqlServer
from collectors.session import Server
from rules.base import Finding, Severity
from rules.replication.replica_writable import replica_writable
from tests.make import make, snapshot
from tests.rules.mysql_servers import mariadb, mysql
from tests.rules.mysql_settings import variables

OPEN = variables(read_only="OFF", super_read_only="OFF")
ONE = (make(Channel, replica="db1"),)


def judged(
    server: Server, *channels: Channel, members: bool = False, **given: Any
) -> list[Finding]:
    row = make(MysqlServer, **{"is_replica": True, "super_read_only": False, **given})
    group = snapshot(make(ClusterMember)) if members else None
    return replica_writable(snapshot(row), snapshot(*channels), OPEN, group, server)


@pytest.mark.parametrize(
    ("server", "given", "severity", "name"),
    [
        pytest.param(mysql(), {}, None, "super_read_only", id="MySQL"),
        pytest.param(mariadb(), {"super_read_only": None}, None, "read_only", id="MariaDB"),
        pytest.param(mysql(platform="rds"), {}, None, "read_only", id="RDS"),
        pytest.param(
            mysql(), {"read_only": True}, Severity.LOW, "super_read_only", id="only to root"
        ),
        pytest.param(
            mysql(), {"replicas_connected": 1}, Severity.LOW, "super_read_only", id="one of a pair"
        ),
    ],
)
def test_fires(server: Server, given: dict[str, Any], severity: Severity | None, name: str) -> None:
    (finding,) = judged(server, *ONE, **given)
    assert finding.severity is severity
    assert f"{name}" in finding.remedy.statements[0]


@pytest.mark.parametrize(
    ("server", "given", "channels"),
    [
        pytest.param(mysql(), {"is_replica": False}, (), id="a source"),
        pytest.param(mysql(), {"read_only": True, "super_read_only": True}, ONE, id="read-only"),
        pytest.param(
            mariadb(), {"read_only": True, "super_read_only": None}, ONE, id="MariaDB has no super"
        ),
        pytest.param(
            mysql(platform="rds"), {"read_only": True}, ONE, id="Amazon's agent must write"
        ),
        pytest.param(mysql(), {}, ONE * 2, id="gathers from two sources"),
        pytest.param(mysql(), {"members": True}, ONE, id="a member of a group"),
        pytest.param(mysql(platform="aurora"), {}, ONE, id="Aurora"),
    ],
)
def test_quiet(server: Server, given: dict[str, Any], channels: tuple[Channel, ...]) -> None:
    assert not judged(server, *channels, **given)


def test_only_what_was_changed_is_put_back() -> None:
    (was_open,) = judged(mysql(), *ONE)
    assert was_open.remedy.rollback.endswith("SET GLOBAL read_only = OFF;")
    (was_closed,) = judged(mysql(), *ONE, read_only=True)
    assert was_closed.remedy.rollback == "SET PERSIST super_read_only = OFF;"


def test_a_replica_of_rds_opens_again_when_it_is_promoted() -> None:
    (finding,) = judged(mysql(platform="rds"), *ONE)
    assert "ParameterValue='{TrueIfReplica}'" in finding.remedy.statements[0]
