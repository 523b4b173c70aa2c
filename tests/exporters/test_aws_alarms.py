from __future__ import annotations

import ast
import json
import re
import shlex
from typing import Any

import pytest

from collectors.rds.alarms import Alarm
from exporters.aws_alarms import arguments, boto3_call, cli, render, terraform, threshold, topic
from rules.upkeep.alarm import LeftOut, RecommendedAlarm, Unit
from rules.upkeep.recommended_alarms import coverage, left_out, recommended
from tests.aws.models import wrong_request
from tests.aws.rows import aurora, cluster, instance
from tests.make import make

TOPIC = "arn:aws:sns:eu-west-1:123456789012:YOUR-TOPIC"
(ORDERS,) = instance(max_allocated_bytes=None, replica_source="orders-0", role="replica").rows
(SHOP,) = aurora(engine="aurora-mysql", engine_version="8.0.mysql_aurora.3.10.0").rows
(OF_SHOP,) = cluster(engine="aurora-mysql").rows
ALARMS = {
    alarm.name: alarm
    for alarm in (*recommended(ORDERS, None, 1700), *recommended(SHOP, OF_SHOP, 1000))
}


def asked_in_python(text: str) -> dict[str, Any]:
    """The keyword arguments of the one call in it."""
    (call,) = [n for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Call)]
    assert ast.unparse(call.func) == "cloudwatch.put_metric_alarm"
    return {str(k.arg): ast.literal_eval(k.value) for k in call.keywords}


def asked_by_cli(text: str) -> dict[str, list[str]]:
    """Values by option."""
    words = shlex.split(text.replace("=", "\0=\0"))
    words = [w.replace("\0=\0", "=") for w in words]
    assert words[:3] == ["aws", "cloudwatch", "put-metric-alarm"]
    options: dict[str, list[str]] = {}
    for word in words[3:]:
        if word.startswith("--"):
            name, _, value = word.partition("=")
            options[name] = [value] if value else []
        else:
            options[list(options)[-1]].append(word)
    return options


def asked_in_terraform(text: str) -> dict[str, Any]:
    pairs = re.findall(r"^ +(\w+) += (.+)$", text, re.MULTILINE)
    return {name: json.loads(value) for name, value in pairs if value != "{"}


@pytest.mark.parametrize("alarm", ALARMS.values(), ids=ALARMS)
def test_cloudwatch_would_take_the_call(alarm: RecommendedAlarm) -> None:
    given = asked_in_python(boto3_call(alarm, TOPIC))
    assert given == arguments(alarm, TOPIC)
    assert not wrong_request("cloudwatch", "put_metric_alarm", given)


@pytest.mark.parametrize("alarm", ALARMS.values(), ids=ALARMS)
def test_the_cli_says_the_same(alarm: RecommendedAlarm) -> None:
    given, options = arguments(alarm, TOPIC), asked_by_cli(cli(alarm, TOPIC, "eu-west-1"))
    assert options["--region"] == ["eu-west-1"]
    assert options["--alarm-name"] == [given["AlarmName"]]
    assert options["--alarm-description"] == [alarm.why]
    assert options["--metric-name"] == [alarm.metric]
    assert float(options["--threshold"][0]) == alarm.threshold
    assert options["--period"] == ["60"]
    assert options["--evaluation-periods"] == options["--datapoints-to-alarm"]
    assert options["--datapoints-to-alarm"] == [str(alarm.datapoints)]
    assert options["--comparison-operator"] == [alarm.comparison]
    assert options["--treat-missing-data"] == [alarm.when_missing]
    assert options["--alarm-actions"] == [TOPIC]
    assert options["--dimensions"] == [f"Name={n},Value={v}" for n, v in alarm.dimensions]
    statistic = "--extended-statistic" if alarm.statistic == "p90" else "--statistic"
    assert options[statistic] == [alarm.statistic]


@pytest.mark.parametrize("alarm", ALARMS.values(), ids=ALARMS)
def test_terraform_says_the_same(alarm: RecommendedAlarm) -> None:
    text = terraform(alarm, TOPIC)
    given = asked_in_terraform(text)
    assert re.match(r'resource "aws_cloudwatch_metric_alarm" "[a-z][a-z0-9_]*" \{\n', text)
    assert given["metric_name"] == alarm.metric
    assert given["threshold"] == alarm.threshold
    assert given["period"] == 60
    assert given["evaluation_periods"] == given["datapoints_to_alarm"] == alarm.datapoints
    assert given["comparison_operator"] == alarm.comparison
    assert given["treat_missing_data"] == alarm.when_missing
    assert given["alarm_actions"] == [TOPIC]
    assert {n: given[n] for n, _ in alarm.dimensions} == dict(alarm.dimensions)
    assert given["extended_statistic" if alarm.statistic == "p90" else "statistic"] == (
        alarm.statistic
    )


def test_a_wrong_call_is_seen_as_wrong() -> None:
    """What the tests above rely on."""
    (alarm, *_) = ALARMS.values()
    given = {**arguments(alarm, TOPIC), "ComparisonOperator": "Above"}
    assert "ComparisonOperator" in wrong_request("cloudwatch", "put_metric_alarm", given)


def test_percentiles_and_negative_thresholds_are_among_the_cases() -> None:
    (source,) = aurora(engine="aurora-mysql", replica_source="shop-0").rows
    stopped = {a.metric: a for a in recommended(source, OF_SHOP, None)}["AuroraBinlogReplicaLag"]
    assert "--threshold=-1 " in cli(stopped, TOPIC, "eu-west-1")
    assert not wrong_request("cloudwatch", "put_metric_alarm", dict(arguments(stopped, TOPIC)))
    assert {a.statistic for a in ALARMS.values()} == {"Average", "Minimum", "Maximum", "p90"}


def found(**given: Any) -> Alarm:
    about = {"comparison": "GreaterThanThreshold", "statistic": "Average", "tells": True}
    return make(Alarm, **{"alarm": "page-me", **about, **given})


def rendered(*alarms: Alarm) -> str:
    wanted = recommended(SHOP, OF_SHOP, None)
    return render(SHOP, coverage(wanted, alarms), left_out(SHOP, OF_SHOP, None))


def test_the_text_fits_but_for_commands() -> None:
    told, commands = rendered().split("# AWS CLI")
    assert max(len(line) for line in told.splitlines()) <= 100
    assert "RollbackSegmentHistoryListLength  > 1,000,000" in told
    assert "DatabaseConnections: max_connections is not known." in told
    assert commands.count("\naws cloudwatch put-metric-alarm ") == 9
    assert commands.count("cloudwatch.put_metric_alarm(\n") == 9
    assert commands.count('resource "aws_cloudwatch_metric_alarm"') == 9


def test_the_python_is_a_program() -> None:
    text = rendered().split("# Python\n")[1].split("# Terraform")[0]
    assert ast.parse(text).body[0].__class__ is ast.Import


def test_what_is_there_is_named_and_not_made_again() -> None:
    text = rendered(
        found(metric="CPUUtilization", threshold=80.0),
        found(metric="DBLoad", threshold=2.0, alarm="load"),
        found(metric="ReadLatency", threshold=0.02, statistic="p90", tells=False, alarm="reads"),
    )
    assert "6 of 9 are missing." in " ".join(text.split())
    cells = {cell for line in text.splitlines() for cell in re.split(r" {2,}", line)}
    assert {"exists", "load"} < cells
    assert {"exists, differs", "page-me", "Average > 80 %"} < cells
    assert {"exists, tells nobody", "reads"} < cells
    assert "CPUUtilization-high" not in text
    assert text.count("\naws cloudwatch put-metric-alarm ") == 6


def test_nothing_is_missing() -> None:
    (plain,) = instance().rows
    text = render(plain, (), (LeftOut("DBLoad", "there is none"),))
    assert "YOUR-TOPIC" not in text
    assert "DBLoad: there is none." in text


def test_names_of_alarms_can_not_steer_the_terminal() -> None:
    text = rendered(found(metric="CPUUtilization", threshold=90.0, alarm="a\x1b[2Jb\nc"))
    assert "\x1b" not in text
    assert "b\nc" not in text


def test_the_topic_is_a_placeholder_of_the_own_account() -> None:
    assert topic(ORDERS) == TOPIC


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (90, "percent", "90 %"),
        (4 * 2**30, "bytes", "4.0 GB"),
        (0.02, "seconds", "20 ms"),
        (0, "seconds", "0 s"),
        (-1, "seconds", "-1 s"),
        (1, "sessions", "1 session"),
        (1e9, "count", "1,000,000,000"),
    ],
)
def test_thresholds_for_people(value: float, unit: Unit, words: str) -> None:
    assert threshold(value, unit) == words
