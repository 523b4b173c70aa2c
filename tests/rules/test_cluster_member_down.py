from __future__ import annotations

import pytest

from collectors.mysql.cluster_members import ClusterMember
from rules.base import Severity
from rules.replication.cluster_member_down import cluster_member_down
from tests.make import make, snapshot
from tests.rules.mysql_servers import mariadb


@pytest.mark.parametrize(
    ("kind", "state", "role", "severity"),
    [
        pytest.param("group replication", "ERROR", "SECONDARY", Severity.HIGH, id="error"),
        pytest.param("group replication", "UNREACHABLE", "", Severity.HIGH, id="unreachable"),
        pytest.param("group replication", "RECOVERING", "", Severity.LOW, id="catches up"),
        pytest.param("galera", "Synced", "non-Primary", Severity.CRITICAL, id="no majority"),
        pytest.param("galera", "Donor/Desynced", "Primary", Severity.LOW, id="gives data"),
        pytest.param("galera", "Initialized", "Primary", Severity.HIGH, id="not joined"),
    ],
)
def test_fires(kind: str, state: str, role: str, severity: Severity) -> None:
    row = make(ClusterMember, member="db2:3306", kind=kind, state=state, role=role)
    (finding,) = cluster_member_down(snapshot(row), mariadb())
    assert finding.severity is severity
    assert finding.subject.name == "db2:3306"


@pytest.mark.parametrize(
    ("kind", "state", "role"),
    [
        pytest.param("group replication", "ONLINE", "SECONDARY", id="online"),
        pytest.param("galera", "Synced", "Primary", id="synced"),
    ],
)
def test_quiet(kind: str, state: str, role: str) -> None:
    row = make(ClusterMember, kind=kind, state=state, role=role)
    assert not cluster_member_down(snapshot(row), mariadb())
    assert not cluster_member_down(snapshot(), mariadb())
