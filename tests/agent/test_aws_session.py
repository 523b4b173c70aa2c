"""One instance over AWS: what it is, and what happens when it goes or its role moves."""

from __future__ import annotations

import subprocess
import sys

import pytest

from agent.config_target import Target
from agent.targets.aws import opened
from agent.targets.aws_access import Access
from agent.targets.aws_account import Account
from agent.targets.aws_calls import Calls
from agent.watch import Watch
from collectors.session import ConnectionLost
from tests.aws.service import Fault
from tests.aws.shapes import aurora_member, db_cluster, db_instance
from tests.aws.world import World


@pytest.fixture
def account(world: World) -> Account:
    assert world.url
    return Account(Access("eu-west-1"), Calls())


def watched(instance: str) -> Watch:
    aws = {"instance": instance, "region": "eu-west-1"}
    return Watch(Target.model_validate({"name": instance, "aws": aws}), window_seconds=900)


def test_what_it_is(account: Account) -> None:
    server = opened(account, "stock", "stock-1", {}).server
    assert (server.name, server.engine, server.version) == ("stock", "rds", "MySQL 16.3")
    assert (server.cpus, server.memory_bytes) == (2, 16 * 2**30)
    assert (server.instance, server.platform) == ("db-STOCK1", "rds")


def test_a_member_of_a_cluster(account: Account) -> None:
    reader = opened(account, "shop", "shop-2", {}).server
    assert (reader.platform, reader.is_replica, reader.settings["cluster"]) == (
        "aurora",
        True,
        "shop",
    )


def test_there_is_none_of_that_name(account: Account) -> None:
    with pytest.raises(ConnectionLost, match="no instance gone-1 in eu-west-1"):
        opened(account, "gone", "gone-1", {})


def test_roles_follow_a_failover(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    never_fresh(monkeypatch)
    watch = watched("shop-1")
    watch.collect(watch.collectors)
    assert replica(watch) is False
    world.clusters = [db_cluster("shop", "shop-2", "shop-1")]
    watch.collect(watch.collectors)
    assert replica(watch) is True


def said(watch: Watch) -> str | None:
    return watch.error


def replica(watch: Watch) -> bool | None:
    return watch.server.is_replica if watch.server else None


def test_an_instance_that_is_deleted_in_mid_watch(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    never_fresh(monkeypatch)
    watch = watched("orders-1")
    watch.collect(watch.collectors)
    assert said(watch) is None
    world.instances = [db_instance("other-1")]
    watch.collect(watch.collectors)
    assert said(watch) == "there is no instance orders-1 in eu-west-1 any more"
    assert {o.ended for o in watch.outcomes().rows} == {"failed"}


def test_throttled_for_minutes_costs_answers_and_not_the_session(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)  # botocore waits between its tries
    watch = watched("orders-1")
    world.faults["rds:describe_events"] = [Fault("Throttling", "Rate exceeded")] * 8
    for _ in range(2):
        watch.collect([c for c in watch.collectors if c.id == "rds.events"])
        outcome = watch.outcomes().get("rds.events")
        assert outcome
        assert outcome.ended == "failed"
        assert "AWS throttles it" in outcome.reason
        assert watch.error is None


def test_what_comes_every_few_hours_is_asked_again_soon(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    never_fresh(monkeypatch)
    watch = watched("orders-1")
    asked = [c for c in watch.collectors if c.id in ("rds.recommendations", "rds.cloudwatch")]
    for key in ("rds:describe_db_recommendations", "cloudwatch:get_metric_data"):
        world.faults[key] = [Fault("InternalFailure", "", 400)]
    watch.collect(asked)
    assert {watch.outcomes().get(c.id).ended for c in asked} == {"failed"}  # type: ignore[union-attr]
    watch.ask_again()
    told = {c.id: o.ended for c in asked if (o := watch.outcomes().get(c.id))}
    assert told == {"rds.recommendations": "answered", "rds.cloudwatch": "failed"}


def test_clusters_that_may_not_be_seen_cost_the_role_only(world: World) -> None:
    world.faults["rds:describe_db_clusters"] = [Fault("AccessDenied", "", 403)] * 50
    world.instances = [aurora_member("shop-1")]
    watch = watched("shop-1")
    watch.collect([c for c in watch.collectors if c.id == "rds.instance"])
    outcome = watch.outcomes().get("rds.instance")
    assert outcome
    assert (outcome.ended, watch.error) == ("answered", None)


def test_boto3_is_loaded_only_where_aws_is_configured() -> None:
    code = """
import sys
from agent.config import checked
from agent.watch import Watch
target = {"name": "a", "host": "127.0.0.1", "port": 1}
aws = {"instance": "a", "region": "eu-west-1"}
for given in (target, {**target, "aws": aws}):
    watch = Watch(checked({"targets": [given]}, "test").targets[0], 60)
    watch.collect(watch.collectors)
    print("boto3" in sys.modules)
"""
    environment = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": "/nonexistent"}
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.split() == ["False", "True"]


def never_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each question goes to AWS."""
    plain = Account.pages

    def pages(self: Account, service: str, operation: str, of: str, _: float, given: object):  # type: ignore[no-untyped-def]
        return plain(self, service, operation, of, 0, given)  # type: ignore[arg-type]

    monkeypatch.setattr(Account, "pages", pages)
