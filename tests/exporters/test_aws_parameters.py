from __future__ import annotations

import ast
import json
import re
import shlex
from typing import Any

import pytest
from botocore import xform_name
from botocore.loaders import Loader

from collectors.rds.instance import Instance
from exporters.aws_calls import cli, python
from exporters.aws_parameter_calls import calls, family, plans
from exporters.aws_parameter_terraform import terraform
from exporters.aws_parameters import render
from rules.base import Confidence
from rules.settings.parameter_advice import advised
from rules.settings.parameter_change import Advice, Current, Memory, ParameterAdvice
from rules.settings.parameters_seen import Seen
from tests.aws.commands import wrong_command
from tests.aws.models import wrong_request
from tests.aws.rows import GIB, cluster
from tests.rules.parameter_groups import (
    SHORT,
    aurora_mysql,
    aurora_postgres,
    live,
    mariadb,
    mysql,
    parameter,
    postgres,
    serverless,
)

WAITERS = Loader().load_service_model("rds", "waiters-2")["waiters"]
(SHOP,) = cluster().rows


def advice(instance: Instance, *changes: ParameterAdvice) -> Advice:
    of = SHOP if instance.cluster else None
    return Advice(instance, of, Memory(16 * GIB, "EC2"), changes, (), ())


def change(name: str, value: str | None, **given: Any) -> ParameterAdvice:
    about: dict[str, Any] = {
        "current": Current("0", "user"), "default": None, "why": "It is so.", "risk": "None.",
        "static": False, "group": "orders-pg16", "scope": "instance",
        "confidence": Confidence.ESTIMATED, **given,
    }  # fmt: skip
    return ParameterAdvice(parameter=name, advised=value, **about)


FORMULA = "LEAST({DBInstanceClassMemory/9531392},5000)"
PLANS = {
    "own group": advice(postgres(), change("work_mem", "16384"), change("max_connections", None)),
    "own group, static": advice(postgres(), change("max_connections", FORMULA, static=True)),
    "AWS's group": advice(postgres(), change("autovacuum", "1", group="default.postgres16")),
    "own group of a cluster": advice(
        aurora_postgres(),
        change("rds.force_ssl", "1", group="shop-apg16", scope="cluster", static=True),
        change("work_mem", "16384", group="shop-1"),
    ),
    "AWS's groups of a cluster": advice(
        aurora_postgres(),
        change("autovacuum", "1", group="default.aurora-postgresql16", scope="cluster"),
        change("work_mem", "8192", group="default.aurora-postgresql16"),
    ),
    "Multi-AZ DB cluster": advice(
        postgres(cluster="shop"),
        change("autovacuum", "1", group="default.postgres16", scope="cluster"),
    ),
    "very many": advice(
        postgres(), *(change(f"p{i}", str(i)) for i in range(45)), change("last", None)
    ),
}


def asked(of: Advice) -> list[tuple[str, dict[str, Any]]]:
    """The calls as the Python says them: operations, and waiters as ``wait:…``."""
    text = "\n".join(python(call) for call in calls(of))
    found = []
    for statement in ast.parse(text).body:
        assert isinstance(statement, ast.Expr)
        call: Any = statement.value
        given = {k.arg: ast.literal_eval(k.value) for k in call.keywords}
        waits = isinstance(call.func.value, ast.Call)
        name = f"wait:{call.func.value.args[0].value}" if waits else call.func.attr
        found.append((name, given))
    return found


@pytest.mark.parametrize("of", PLANS.values(), ids=PLANS)
def test_the_service_takes_the_calls(of: Advice) -> None:
    found = asked(of)
    assert found
    for name, given in found:
        known = {f"wait:{xform_name(n)}": xform_name(w["operation"]) for n, w in WAITERS.items()}
        assert not wrong_request("rds", known.get(name, name), given), name
        assert len(given.get("Parameters", ())) <= 20


@pytest.mark.parametrize("of", PLANS.values(), ids=PLANS)
def test_the_command_line_says_the_same(of: Advice) -> None:
    for call in calls(of):
        *notes, command = cli(call, "eu-west-1").splitlines()
        assert all(note.startswith("# ") for note in notes)
        words = shlex.split(command)
        assert words[:2] == ["aws", "rds"]
        assert words[words.index("--region") + 1] == "eu-west-1"
        if call.waiter:
            assert words[2:4] == ["wait", call.waiter.replace("_", "-")]
        else:
            assert not wrong_command(command)
            assert words[2] == call.operation.replace("_", "-")
        if "--parameters" in words:
            assert (
                json.loads(words[words.index("--parameters") + 1]) == call.arguments["Parameters"]
            )


def test_a_call_the_service_would_not_take_is_seen() -> None:
    """What the tests above rely on."""
    rows = [{"ParameterName": "work_mem", "ApplyMethod": "soon"}]
    given = {"DBParameterGroupName": "orders", "Parameters": rows}
    assert "ApplyMethod" in wrong_request("rds", "modify_db_parameter_group", given)
    assert wrong_command("aws rds modify-db-parameter-group --parameters []")


def steps(name: str) -> list[str]:
    return [operation for operation, _ in asked(PLANS[name])]


def test_calls_come_in_their_order() -> None:
    assert steps("own group") == ["modify_db_parameter_group", "reset_db_parameter_group"]
    assert steps("own group, static") == [
        "modify_db_parameter_group", "reboot_db_instance", "wait:db_instance_available",
    ]  # fmt: skip
    assert steps("AWS's group") == [
        "create_db_parameter_group", "modify_db_parameter_group", "modify_db_instance",
        "wait:db_instance_available", "reboot_db_instance", "wait:db_instance_available",
    ]  # fmt: skip
    assert steps("Multi-AZ DB cluster")[2:] == [
        "modify_db_cluster", "wait:db_cluster_available", "reboot_db_cluster",
    ]  # fmt: skip


def test_a_cluster_reboots_readers_first() -> None:
    found = asked(PLANS["own group of a cluster"])
    rebooted = [g["DBInstanceIdentifier"] for n, g in found if n == "reboot_db_instance"]
    assert rebooted == ["shop-2", "shop-1"]


def test_twenty_parameters_a_call() -> None:
    found = asked(PLANS["very many"])
    counts = [len(given["Parameters"]) for _, given in found]
    assert counts == [20, 20, 5, 1]
    names = [p["ParameterName"] for _, given in found for p in given["Parameters"]]
    assert len(set(names)) == 46
    assert found[-1][1]["ResetAllParameters"] is False


def test_a_group_of_aws_is_replaced() -> None:
    (_, made), (_, changed), (_, given), *_ = asked(PLANS["AWS's group"])
    assert made["DBParameterGroupFamily"] == "postgres16"
    assert {p["DBParameterGroupName"] for p in (made, changed, given)} == {"orders-1-own"}
    assert given["ApplyImmediately"] is True


def test_a_static_parameter_waits_for_the_reboot() -> None:
    ((_, given), *_) = asked(PLANS["own group, static"])
    assert given["Parameters"] == [
        {
            "ParameterName": "max_connections",
            "ApplyMethod": "pending-reboot",
            "ParameterValue": FORMULA,
        }
    ]


def blocks(text: str) -> list[dict[str, str]]:
    """The parameter blocks of a Terraform text."""
    return [
        {n: json.loads(v) for n, v in re.findall(r"(\w+) += (.+)", block)}
        for block in re.findall(r"  parameter \{\n(.*?)\n  \}", text, re.DOTALL)
    ]


def test_terraform_of_groups_that_are_made() -> None:
    of = PLANS["AWS's groups of a cluster"]
    first, second = (terraform(plan, of.instance) for plan in plans(of))
    assert 'resource "aws_rds_cluster_parameter_group" "shop_own" {' in first
    assert (
        "db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.shop_own.name" in first
    )
    assert '  family = "aurora-postgresql16"' in first
    assert blocks(first) == [{"name": "autovacuum", "value": "1", "apply_method": "immediate"}]
    assert 'resource "aws_db_parameter_group" "shop_1_own" {' in second
    assert "db_parameter_group_name = aws_db_parameter_group.shop_1_own.name" in second


def test_terraform_of_a_group_that_is_there() -> None:
    of = PLANS["own group"]
    (text,) = (terraform(plan, of.instance) for plan in plans(of))
    assert "the resource that manages orders-pg16" in text
    assert "where the block is taken out: max_connections" in text
    assert [b["name"] for b in blocks(text)] == ["work_mem"]


@pytest.mark.parametrize(
    ("instance", "name"),
    [
        (postgres(), "postgres16"),
        (mysql(), "mysql8.0"),
        (mysql(engine_version="8.4.3"), "mysql8.4"),
        (mariadb(), "mariadb10.11"),
        (aurora_postgres(), "aurora-postgresql16"),
        (aurora_mysql(), "aurora-mysql8.0"),
    ],
)
def test_families(instance: Instance, name: str) -> None:
    assert family(instance) == name


def shown(instance: Instance, *given: Any, **seen: Any) -> str:
    return render(advised(Seen(instance=instance, parameters=given, **seen)))


def test_the_text_fits_but_for_commands() -> None:
    text = shown(
        postgres(),
        parameter("idle_in_transaction_session_timeout", "0"),
        parameter("shared_buffers", "1048576", static=True),
        parameter("statement_timeout", "0"),
        parameter("shared_preload_libraries", "auto_explain," * 30, static=True),
        minutes=SHORT,
    )
    told, commands = text.split("Nothing was changed.")
    assert max(len(line) for line in told.splitlines()) <= 100
    joined = " ".join(told.split())
    assert "3 parameters to change." in joined
    assert "Memory: 16.0 GB (the table of classes)" in joined
    assert "AWS's default" in joined
    assert "{DBInstanceClassMemory/32768}" in re.sub(r"\s", "", told)
    assert "statement_timeout = 0: Dumps" in joined
    assert "Not advised here, though it often is: max_connections = memory x 100:" in joined
    assert all(part in commands for part in ("# AWS CLI", "# Python", "# Terraform"))
    python_text = commands.split("# Python\n")[1].split("# Terraform")[0]
    assert ast.parse(python_text).body[0].__class__ is ast.Import


def test_groups_of_aws_are_told() -> None:
    fixed = parameter("autovacuum", "0", group="default.aurora-postgresql16", scope="cluster")
    told = " ".join(shown(aurora_postgres(), fixed, cluster=SHOP).split())
    assert "default.aurora-postgresql16 is AWS's own and can't be changed" in told
    assert "All instances of the cluster shop use it." in told
    assert "(at a reboot, cluster)" in told


def test_nothing_to_change() -> None:
    text = shown(postgres(), parameter("random_page_cost", "1.1"))
    assert "no parameter to change." in text
    assert "random_page_cost = 1.1: It was lowered already." in text
    assert "aws rds" not in text
    assert "# Terraform" not in text


def test_memory_that_is_not_known() -> None:
    assert "Memory: not known (serverless)" in shown(serverless(aurora_postgres))


def test_live_values_are_told_as_such() -> None:
    text = shown(
        postgres(), parameter("track_io_timing", None), settings=live(track_io_timing="off")
    )
    assert "(live)" in text


def test_values_can_not_steer_the_terminal_or_the_shell() -> None:
    text = shown(mysql(), parameter("general_log", "on\x1b[2J\n$(reboot)", group="a'; reboot #"))
    assert "\x1b" not in text
    for line in text.split("# AWS CLI\n")[1].split("# Python")[0].splitlines():
        if line.startswith("aws "):
            assert "a'; reboot #" in shlex.split(line)
