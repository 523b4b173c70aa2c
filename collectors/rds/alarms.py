"""CloudWatch alarms that watch the instance or its cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from collectors.base import collector
from collectors.fields import label, note, row
from collectors.rds.instance import Instance, described
from collectors.rds.needs import Action
from collectors.session import AwsSession
from collectors.snapshot import Snapshot

_FRESH_SECONDS = 890.0
_MOST_RECORDS = 100


@row(exported=False)
class Alarm:
    """One alarm and metric; an alarm over an expression gives a row for each metric in it.

    One that watches the writer or the readers of a cluster is told on these only.
    """

    alarm: str = label("Its name.")
    metric: str = label("As CPUUtilization.")
    statistic: str = note("Average, Minimum, …, p90; empty for an expression.")
    comparison: str = note("As GreaterThanThreshold.")
    threshold: float | None = note("In the metric's own unit; None for an expression.")
    state: str = note("OK, ALARM or INSUFFICIENT_DATA.")
    tells: bool = note("Its actions are on and there is one.")
    of_cluster: bool = note()


@collector(
    Action("cloudwatch:DescribeAlarms"),
    Action("rds:DescribeDBInstances"),
    Action("rds:DescribeDBClusters"),
    every=timedelta(minutes=15),
)
def alarms(aws: AwsSession) -> Snapshot[Alarm]:
    own = described(aws)
    found = aws.pages(
        "cloudwatch",
        "describe_alarms",
        "MetricAlarms",
        fresh_seconds=_FRESH_SECONDS,
        AlarmTypes=["MetricAlarm"],
        MaxRecords=_MOST_RECORDS,
    )
    rows = (row for alarm in found for row in _rows(alarm, own))
    return Snapshot(aws.now(), tuple(dict.fromkeys(rows)))


def _rows(alarm: Mapping[str, Any], own: Instance) -> Iterator[Alarm]:
    plain = not any("Expression" in q for q in alarm.get("Metrics", ()))
    for metric, statistic in _metrics(alarm, own):
        of_cluster = _is_of_cluster(metric, own)
        if of_cluster is None:
            continue
        yield Alarm(
            alarm=alarm["AlarmName"],
            metric=metric["MetricName"],
            statistic=statistic if plain else "",
            comparison=alarm.get("ComparisonOperator", ""),
            threshold=alarm.get("Threshold") if plain else None,
            state=alarm.get("StateValue", ""),
            tells=alarm.get("ActionsEnabled", True) and bool(alarm.get("AlarmActions")),
            of_cluster=of_cluster,
        )


def _metrics(alarm: Mapping[str, Any], own: Instance) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Each with its statistic."""
    if "MetricName" in alarm:
        yield alarm, alarm.get("ExtendedStatistic") or alarm.get("Statistic", "")
    for query in alarm.get("Metrics", ()):
        # A monitoring account watches instances of other accounts, which may share our name.
        if "MetricStat" in query and query.get("AccountId", "") in own.arn:
            yield query["MetricStat"]["Metric"], query["MetricStat"]["Stat"]


def _is_of_cluster(metric: Mapping[str, Any], own: Instance) -> bool | None:
    """None where it is a metric of something else."""
    about = {d["Name"]: d["Value"] for d in metric.get("Dimensions", ())}
    if metric.get("Namespace") != "AWS/RDS":
        return None
    if "DBInstanceIdentifier" in about:
        return False if about["DBInstanceIdentifier"] == own.identifier else None
    role = own.role.upper()
    ours = about.get("DBClusterIdentifier", "") == own.cluster and about.get("Role", role) == role
    return True if ours else None
