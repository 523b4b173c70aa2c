"""Answers are in the documented format, not recorded from AWS."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.alarms import Alarm, alarms
from collectors.session import PermissionDenied
from tests.aws.fleets import orders, shop
from tests.aws.session import FakeAws

ASKED = "cloudwatch:describe_alarms"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:on-call"


def dimensions(**about: str) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in about.items()]


def alarm(metric: str = "CPUUtilization", **given: Any) -> dict[str, Any]:
    """A member of MetricAlarms in DescribeAlarms: it tells somebody of orders-1."""
    return {
        "AlarmName": f"orders {metric}",
        "ActionsEnabled": True,
        "AlarmActions": [TOPIC],
        "StateValue": "OK",
        "MetricName": metric,
        "Namespace": "AWS/RDS",
        "Statistic": "Average",
        "Dimensions": dimensions(DBInstanceIdentifier="orders-1"),
        "Threshold": 90.0,
        "ComparisonOperator": "GreaterThanThreshold",
        **given,
    }


def query(id: str, metric: str, instance: str = "orders-1", **given: Any) -> dict[str, Any]:
    found = {
        "Namespace": "AWS/RDS",
        "MetricName": metric,
        "Dimensions": dimensions(DBInstanceIdentifier=instance),
    }
    return {"Id": id, "MetricStat": {"Metric": found, "Period": 60, "Stat": "Maximum"}, **given}


def over(*queries: dict[str, Any], **given: Any) -> dict[str, Any]:
    """An alarm over `queries` in place of one metric."""
    made = alarm(AlarmName="orders writes", Metrics=list(queries), **given)
    for absent in ("MetricName", "Namespace", "Statistic", "Dimensions"):
        del made[absent]
    return made


def seen(*found: dict[str, Any], instance: str = "orders-1") -> tuple[Alarm, ...]:
    fleet = orders() if instance == "orders-1" else shop()
    answers: Any = {**fleet, ASKED: {"MetricAlarms": list(found)}}
    return alarms(FakeAws(answers, instance=instance)).rows


def test_an_alarm_of_the_instance() -> None:
    assert seen(alarm()) == (
        Alarm(
            alarm="orders CPUUtilization",
            metric="CPUUtilization",
            statistic="Average",
            comparison="GreaterThanThreshold",
            threshold=90.0,
            state="OK",
            tells=True,
            of_cluster=False,
        ),
    )


def test_a_percentile_is_a_statistic() -> None:
    slow = alarm("ReadLatency", ExtendedStatistic="p90")
    del slow["Statistic"]
    (found,) = seen(slow)
    assert (found.metric, found.statistic) == ("ReadLatency", "p90")


@pytest.mark.parametrize(
    ("given", "tells"),
    [
        pytest.param({}, True, id="somebody is told"),
        pytest.param({"AlarmActions": []}, False, id="nobody is told"),
        pytest.param({"AlarmActions": [], "OKActions": [TOPIC]}, False, id="only that it is over"),
        pytest.param({"ActionsEnabled": False}, False, id="its actions are off"),
    ],
)
def test_whom_it_tells(given: dict[str, Any], tells: bool) -> None:
    (found,) = seen(alarm(**given))
    assert found.tells is tells


@pytest.mark.parametrize(
    "given",
    [
        {"Dimensions": dimensions(DBInstanceIdentifier="billing-1")},
        {"Dimensions": dimensions(DBClusterIdentifier="orders-1")},
        {"Dimensions": dimensions(DBInstanceClass="db.r7g.large")},
        {"Dimensions": []},
        {"Namespace": "Custom/RDS"},
    ],
    ids=["another instance", "a cluster of its name", "a class", "all instances", "not of RDS"],
)
def test_what_watches_something_else(given: dict[str, Any]) -> None:
    assert seen(alarm(**given)) == ()


@pytest.mark.parametrize(
    ("about", "watched"),
    [
        pytest.param({"DBClusterIdentifier": "shop"}, [True, True], id="the whole cluster"),
        pytest.param(
            {"DBClusterIdentifier": "shop", "Role": "WRITER"}, [True], id="the writer of it"
        ),
        pytest.param({"DBClusterIdentifier": "cart"}, [], id="another cluster"),
        pytest.param(
            {"DBClusterIdentifier": "shop", "DBInstanceIdentifier": "shop-1"},
            [False],
            id="one member of it",
        ),
    ],
)
def test_alarms_of_a_cluster(about: dict[str, str], watched: list[bool]) -> None:
    found = alarm(Dimensions=dimensions(**about))
    writer, reader = seen(found, instance="shop-1"), seen(found, instance="shop-2")
    assert [row.of_cluster for row in (*writer, *reader)] == watched


def test_an_alarm_of_the_readers_does_not_watch_the_writer() -> None:
    readers = alarm(Dimensions=dimensions(DBClusterIdentifier="shop", Role="READER"))
    assert seen(readers, instance="shop-1") == ()
    assert [row.of_cluster for row in seen(readers, instance="shop-2")] == [True]


def test_an_expression_gives_a_row_for_each_metric_of_ours() -> None:
    found = seen(
        over(
            query("m1", "ReadIOPS"),
            query("m2", "WriteIOPS"),
            query("m3", "WriteIOPS"),
            query("m4", "DiskQueueDepth", "billing-1"),
            {"Id": "all", "Expression": "m1 + m2", "ReturnData": True},
        )
    )
    assert [(r.metric, r.statistic, r.threshold) for r in found] == [
        ("ReadIOPS", "", None),
        ("WriteIOPS", "", None),
    ]
    assert {r.alarm for r in found} == {"orders writes"}


def test_one_metric_as_a_query_is_no_expression() -> None:
    (found,) = seen(over(query("m1", "FreeStorageSpace")))
    assert (found.statistic, found.threshold) == ("Maximum", 90.0)


def test_a_band_of_an_anomaly_has_no_threshold() -> None:
    band = {"Id": "ad1", "Expression": "ANOMALY_DETECTION_BAND(m1, 2)"}
    unusual = over(query("m1", "DBLoad"), band, ThresholdMetricId="ad1")
    del unusual["Threshold"]
    (found,) = seen(unusual)
    assert (found.metric, found.statistic, found.threshold) == ("DBLoad", "", None)


@pytest.mark.parametrize(("account", "rows"), [("123456789012", 1), ("210987654321", 0)])
def test_an_instance_of_our_name_in_another_account(account: str, rows: int) -> None:
    assert len(seen(over(query("m1", "DBLoad", AccountId=account)))) == rows


def test_what_aws_does_not_tell() -> None:
    bare = alarm()
    for absent in ("Statistic", "Threshold", "ComparisonOperator", "StateValue", "AlarmActions"):
        del bare[absent]
    (found,) = seen(bare)
    assert (found.statistic, found.comparison, found.state) == ("", "", "")
    assert (found.threshold, found.tells) == (None, False)


def test_all_pages_are_read_and_nobody_is_singled_out() -> None:
    answers: dict[str, Any] = {
        **orders(),
        ASKED: [
            {"MetricAlarms": [alarm("DBLoad")], "NextToken": "2"},
            {"MetricAlarms": [alarm("FreeStorageSpace")]},
        ],
    }
    aws = FakeAws(answers)
    assert [row.metric for row in alarms(aws).rows] == ["DBLoad", "FreeStorageSpace"]
    given = {"AlarmTypes": ["MetricAlarm"], "MaxRecords": 100}
    assert [about for about in aws.asked if about[0] == ASKED] == [(ASKED, given)]


def test_no_alarms_at_all() -> None:
    assert seen() == ()


def test_a_denied_action_passes_through() -> None:
    denied = PermissionDenied("needs the IAM action cloudwatch:DescribeAlarms")
    with pytest.raises(PermissionDenied, match="DescribeAlarms"):
        alarms(FakeAws({**orders(), ASKED: denied}))
