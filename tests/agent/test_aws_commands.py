"""The commands under ``dbtriage aws`` as a user runs them; AWS is our own fake."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from agent.cli import app
from agent.failure import Failure
from tests.aws.service import Fault
from tests.aws.shapes import db_instance
from tests.aws.world import World

HERE = ("--region", "eu-west-1")
PRICES = str(Path(__file__).parents[1] / "aws" / "prices.toml")


def dbtriage(*arguments: str) -> str:
    return run("aws", *arguments)


def run(*arguments: str) -> str:
    made: Result = CliRunner().invoke(app, [*arguments])
    if isinstance(made.exception, Failure):
        raise made.exception
    assert made.exit_code == 0, made.output
    return made.stdout


def words(text: str) -> str:
    return " ".join(text.split())


def parameter(name: str, value: str, **given: Any) -> dict[str, Any]:
    about = {"Source": "user", "ApplyType": "dynamic", "IsModifiable": True, "DataType": "integer"}
    return {"ParameterName": name, "ParameterValue": value, **about, **given}


def test_alarms_that_are_missing(world: World) -> None:
    said = dbtriage("alarms", "orders-1", *HERE)
    assert world.asked["cloudwatch:describe_alarms"] == 1
    assert "are missing" in said.splitlines()[0]
    assert "aws cloudwatch put-metric-alarm --region eu-west-1" in said
    assert "cloudwatch.put_metric_alarm(" in said
    assert 'resource "aws_cloudwatch_metric_alarm"' in said
    table = said.partition("# AWS CLI")[0]
    assert max(map(len, table.splitlines())) <= 100


def test_parameters_that_do_harm(world: World) -> None:
    found = [parameter("autovacuum", "0", DataType="boolean", AllowedValues="0,1")]
    world.handlers["rds:describe_db_parameters"] = lambda _: {"Parameters": found}
    said = dbtriage("parameters", "orders-1", *HERE)
    assert "autovacuum" in said
    assert "aws rds modify-db-parameter-group" in said or "reset-db-parameter-group" in said
    assert 'resource "aws_db_parameter_group"' in said


def test_what_fits(world: World) -> None:
    said = words(
        dbtriage("fit", "orders-1", *HERE, "--failover-seconds", "30", "--storage", "9TiB")
    )
    assert "What fits best:" in said
    assert "Aurora Serverless v2" in said
    assert "within 30 s" in said
    assert "A plan to review" in said
    assert not [key for key in world.asked if "create" in key or "modify" in key]


def test_what_is_paid_for(world: World) -> None:
    said = words(dbtriage("cost", *HERE, "--prices", PRICES))
    assert "of 2026-11-01" in said, "the date of the prices"
    assert "db.r7g*" in said
    assert world.asked["pricing:get_products"] == 0


def test_prices_of_aws_are_asked_for_where_there_is_no_file(world: World) -> None:
    said = words(dbtriage("cost", *HERE))
    assert "unknown" in said
    assert world.asked["pricing:get_products"] > 0
    assert world.regions["us-east-1"] == world.asked["pricing:get_products"]


def test_a_target_of_a_file(world: World, tmp_path: Path) -> None:
    world.instances = [db_instance("orders-1", DBInstanceClass="db.r7g.xlarge")]
    file = tmp_path / "config.toml"
    file.write_text(
        '[[targets]]\nname = "main"\n[targets.aws]\ninstance = "orders-1"\nregion = "eu-west-1"\n'
    )
    assert "db.r7g.xlarge" in dbtriage("alarms", "main", "-c", str(file))


@pytest.fixture
def found(tmp_path: Path) -> str:
    file = tmp_path / "config.toml"
    file.write_text('[[discover.rds]]\nregion = "eu-west-1"\nnames = ["orders-*", "shop-1"]\n')
    return str(file)


def test_doctor_looks_at_what_is_discovered(world: World, found: str) -> None:
    assert world.url
    lines = run("doctor", "-c", found).splitlines()
    assert [line for line in lines if not line.startswith(" ")] == ["orders-1", "shop-1"]
    assert "  PostgreSQL 16.3, rds, primary; not connected to" in lines
    assert "  AWS is asked about shop-1 in eu-west-1" in lines


def test_a_plan_of_what_is_discovered(world: World, found: str) -> None:
    assert world.url
    assert "for shop-1" in dbtriage("alarms", "shop-1", "-c", found)


def test_nothing_is_discovered(world: World, found: str) -> None:
    world.instances = []
    with pytest.raises(Failure, match="finds no instance") as failure:
        run("check", "-c", found)
    assert failure.value.code == 3


def test_discovery_is_denied(world: World, found: str) -> None:
    world.faults["rds:describe_db_instances"] = [Fault("AccessDenied", "", 403)]
    with pytest.raises(Failure, match="in eu-west-1: needs the IAM action rds:Desc"):
        run("check", "-c", found)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param(("alarms", "gone-1", *HERE), "no instance gone-1 in eu-west-1", id="gone"),
        pytest.param(("alarms", "orders-1"), "give --region, or set AWS_REGION", id="nowhere"),
        pytest.param(("fit", "orders-1", "--region", "mars"), "region", id="no such region"),
        pytest.param(("cost", "--region", "mars"), "--region mars", id="no such region, cost"),
        pytest.param(("fit", "orders-1", *HERE, "--storage", "big"), "--storage big", id="size"),
        pytest.param(("cost", *HERE, "--prices", "/nonexistent"), "/nonexistent", id="no file"),
        pytest.param(("cost", *HERE, "--prices", __file__), "Expected '='", id="not TOML"),
    ],
)
def test_mistakes(
    world: World, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    assert world.url
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(Failure) as failure:
        dbtriage(*arguments)
    assert said in str(failure.value)


def test_denied(world: World) -> None:
    world.faults["cloudwatch:describe_alarms"] = [Fault("AccessDenied", "", 403)]
    with pytest.raises(Failure, match="needs the IAM action cloudwatch:DescribeAlarms"):
        dbtriage("alarms", "orders-1", *HERE)
