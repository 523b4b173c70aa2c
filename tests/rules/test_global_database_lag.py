from __future__ import annotations

from typing import Any

import pytest

from rules.availability.global_database_lag import global_database_lag
from rules.base import Subject
from tests.aws.rows import aurora, cluster, member, minutes
from tests.rules.environments import CLUSTER_ARN

CALM = [0.2] * 10


@pytest.mark.parametrize(
    ("given", "count"),
    [
        pytest.param({"global_rpo_lag_seconds": [*CALM, *[5.1] * 5]}, 1, id="five minutes"),
        pytest.param({"global_replication_lag_seconds": [*CALM, *[5.1] * 5]}, 1, id="replication"),
        pytest.param({"global_rpo_lag_seconds": [*CALM, *[5.0] * 5]}, 0, id="just not"),
        pytest.param({"global_rpo_lag_seconds": [*CALM, 0.3, *[9.0] * 4]}, 0, id="four minutes"),
        pytest.param({"global_rpo_lag_seconds": [*[9.0] * 14, 0.2]}, 0, id="it is over"),
        pytest.param(
            {"global_rpo_lag_seconds": [*CALM[1:], *[9.0] * 5, None]}, 1, id="the last is late"
        ),
        pytest.param({"global_rpo_lag_seconds": [*[None] * 11, *[9.0] * 4]}, 0, id="four known"),
        pytest.param({}, 0, id="no global database"),
    ],
)
def test_lag(given: dict[str, Any], count: int) -> None:
    assert len(global_database_lag(minutes(**given), cluster(), aurora())) == count


def test_words() -> None:
    lags = minutes(global_rpo_lag_seconds=[*CALM, 6.0, 7.0, 8.0, 9.0, 12.0])
    (finding,) = global_database_lag(lags, cluster(arn=CLUSTER_ARN), aurora())
    assert finding.subject == Subject("cluster", "shop")
    assert finding.evidence["lag_seconds"] == 12.0
    assert finding.evidence["least_lag_seconds"] == 6.0
    assert finding.remedy.statements == ("aws rds describe-global-clusters --region eu-west-1",)


def test_a_secondary_cluster_without_a_writer_tells_once() -> None:
    lags = minutes(global_rpo_lag_seconds=9.0)
    secondary = cluster(member("shop-1"), member("shop-2"), here=False)
    assert len(global_database_lag(lags, secondary, aurora(role="reader"))) == 1
    other = aurora(role="reader", identifier="shop-2")
    assert not global_database_lag(lags, secondary, other)


def test_told_on_the_writer_where_there_is_one() -> None:
    lags = minutes(global_rpo_lag_seconds=9.0)
    assert not global_database_lag(lags, cluster(here=False), aurora(role="reader"))
