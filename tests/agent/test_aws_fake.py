"""The fake of Performance Insights refuses what its documentation rules out; boto3 asks it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.agent.conftest import CREDENTIALS
from tests.aws.insights import Database, Sql
from tests.aws.service import Fault, serving
from tests.aws.world import World

WAITS = {("CPU", "CPU"): 0.5}
END = datetime.now(UTC).replace(second=0, microsecond=0)
SPAN: dict[str, Any] = {"StartTime": END - timedelta(hours=1), "EndTime": END}
ABOUT: dict[str, Any] = {"ServiceType": "RDS", "Identifier": "db-ONE", **SPAN}


@pytest.fixture
def world() -> Iterator[World]:
    statements = [Sql(f"T{n}", f"SELECT {n}", str(n), WAITS) for n in range(30)]
    made = World(databases={"db-ONE": Database(statements)})
    with serving(made):
        yield made


@pytest.fixture
def pi(world: World, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": world.url}.items():
        monkeypatch.setenv(name, value)
    return boto3.client("pi", region_name="eu-west-1")


def refused(call: Any, **given: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(**{**ABOUT, **given})
    return str(error.value)


def test_the_broken_call_of_the_article(pi: Any) -> None:
    """An upper-case group, and a counter of the instance broken down by statement."""
    query = {"Metric": "db.SQL.Innodb_rows_read.avg", "GroupBy": {"Group": "db.SQL_TOKENIZED"}}
    said = refused(pi.get_resource_metrics, MetricQueries=[query], PeriodInSeconds=3600)
    assert "db.SQL.Innodb_rows_read cannot be grouped" in said
    query["Metric"] = "db.load.avg"
    said = refused(pi.get_resource_metrics, MetricQueries=[query], PeriodInSeconds=3600)
    assert "db.SQL_TOKENIZED is not valid for current resource" in said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        pytest.param({"PeriodInSeconds": 7}, "PeriodInSeconds is none of", id="an odd period"),
        pytest.param({"MaxResults": 100}, "100 is more than 25", id="too many a page"),
        pytest.param({"Metric": "db.load"}, "not a known statistic", id="no statistic"),
        pytest.param({"ServiceType": "XX"}, "is none of RDS", id="no such service"),
        pytest.param({"Identifier": "orders-1"}, "NotAuthorized", id="the name of the instance"),
        pytest.param(
            {"AdditionalMetrics": ["db.sql_tokenized.stats.sum_rows_examined_per_sec.avg"]},
            "is not a metric of",
            id="a statistic of MySQL",
        ),
    ],
)
def test_refused(pi: Any, given: dict[str, Any], said: str) -> None:
    by = {"Metric": "db.load.avg", "GroupBy": {"Group": "db.sql_tokenized", "Limit": 25}}
    assert said in refused(pi.describe_dimension_keys, **{**by, **given})


def test_pages(pi: Any) -> None:
    asked = {
        **ABOUT,
        "Metric": "db.load.avg",
        "GroupBy": {"Group": "db.sql_tokenized", "Limit": 25},
    }
    first = pi.describe_dimension_keys(**asked, MaxResults=20)
    rest = pi.describe_dimension_keys(**asked, MaxResults=20, NextToken=first["NextToken"])
    assert (len(first["Keys"]), len(rest["Keys"])) == (20, 5)
    assert "NextToken" not in rest


def test_the_newest_minute_is_late(pi: Any) -> None:
    query = [{"Metric": "db.load.avg"}]
    answer = pi.get_resource_metrics(**ABOUT, MetricQueries=query, PeriodInSeconds=60)
    (series,) = answer["MetricList"]
    assert 57 <= len(series["DataPoints"]) < 60


def test_faults_are_given_first(pi: Any, world: World) -> None:
    world.faults["pi:get_resource_metadata"] = [Fault("NotAuthorizedException", "no")]
    asked = {"ServiceType": "RDS", "Identifier": "db-ONE"}
    with pytest.raises(ClientError, match="NotAuthorizedException"):
        pi.get_resource_metadata(**asked)
    assert pi.get_resource_metadata(**asked)["Identifier"] == "db-ONE"


def test_a_wrong_answer_is_not_given(pi: Any, world: World) -> None:
    world.handlers["pi:get_resource_metadata"] = lambda _: {"Identifier": 7}
    with pytest.raises(ClientError, match="FakeIsWrong"):
        pi.get_resource_metadata(ServiceType="RDS", Identifier="db-ONE")
