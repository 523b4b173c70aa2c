from __future__ import annotations

import pytest

from collectors.mysql.status import Status
from rules.replication.semi_sync_degraded import semi_sync_degraded
from tests.make import make, snapshot
from tests.rules.mysql_servers import mariadb, mysql
from tests.rules.mysql_settings import variables


@pytest.mark.parametrize("word", ["source", "master"])
def test_fires(word: str) -> None:
    status = snapshot(make(Status, semi_sync_on=False, semi_sync_clients=1))
    name = f"rpl_semi_sync_{word}"
    given = variables(**{f"{name}_enabled": "ON", f"{name}_timeout": 10})
    (finding,) = semi_sync_degraded(status, given, mysql())
    assert "within 10 s, 1 semi-synchronous replica is connected" in finding.summary
    assert f"Rpl_semi_sync_{word}_status" in finding.remedy.verify


@pytest.mark.parametrize(
    ("works", "enabled"),
    [
        pytest.param(True, "ON", id="works"),
        pytest.param(False, "OFF", id="not wanted"),
        pytest.param(None, "ON", id="not told"),
    ],
)
def test_quiet(works: bool | None, enabled: str) -> None:
    status = snapshot(make(Status, semi_sync_on=works))
    given = variables(rpl_semi_sync_master_enabled=enabled)
    assert not semi_sync_degraded(status, given, mariadb())


@pytest.mark.parametrize(("clients", "findings"), [(0, 0), (1, 1)])
def test_a_replica_that_is_only_prepared_to_be_the_source(clients: int, findings: int) -> None:
    status = snapshot(make(Status, semi_sync_on=False, semi_sync_clients=clients))
    given = variables(rpl_semi_sync_source_enabled="ON")
    assert len(semi_sync_degraded(status, given, mysql(is_replica=True))) == findings
