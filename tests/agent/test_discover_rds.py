"""Which instances a [[discover.rds]] finds, and what they become."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.config import ConfigError, load
from agent.config_aws import DiscoverRds
from agent.config_target import Target
from agent.discover_rds import Discovery, chosen, distinct
from agent.targets.aws_account import account_of
from tests.aws.service import Fault
from tests.aws.shapes import aurora_member, db_instance
from tests.aws.world import World

TEST = {"TagList": [{"Key": "environment", "Value": "test"}]}
FLEET = [
    db_instance("orders-1"),
    db_instance("orders-2", **TEST),
    db_instance("stock-1", Engine="mysql"),
    db_instance("old-1", Engine="mariadb", DBInstanceStatus="deleting"),
    db_instance("books-1", Engine="oracle-ee"),
    aurora_member("shop-1"),
]


def found(**given: Any) -> list[str]:
    return [t.name for t in chosen(DiscoverRds(region="eu-west-1", **given), FLEET)]


@pytest.mark.parametrize(
    ("given", "names"),
    [
        pytest.param(
            {"names": ["*"]}, ["orders-1", "orders-2", "shop-1", "stock-1"], id="every one of ours"
        ),
        pytest.param({"names": ["orders-*"]}, ["orders-1", "orders-2"], id="by name"),
        pytest.param({"names": ["*"], "exclude": ["*-1"]}, ["orders-2"], id="left out"),
        pytest.param({"clusters": ["sh*"]}, ["shop-1"], id="by cluster"),
        pytest.param(
            {"names": ["orders-*"], "tags": {"environment": "prod*"}}, ["orders-1"], id="by tag too"
        ),
        pytest.param({"tags": {"team": "*"}}, [], id="a tag that is not there"),
    ],
)  # fmt: skip
def test_chosen(given: dict[str, Any], names: list[str]) -> None:
    assert found(**given) == names


def test_only_aws_is_asked_without_a_user() -> None:
    (target,) = chosen(DiscoverRds(region="eu-west-1", names=["stock-1"]), FLEET)
    assert (target.engine, target.host) == ("rds", None)
    assert target.aws
    assert (target.aws.instance, target.aws.region) == ("stock-1", "eu-west-1")


def test_connected_to_with_a_user() -> None:
    wanted = DiscoverRds(
        region="eu-west-1", names=["*"], user="dbtriage", iam=True, tls_ca=Path("/ca.pem"),
        database="shop", labels={"team": "a"},
    )  # fmt: skip
    by_name = {t.name: t for t in chosen(wanted, FLEET)}
    assert {n: t.engine for n, t in by_name.items()} == {
        "orders-1": "postgres", "orders-2": "postgres", "shop-1": "postgres", "stock-1": "mysql",
    }  # fmt: skip
    shop = by_name["shop-1"]
    assert shop.host == "shop-1.abc123.eu-west-1.rds.amazonaws.com"
    assert (shop.database, shop.iam, shop.tls) == ("shop", True, "verify-full")
    assert by_name["stock-1"].database is None, "MySQL has no database to connect to"


def test_instances_come_and_go(world: World) -> None:
    search = Discovery([DiscoverRds(region="eu-west-1", names=["orders-*", "new-*"])])
    assert [t.name for t in search.look()] == ["orders-1"]
    world.instances = [db_instance("new-1")]
    account_of.cache_clear()
    assert [t.name for t in search.look()] == ["new-1"]


def test_none_goes_while_aws_does_not_answer(world: World) -> None:
    search = Discovery([DiscoverRds(region="eu-west-1", names=["orders-*"])])
    search.look()
    world.faults["rds:describe_db_instances"] = [Fault("AccessDenied", "", 403)]
    account_of.cache_clear()
    assert [t.name for t in search.look()] == ["orders-1"]
    assert "needs the IAM action rds:DescribeDBInstances" in search.errors[0]


def test_one_name_in_two_regions_is_two_targets(world: World) -> None:
    regions = ("eu-west-1", "us-east-1")
    search = Discovery([DiscoverRds(region=r, names=["orders-1"]) for r in regions])
    assert world.url
    assert [t.name for t in search.look()] == ["orders-1", "orders-1.us-east-1"]


def test_an_instance_that_is_configured_is_not_found_again() -> None:
    aws = {"instance": "orders-1", "region": "eu-west-1"}
    own = Target.model_validate({"name": "mine", "aws": aws})
    others = chosen(DiscoverRds(region="eu-west-1", names=["orders-*"]), FLEET)
    assert [t.name for t in distinct([own, *others])] == ["mine", "orders-2"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ('user = "a"\niam = true', "iam needs tls"),
        ('user = "a"\niam = true\ntls_ca = "/ca"\npassword_env = "X"', "more than one of"),
        ('user = "a"\ntls = "prefer"\ntls_ca = "/ca"', "tls_ca is not used with tls = prefer"),
        ('password_env = "X"', "a way to log in needs user"),
    ],
)
def test_mistakes_are_told_before_anything_is_found(tmp_path: Path, given: str, words: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f'[[discover.rds]]\nregion = "eu-west-1"\nnames = ["*"]\n{given}\n')
    with pytest.raises(ConfigError) as error:
        load(file)
    assert words in str(error.value)
