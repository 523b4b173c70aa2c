from __future__ import annotations

import shlex
from dataclasses import replace

import pytest

from rules.base import Severity
from rules.rds_wording import graded, modify_volume, reset_group_parameter, set_group_parameter
from tests.aws.commands import request
from tests.aws.rows import aurora, instance, parameters
from tests.rules.environments import STAGING, UNSAID, Tags


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("5", "5"),
        ("on", "on"),
        ("{DBInstanceClassMemory*3/4}", '"{DBInstanceClassMemory*3/4}"'),
        ("pg_stat_statements,auto_explain", '"pg_stat_statements,auto_explain"'),
        ('a "b" \\c', '"a \\"b\\" \\\\c"'),
    ],
)
def test_a_value_is_one_word_in_the_short_notation_of_the_cli(value: str, written: str) -> None:
    (parameter,), (of,) = parameters(max_connections="1").rows, instance().rows
    command = set_group_parameter(of, parameter, value)
    assert shlex.split(command)[-1] == (
        f"ParameterName=max_connections,ParameterValue={written},ApplyMethod=immediate"
    )
    (sent,) = request(command)["Parameters"]
    assert sent["ParameterValue"] == value
    assert "--db-parameter-group-name orders-pg16 --region eu-west-1" in command


def test_the_default_of_a_cluster_parameter() -> None:
    (parameter,), (of,) = parameters("cluster", max_connections="1").rows, aurora().rows
    assert reset_group_parameter(of, replace(parameter, static=True)) == (
        "aws rds reset-db-cluster-parameter-group --db-cluster-parameter-group-name orders-pg16 "
        "--region eu-west-1 --parameters ParameterName=max_connections,ApplyMethod=pending-reboot"
    )


def test_members_of_a_multi_az_cluster_are_changed_by_it() -> None:
    (alone,), (member,) = instance().rows, instance(cluster="shop").rows
    more = ("--iops 4000", "--storage-throughput 250")
    assert request(modify_volume(alone, *more)) == {
        "DBInstanceIdentifier": "orders-1",
        "Iops": 4000,
        "StorageThroughput": 250,
        "ApplyImmediately": False,
    }
    assert request(modify_volume(member, *more, when="now")) == {
        "DBClusterIdentifier": "shop",
        "Iops": 4000,
        "ApplyImmediately": True,
    }


@pytest.mark.parametrize(
    ("tags", "severity"),
    [
        pytest.param((("Environment", "production"),), Severity.HIGH, id="production"),
        pytest.param(UNSAID, Severity.MEDIUM, id="nobody said"),
        pytest.param(STAGING, None, id="not production"),
    ],
)
def test_weight_follows_the_environment(tags: Tags, severity: Severity | None) -> None:
    assert graded(tags, Severity.HIGH) == severity


def test_information_gets_no_lower() -> None:
    assert graded(UNSAID, Severity.INFO) is Severity.INFO
    assert graded(STAGING, Severity.HIGH, elsewhere=Severity.LOW) is Severity.LOW
