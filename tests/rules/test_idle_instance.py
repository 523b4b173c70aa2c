from __future__ import annotations

from typing import Any

import pytest

from collectors.session import Server
from rules.cost.idle_instance import idle_instance
from tests.aws.rows import aurora, cluster, hours, instance, postgres, seen_by_aws

WEEK = 168


@pytest.mark.parametrize(
    ("server", "most", "fires"),
    [
        pytest.param(seen_by_aws(), 0.0, True, id="nobody for a week"),
        pytest.param(seen_by_aws(), [0.0] * 167 + [1.0], False, id="somebody, once"),
        pytest.param(postgres(), 3.0, True, id="only dbtriage"),
        pytest.param(postgres(), 4.0, False, id="somebody beside dbtriage"),
        pytest.param(seen_by_aws(), None, False, id="not known"),
        pytest.param(seen_by_aws(), [None] * 9 + [0.0] * 159, False, id="too many holes"),
        pytest.param(seen_by_aws(), [None] * 8 + [0.0] * 160, True, id="few holes"),
    ],
)
def test_idle_instance(server: Server, most: Any, fires: bool) -> None:
    found = idle_instance(instance(), hours(WEEK, connections_max=most), server, None)
    assert [f.remedy.statements for f in found] == [
        ("aws rds stop-db-instance --db-instance-identifier orders-1 --region eu-west-1",)
    ] * fires


def test_only_the_last_week_counts() -> None:
    seen = hours(336, connections_max=[9.0] * 168 + [0.0] * 168)
    assert idle_instance(instance(), seen, seen_by_aws(), None)


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(instance(role="replica"), id="a replica"),
        pytest.param(aurora(role="reader"), id="a reader may take over"),
        pytest.param(instance(replicas=("orders-2",)), id="it feeds a replica"),
        pytest.param(instance(status="stopped"), id="stopped already"),
    ],
)
def test_left_out(found: Any) -> None:
    assert not idle_instance(found, hours(WEEK, connections_max=0.0), seen_by_aws(), cluster())


def test_a_cluster_is_stopped_as_a_whole_unless_it_pauses() -> None:
    seen = hours(WEEK, connections_max=0.0)
    (finding,) = idle_instance(aurora(), seen, seen_by_aws(), cluster())
    assert finding.remedy.statements == (
        "aws rds stop-db-cluster --db-cluster-identifier shop --region eu-west-1",
    )
    pauses = cluster(min_acu=0.0, max_acu=8.0)
    serverless = aurora(instance_class="db.serverless")
    assert not idle_instance(serverless, seen, seen_by_aws(), pauses)
    assert idle_instance(aurora(), seen, seen_by_aws(), pauses)  # a class never pauses
