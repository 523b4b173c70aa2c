from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.global_cluster import GlobalCluster
from collectors.rds.proxies import Proxy
from collectors.session import Server
from rules.capacity.serverless_kept_awake import serverless_kept_awake
from tests.aws.rows import aurora, cluster, minutes, parameters, postgres, seen_by_aws
from tests.make import make, snapshot

PAUSES = cluster(min_acu=0.0, max_acu=8.0, pause_after_seconds=600)
AWAKE = minutes(acu=0.5)
PROXY = snapshot(make(Proxy, proxy="shop-proxy"))
GLOBAL = snapshot(make(GlobalCluster, global_cluster="world"))
LOGICAL = parameters("cluster", **{"rds.logical_replication": "1"})


def serverless(**given: Any) -> Any:
    return aurora(instance_class="db.serverless", **given)


@pytest.mark.parametrize(
    ("server", "others", "words"),
    [
        pytest.param(postgres(), (None, None, None), "dbtriage's own SQL connection", id="we do"),
        pytest.param(seen_by_aws(), (PROXY, None, None), "an RDS Proxy", id="a proxy"),
        pytest.param(seen_by_aws(), (None, GLOBAL, None), "its global database", id="global"),
        pytest.param(
            seen_by_aws(), (None, None, LOGICAL), "rds.logical_replication = 1", id="logical"
        ),
        pytest.param(
            seen_by_aws(),
            (None, None, parameters("cluster", binlog_format="ROW")),
            "binlog_format = ROW",
            id="binlog",
        ),
        pytest.param(
            postgres(), (PROXY, None, LOGICAL), "connection, an RDS Proxy, rds.", id="all at once"
        ),
    ],
)
def test_fires(server: Server, others: tuple[Any, Any, Any], words: str) -> None:
    (finding,) = serverless_kept_awake(serverless(), PAUSES, server, AWAKE, *others)
    assert words in finding.summary
    assert "after 10 min" in finding.summary
    assert finding.evidence["own_connection_holds"] is (server.engine == "postgres")


@pytest.mark.parametrize(
    ("given", "of", "seen"),
    [
        pytest.param({}, cluster(min_acu=0.5, max_acu=8.0), AWAKE, id="not meant to pause"),
        pytest.param({}, cluster(max_acu=8.0), AWAKE, id="the minimum is not known"),
        pytest.param({}, PAUSES, minutes(acu=[0.5] * 14 + [0.0]), id="it does pause"),
        pytest.param({"instance_class": "db.r7g.large"}, PAUSES, AWAKE, id="a class never pauses"),
    ],
)
def test_quiet(given: dict[str, Any], of: Any, seen: Any) -> None:
    (row,) = serverless().rows
    found = aurora(**{"instance_class": row.instance_class, **given})
    assert not serverless_kept_awake(found, of, postgres(), seen, PROXY, GLOBAL, LOGICAL)


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(parameters("cluster"), id="not set"),
        pytest.param(parameters("cluster", **{"rds.logical_replication": "0"}), id="off"),
        pytest.param(parameters("cluster", **{"rds.logical_replication": None}), id="default"),
        pytest.param(parameters("cluster", binlog_format="OFF"), id="no binlog"),
    ],
)
def test_nobody_keeps_it_awake(given: Any) -> None:
    none: Any = snapshot()
    assert not serverless_kept_awake(serverless(), PAUSES, seen_by_aws(), None, none, none, given)


def test_readers_of_higher_tiers_pause_by_themselves() -> None:
    reader = serverless(role="reader", promotion_tier=2)
    asked = (PAUSES, seen_by_aws(), AWAKE)
    assert not serverless_kept_awake(reader, *asked, None, GLOBAL, LOGICAL)
    assert serverless_kept_awake(reader, *asked, PROXY, GLOBAL, LOGICAL)
    follows = serverless(role="reader", promotion_tier=1)
    assert serverless_kept_awake(follows, *asked, None, GLOBAL, LOGICAL)


def test_replication_has_a_command() -> None:
    (finding,) = serverless_kept_awake(
        serverless(), PAUSES, seen_by_aws(), AWAKE, None, None, LOGICAL
    )
    (command,) = finding.remedy.statements
    assert command.startswith("aws rds reset-db-cluster-parameter-group")
    assert "ParameterValue=1" in finding.remedy.rollback
