from __future__ import annotations

import ast
import re
from typing import Any

import pytest

from exporters.aws_fit import render
from exporters.aws_plan import boto3_call, cli, terraform
from rules.fit.measured import Measured, Seen, measured
from rules.fit.migration import migration, operations
from rules.fit.needs import Needs
from rules.fit.platform_fit import fit
from rules.fit.platforms import PLATFORMS, Key
from rules.fit.target import Call
from tests.aws.commands import wrong_command
from tests.aws.models import wrong_request
from tests.aws.rows import instance
from tests.rules.fits import FLAT, SPIKY, of
from tests.rules.test_migration import TODAY, way

CALLS = {
    f"{today} to {to}: {n} {call.operation}": call
    for today in TODAY
    for to in (p.key for p in PLATFORMS)
    for n, call in enumerate(operations(way(TODAY[today], to)))
}
MARIADB = of(FLAT, engine="mariadb", engine_version="10.11.8")


def told(found: Measured, needs: Needs | None = None) -> str:
    """Without the code; on one line."""
    text = render(fit(found, needs or Needs())).split("# AWS CLI")[0]
    return " ".join(text.split())


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_python_says_what_rds_takes(call: Call) -> None:
    (expression,) = ast.parse(boto3_call(call)).body
    assert isinstance(expression, ast.Expr)
    asked = expression.value
    assert isinstance(asked, ast.Call)
    assert ast.unparse(asked.func) == f"rds.{call.operation}"
    given = {str(k.arg): ast.literal_eval(k.value) for k in asked.keywords}
    assert given == dict(call.arguments)
    assert not wrong_request("rds", call.operation, given)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_the_cli_has_the_command_and_its_options(call: Call) -> None:
    command = cli(call, "eu-west-1")
    assert wrong_command(command) == ""
    assert command.count(" --") == len(call.arguments) + 1


def test_a_wrong_command_is_seen_as_wrong() -> None:
    """What the test above relies on."""
    assert "does not know" in wrong_command(cli(Call("create_db_cluster", {"Bad": 1}), "eu-west-1"))


def test_options_of_the_cli() -> None:
    arguments: dict[str, Any] = {
        "DBClusterIdentifier": "shop",
        "MultiAZ": False,
        "StorageEncrypted": True,
        "VpcSecurityGroupIds": ["sg-1", "sg-2"],
        "ServerlessV2ScalingConfiguration": {"MinCapacity": 0.5, "MaxCapacity": 16},
    }
    assert cli(Call("create_db_cluster", arguments), "eu-west-1") == (
        "aws rds create-db-cluster --region eu-west-1 --db-cluster-identifier shop --no-multi-az "
        "--storage-encrypted --vpc-security-group-ids sg-1 sg-2 "
        "--serverless-v2-scaling-configuration MinCapacity=0.5,MaxCapacity=16"
    )


def test_terraform_of_a_cluster_that_follows() -> None:
    found = of(SPIKY)
    text = terraform(operations(way(found, "aurora-serverless")))
    assert text.count('resource "aws_rds_cluster" "orders_1_new" {') == 1
    assert text.count('resource "aws_rds_cluster_instance"') == 2
    assert re.search(r'replication_source_identifier += "arn:aws:rds:[^"]+:db:orders-1"', text)
    block = re.search(r"serverlessv2_scaling_configuration \{([^}]*)\}", text)
    assert block is not None
    assert dict(re.findall(r"(\w+) += (\S+)", block[1])) == {
        "min_capacity": "0",
        "max_capacity": "8",
        "seconds_until_auto_pause": "300",
    }
    assert "# Promotion: take replication_source_identifier out of aws_rds_cluster" in text
    assert "describe" not in text


@pytest.mark.parametrize(
    ("today", "to", "said"),
    [
        ("rds-single-az", "rds-multi-az", '# In the resource that is there:\nresource "aws_db'),
        ("aurora-serverless", "rds-multi-az", 'manage_master_user_password = true'),
        ("aurora-serverless", "rds-multi-az", ' username '),
        ("aurora-serverless", "rds-multi-az-cluster", ' master_username '),
        ("aurora", "aurora-serverless", "# Terraform does not fail over: use the command."),
        ("rds-multi-az-cluster", "rds-multi-az", "# Make this replica by the command, then import"),
        ("rds-multi-az-cluster", "rds-multi-az", "take replicate_source_db out of aws_db_instance"),
    ],
)  # fmt: skip
def test_terraform_of_the_other_ways(today: str, to: Key, said: str) -> None:
    assert said in terraform(operations(way(TODAY[today], to)))


def test_values_can_not_steer_terraform_or_the_shell() -> None:
    call = Call("create_db_cluster", {"DBClusterIdentifier": "a${x} $(y)"})
    assert '"a$${x} $(y)"' in terraform([call])
    assert cli(call, "r").endswith(" --db-cluster-identifier 'a${x} $(y)'")


def test_what_was_measured_and_needed_is_told() -> None:
    words = told(of(SPIKY), Needs(failover_seconds=60, growth_ratio=0.5, second_region=True))
    for said in (
        "orders-1 (db.r7g.large, postgres 16.3) runs on: RDS, Multi-AZ instance.",
        "What fits best: Aurora Serverless v2; confidence high.",
        "load 0.04 of 2 vCPUs in ordinary hours, 1.6 in busy ones",
        "memory 8.0 GB in use, of 16.0 GB",
        "idle hours no client in 88 % of hours",
        "statements not known: only Aurora MySQL tells AWS; a SQL connection would",
        "failover within 1 min",
        "growth 50 % more data a year",
        "second region wanted",
        "range 0 to 8 ACU, of 2 GiB each",
        "not checked whether Aurora has all extensions in use",
        "dbtriage changes nothing",
        "2026-09 https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html",
    ):
        assert said in words, said


def test_it_stays_where_it_fits() -> None:
    words = told(of(FLAT))
    assert "It fits best there; confidence high." in words
    assert words.endswith("Nothing to do: it stays on RDS, Multi-AZ instance.")
    assert "aws rds" not in render(fit(of(FLAT), Needs()))


def test_nothing_known_is_said() -> None:
    words = told(measured(Seen(instance())))
    assert words.count("0 hours of CloudWatch are there, 72 are needed") == 5
    assert "It fits best there; confidence low." in words
    assert "variability not judged: the load of the hours is not known" in words
    assert "Capacity of Aurora Serverless v2" not in words


def test_what_is_excluded_comes_last_with_its_reason() -> None:
    words = told(MARIADB)
    assert words.index("2. RDS, one instance") < words.index("Not: Aurora, provisioned")
    assert "excluded there is no MariaDB on Aurora, provisioned." in words


def test_nothing_fits() -> None:
    words = told(of(FLAT), Needs(failover_seconds=5))
    assert "Nothing fits what is needed: see why below." in words
    assert "A plan to review" not in words


@pytest.mark.parametrize("width", [100, 80])
@pytest.mark.parametrize("found", [of(SPIKY), of(FLAT), of(None), MARIADB, *TODAY.values()])
def test_the_text_fits(found: Measured, width: int) -> None:
    needs = Needs(failover_seconds=20)
    text = render(fit(found, needs), width=width).split("# AWS CLI")[0]
    lines = [line for line in text.splitlines() if "https://" not in line]
    assert max(map(len, lines)) <= width
    assert text == "\n".join(line.rstrip() for line in text.split("\n"))


def test_the_python_is_a_program_with_the_steps_as_remarks() -> None:
    text = render(fit(of(SPIKY), Needs()))
    code = text.split("# Python, step by step\n")[1].split("# Terraform")[0]
    assert ast.parse(code).body[0].__class__ is ast.Import
    assert code.index("stop all") < code.index("rds.promote_read_replica_db_cluster(")
    assert code.count("\n# 1. ") == 1


def test_a_reader_is_sent_to_its_writer() -> None:
    text = render(fit(of(SPIKY, role="replica", replica_source="orders-0"), Needs()))
    assert "# 1. Ask again for orders-0: this is a replica of it." in text
    assert "# Python" not in text
    assert "a replica: what it says of load is not that of the writer" in text


def test_texts_of_aws_can_not_steer_the_terminal() -> None:
    text = render(fit(of(FLAT, engine_version="16.3\x1b[2J"), Needs()))
    assert "\x1b" not in text


def test_migration_is_what_is_rendered() -> None:
    found = fit(of(SPIKY), Needs())
    assert found.choice is not None
    assert found.steps == migration(found.measured, found.choice.platform.key, found.acu)
