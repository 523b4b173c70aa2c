"""CloudWatch alarms that watch the instance or its cluster."""

from __future__ import annotations

from datetime import timedelta

from collectors.base import collector
from collectors.fields import label, note, row
from collectors.rds.needs import Action
from collectors.session import AwsSession
from collectors.snapshot import Snapshot


@row(exported=False)
class Alarm:
    """One alarm and metric; an alarm over an expression gives a row for each metric in it."""

    alarm: str = label("Its name.")
    metric: str = label("As CPUUtilization.")
    statistic: str = note("Average, Minimum, …, p90; empty for an expression.")
    comparison: str = note("As GreaterThanThreshold.")
    threshold: float | None = note("In the metric's own unit.")
    state: str = note("OK, ALARM or INSUFFICIENT_DATA.")
    tells: bool = note("Its actions are on and there is one.")
    of_cluster: bool = note()


@collector(Action("cloudwatch:DescribeAlarms"), every=timedelta(minutes=15))
def alarms(aws: AwsSession) -> Snapshot[Alarm]:
    raise NotImplementedError
