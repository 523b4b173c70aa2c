from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.proxies import Proxy
from collectors.snapshot import Snapshot
from collectors.snapshots.sessions import Connections
from rules.capacity.proxy_candidate import proxy_candidate
from tests.aws.rows import aurora, cluster, instance, minutes
from tests.make import make, snapshot

NONE: Snapshot[Proxy] = snapshot()
IDLE = minutes(connections=400.0, load_sessions=4.0)


def connections(idle: int, active: int) -> Snapshot[Connections]:
    return snapshot(
        make(Connections, state="idle", connections=idle),
        make(Connections, state="active", connections=active),
    )


@pytest.mark.parametrize(
    ("seen", "sql"),
    [
        pytest.param(IDLE, None, id="nearly all are idle"),
        pytest.param(minutes(connections=200.0, load_sessions=10.0), None, id="just so"),
        pytest.param(
            minutes(connections=[250.0, 350.0] * 7 + [250.0], load_sessions=99.0),
            None,
            id="they come and go",
        ),
    ],
)
def test_fires(seen: Snapshot[CloudWatch], sql: Snapshot[Connections] | None) -> None:
    (finding,) = proxy_candidate(instance(), seen, NONE, None, sql)
    make_it, register = finding.remedy.statements
    assert "--engine-family POSTGRESQL" in make_it
    assert register.endswith("--db-instance-identifiers orders-1")
    assert "delete-db-proxy --db-proxy-name orders-1-proxy" in finding.remedy.rollback


@pytest.mark.parametrize(
    ("seen", "sql"),
    [
        pytest.param(minutes(connections=199.0, load_sessions=1.0), None, id="too few"),
        pytest.param(minutes(connections=400.0, load_sessions=21.0), None, id="they work"),
        pytest.param(minutes(connections=400.0), None, id="load is not known"),
        pytest.param(minutes(load_sessions=1.0), None, id="connections are not known"),
        pytest.param(IDLE, connections(380, 20), id="told by the rules that see the sessions"),
        pytest.param(minutes(9, connections=400.0, load_sessions=1.0), None, id="nine minutes"),
        pytest.param(
            minutes(connections=[380.0, 420.0] * 7 + [380.0], load_sessions=99.0),
            None,
            id="a few come and go",
        ),
    ],
)
def test_quiet(seen: Snapshot[CloudWatch], sql: Snapshot[Connections] | None) -> None:
    assert not proxy_candidate(instance(), seen, NONE, None, sql)


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"role": "replica"}, id="a replica"),
        pytest.param({"role": "reader"}, id="a reader"),
        pytest.param({"engine": "oracle-ee"}, id="an engine without proxy"),
    ],
)
def test_no_proxy_for_these(given: dict[str, Any]) -> None:
    assert not proxy_candidate(instance(**given), IDLE, NONE, None, None)


def test_there_is_one() -> None:
    assert not proxy_candidate(instance(), IDLE, snapshot(make(Proxy, proxy="p")), None, None)


def test_a_cluster_is_the_target_unless_it_pauses() -> None:
    (finding,) = proxy_candidate(aurora(), IDLE, NONE, cluster(), None)
    assert finding.remedy.statements[1].endswith("--db-cluster-identifiers shop")
    assert not proxy_candidate(aurora(), IDLE, NONE, cluster(min_acu=0.0, max_acu=8.0), None)


def test_mariadb_speaks_mysql() -> None:
    (finding,) = proxy_candidate(instance(engine="mariadb"), IDLE, NONE, None, None)
    assert "--engine-family MYSQL" in finding.remedy.statements[0]
