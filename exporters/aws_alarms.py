"""The alarms AWS recommends for an instance: which are there, and how to make the others."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping, Sequence
from shlex import quote
from textwrap import fill

from rich.console import Console
from rich.table import Table
from rich.text import Text

from collectors.rds.instance import Instance
from exporters.figures import one_line
from rules.locks.blockers import counted
from rules.upkeep.alarm import PERIOD_SECONDS, LeftOut, RecommendedAlarm, Unit, is_below
from rules.upkeep.recommended_alarms import Covered, State
from rules.wording import duration, size

NAMESPACE = "AWS/RDS"
_LONGEST_NAME = 60
Arguments = Mapping[str, str | float | list[str] | list[dict[str, str]]]


def render(
    instance: Instance, covered: Sequence[Covered], left_out: Sequence[LeftOut], *, width: int = 100
) -> str:
    """A table that fits `width`; then what makes the missing ones, in lines that are not broken."""
    missing = [c.alarm for c in covered if c.state is State.MISSING]
    parts = [fill(_headline(instance, covered), width), _table(covered, width)]
    if left_out:
        reasons = (f"  {o.metric}: {o.why}." for o in left_out)
        parts.append("\n".join(fill(line, width) for line in ("Left out:", *reasons)))
    if missing:
        to = topic(instance)
        parts += [
            f"Put your SNS topic in the place of {to} in what follows.",
            "# AWS CLI\n" + "\n".join(cli(a, to, instance.region) for a in missing),
            f"# Python\n{_client(instance.region)}\n"
            + "\n".join(boto3_call(a, to) for a in missing),
            "# Terraform\n" + "\n\n".join(terraform(a, to) for a in missing),
        ]
    return "\n\n".join(parts) + "\n"


def topic(instance: Instance) -> str:
    """A placeholder in the instance's own account and region."""
    parts = instance.arn.split(":")
    account = parts[4] if len(parts) > 4 else "YOUR-ACCOUNT"  # noqa: PLR2004
    return f"arn:aws:sns:{instance.region}:{account}:YOUR-TOPIC"


def arguments(alarm: RecommendedAlarm, topic_arn: str) -> Arguments:
    """Of PutMetricAlarm; a percentile has a name of its own there."""
    plain = not re.fullmatch(r"p\d+", alarm.statistic)
    return {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.why,
        "Namespace": NAMESPACE,
        "MetricName": alarm.metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in alarm.dimensions],
        "Statistic" if plain else "ExtendedStatistic": alarm.statistic,
        "Period": PERIOD_SECONDS,
        "EvaluationPeriods": alarm.periods,
        "DatapointsToAlarm": alarm.datapoints,
        "Threshold": _number(alarm.threshold),
        "ComparisonOperator": alarm.comparison,
        "TreatMissingData": alarm.when_missing,
        "AlarmActions": [topic_arn],
    }


def boto3_call(alarm: RecommendedAlarm, topic_arn: str) -> str:
    """Python source text."""
    given = arguments(alarm, topic_arn).items()
    lines = (f"    {name}={json.dumps(value)}," for name, value in given)
    return "\n".join(("cloudwatch.put_metric_alarm(", *lines, ")"))


def cli(alarm: RecommendedAlarm, topic_arn: str, region: str) -> str:
    options = (_option(name, value) for name, value in arguments(alarm, topic_arn).items())
    return " ".join(("aws cloudwatch put-metric-alarm", f"--region {region}", *options))


def terraform(alarm: RecommendedAlarm, topic_arn: str) -> str:
    """One resource, named after the alarm."""
    given = arguments(alarm, topic_arn)
    name = re.sub(r"\W", "_", alarm.name).lower()
    attributes = [(_snake(n), v) for n, v in given.items() if n != "Dimensions"]
    longest = max(len(n) for n, _ in attributes)
    lines = [f"  {n:<{longest}} = {_hcl(v)}" for n, v in attributes]
    dimensions = [f"    {n} = {_hcl(v)}" for n, v in alarm.dimensions]
    return "\n".join(
        (
            f'resource "aws_cloudwatch_metric_alarm" "{name}" {{',
            *lines,
            "  dimensions = {",
            *dimensions,
            "  }",
            "}",
        )
    )


def threshold(value: float, unit: Unit) -> str:
    """For people: 90 %, 4.0 GB, 20 ms, 1,000,000,000."""
    match unit:
        case "percent":
            return f"{value:g} %"
        case "bytes":
            return size(value)
        case "seconds":
            return duration(value) if value > 0 else f"{value:g} s"
        case "sessions":
            return counted(round(value), "session")
        case "count":
            return f"{value:,.0f}"


def _headline(instance: Instance, covered: Sequence[Covered]) -> str:
    lacks = sum(c.state is State.MISSING for c in covered)
    return (
        f"Alarms that AWS recommends for {instance.identifier} ({instance.instance_class}, "
        f"{instance.engine} {instance.engine_version}): {lacks} of {len(covered)} "
        f"{'is' if lacks == 1 else 'are'} missing."
    )


def _table(covered: Sequence[Covered], width: int) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, highlight=False, emoji=False, _environ={})
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="")
    table.add_column("Alarm on", no_wrap=True)
    for heading, most in (("Threshold", 20), ("State", 20), ("Why", None)):
        table.add_column(heading, max_width=most, overflow="fold")
    for one in covered:
        table.add_row(*(Text(cell) for cell in _row(one)))
    console.print(table)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def _row(one: Covered) -> tuple[str, str, str, str]:
    alarm = one.alarm
    sign = {"LessThanThreshold": "<", "LessThanOrEqualToThreshold": "<="}.get(alarm.comparison, ">")
    limit = f"{sign} {threshold(alarm.threshold, alarm.unit)}, {counted(alarm.periods, 'minute')}"
    return alarm.metric, limit, _state(one), alarm.why


def _state(one: Covered) -> str:
    """With the one that is there, and its threshold where that is another."""
    lines = [one.state.value]
    if one.found is not None:
        lines.append(one_line(one.found.alarm, _LONGEST_NAME))
        if one.state is State.DIFFERS and one.found.threshold is not None:
            sign = "<" if is_below(one.found.comparison) else ">"
            limit = threshold(one.found.threshold, one.alarm.unit)
            lines.append(f"{one.found.statistic} {sign} {limit}")
    return "\n".join(lines)


def _client(region: str) -> str:
    return f'import boto3\n\ncloudwatch = boto3.client("cloudwatch", region_name="{region}")'


def _number(value: float) -> float:
    """Whole numbers without a point."""
    return int(value) if value == int(value) else value


def _option(name: str, value: object) -> str:
    dashed = "--" + re.sub(r"(?<!^)([A-Z])", r"-\1", name).lower()
    if isinstance(value, list):
        return " ".join((dashed, *(quote(_item(v)) for v in value)))
    # A negative number alone would be taken for an option.
    return (
        f"{dashed}={value}" if isinstance(value, int | float) else f"{dashed} {quote(str(value))}"
    )


def _item(value: object) -> str:
    if isinstance(value, dict):
        return ",".join(f"{name}={of}" for name, of in value.items())
    return str(value)


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


def _hcl(value: object) -> str:
    """As JSON, but for what Terraform would put a value in."""
    return json.dumps(value).replace("${", "$${").replace("%{", "%%{")
