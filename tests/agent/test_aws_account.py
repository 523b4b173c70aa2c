"""Asking AWS: answers are shared, pages followed, refusals put in words, calls counted."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from agent.targets.aws_access import Access
from agent.targets.aws_account import Account
from agent.targets.aws_calls import Calls, OverBudget
from collectors.session import (
    ConnectionLost,
    MetricQuery,
    NotOffered,
    PermissionDenied,
    SessionError,
)
from tests.aws.service import THROTTLED, Fault
from tests.aws.shapes import db_instance
from tests.aws.world import World

DESCRIBE = "rds:describe_db_instances"


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
def account(world: World, calls: Calls) -> Iterator[Account]:
    assert world.url
    made = Account(Access("eu-west-1"), calls)
    yield made
    made.close()


def names(account: Account, fresh_seconds: float = 0) -> list[str]:
    found = account.pages("rds", "describe_db_instances", "DBInstances", fresh_seconds, {})
    return [i["DBInstanceIdentifier"] for i in found]


def test_all_pages_are_read(account: Account, world: World) -> None:
    world.instances = [db_instance(f"db-{n}") for n in range(230)]
    assert names(account) == [f"db-{n}" for n in range(230)]
    assert world.asked[DESCRIBE] == 3
    assert world.regions.keys() == {"eu-west-1"}


def test_a_fresh_answer_is_shared_by_threads(account: Account, world: World) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: names(account, 60), range(20)))
    assert all(f == found[0] for f in found)
    assert world.asked[DESCRIBE] == 1
    names(account)
    assert world.asked[DESCRIBE] == 2, "who wants no old answer gets a new one"


def test_a_refusal_is_shared_too(account: Account, world: World) -> None:
    world.faults[DESCRIBE] = [Fault("AccessDenied", "User x is not authorized", 403)]
    for _ in range(3):
        with pytest.raises(PermissionDenied, match="needs the IAM action rds:DescribeDBInstances"):
            names(account, 60)
    assert world.asked[DESCRIBE] == 1


def test_a_throttled_call_is_made_again(account: Account, world: World, calls: Calls) -> None:
    world.faults[DESCRIBE] = [Fault("Throttling", "Rate exceeded")]
    assert names(account)
    assert calls.made["eu-west-1", "rds", "DescribeDBInstances"] == 2
    assert calls.retried["eu-west-1", "rds"] == 1


def test_one_that_stays_throttled_is_told(account: Account, world: World) -> None:
    given = {"ServiceType": "RDS", "Identifier": "db-X", "Metrics": ["db.load"]}
    key = "pi:list_available_resource_dimensions"
    world.faults[key] = [THROTTLED] * 4
    with pytest.raises(SessionError, match="AWS throttles it") as error:
        account.call("pi", "list_available_resource_dimensions", 0, given)
    assert type(error.value) is SessionError, "the session goes on"
    assert world.asked[key] == 4


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        pytest.param("ExpiredToken", ConnectionLost, "credentials have expired", id="expired"),
        pytest.param("InvalidClientTokenId", ConnectionLost, "not accept the cred", id="unknown"),
        pytest.param("RequestExpired", ConnectionLost, "set it by NTP", id="clock skew"),
        pytest.param("InvalidAction", NotOffered, "rds:DescribeDBInstances", id="not offered"),
        pytest.param("InvalidParameterValue", SessionError, "InvalidParam", id="another one"),
    ],
)
def test_refusals_in_words(
    account: Account, world: World, fault: str, kind: type[SessionError], words: str
) -> None:
    world.faults[DESCRIBE] = [Fault(fault, "as AWS says")]
    with pytest.raises(kind, match=words) as error:
        names(account)
    assert type(error.value) is kind


def test_what_was_signed_is_not_told(account: Account, world: World) -> None:
    said = "The canonical string: x-amz-security-token:HUSH"
    world.faults[DESCRIBE] = [Fault("SignatureDoesNotMatch", said, 403)]
    with pytest.raises(ConnectionLost) as error:
        names(account)
    assert "HUSH" not in str(error.value)


def test_clock_skew_by_its_sentence(account: Account, world: World) -> None:
    said = "Signature expired: 20261118T042640Z is now earlier than 20261118T043000Z"
    world.faults[DESCRIBE] = [Fault("SignatureDoesNotMatch", said, 403)]
    with pytest.raises(ConnectionLost, match="clock of this machine"):
        names(account)


def test_no_credentials(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert world.url
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nonexistent")
    with pytest.raises(ConnectionLost, match="AWS credentials: there are none"):
        names(Account(Access("eu-west-1"), Calls()))


def test_a_profile_that_is_not_there(world: World) -> None:
    assert world.url
    with pytest.raises(ConnectionLost, match="nobody"):
        names(Account(Access("eu-west-1", profile="nobody"), Calls()))


def test_nobody_answers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert world.url
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(ConnectionLost, match="cannot be reached; is the region right"):
        names(Account(Access("eu-nowhere-1"), Calls()))


class Clock:
    """Time passes only where somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_what_is_over_the_budget_of_a_minute_waits() -> None:
    clock = Clock()
    calls = Calls(clock, clock.sleep)
    calls.per_minute = 10
    for _ in range(25):
        calls.spend("eu-west-1", "rds", "DescribeEvents")
    assert clock.now == 120.0
    assert calls.made["eu-west-1", "rds", "DescribeEvents"] == 25


def test_a_wait_that_would_be_too_long_is_refused() -> None:
    clock = Clock()

    def others(seconds: float) -> None:
        """They take every turn while this one sleeps."""
        clock.sleep(seconds)
        budget._turn("r", "s", "o")  # noqa: SLF001

    budget = Calls(clock, others)
    budget.per_minute = 1
    budget.spend("r", "s", "o")
    with pytest.raises(OverBudget, match="budget of 1 calls"):
        budget.spend("r", "s", "o")
    assert budget.total().refused == 1


def test_series_of_many_targets_in_one_call(account: Account, world: World, calls: Calls) -> None:
    queries = [
        MetricQuery("CPUUtilization", "Average", (("DBInstanceIdentifier", f"db-{n}"),))
        for n in range(501)
    ]
    found = account.metrics(queries, 60, 900)
    assert {len(points) for points in found.values()} == {15}
    assert found[queries[0]][0][1] == 20.0
    assert world.asked["cloudwatch:get_metric_data"] == 2
    assert calls.total().dollars == pytest.approx(501 * 0.00001)


def test_no_number_is_no_data_point(account: Account, world: World) -> None:
    world.values = lambda _, __, at: float("nan") if at % 120 else None
    query = MetricQuery("CPUUtilization", "Average", (("DBInstanceIdentifier", "db"),))
    assert account.metrics([query], 60, 900) == {query: ()}


def test_a_role_that_may_not_be_assumed(world: World) -> None:
    world.faults["sts:assume_role"] = [Fault("AccessDenied", "", 403)]
    arn = "arn:aws:iam::123456789012:role/dbtriage"
    with pytest.raises(PermissionDenied, match="sts:AssumeRole"):
        names(Account(Access("eu-west-1", role_arn=arn), Calls()))


def test_a_role_is_assumed(world: World) -> None:
    asked: list[dict[str, str]] = []

    def assume(given: dict[str, str]) -> dict[str, object]:
        asked.append(given)
        moment = world.instances[0]["InstanceCreateTime"].replace(year=2099)
        key = {"AccessKeyId": "ASIA" + "A" * 16, "SecretAccessKey": "s"}
        credentials = {**key, "SessionToken": "t"}
        return {"Credentials": {**credentials, "Expiration": moment}}

    world.handlers["sts:assume_role"] = assume
    arn = "arn:aws:iam::123456789012:role/dbtriage"
    account = Account(Access("eu-west-1", role_arn=arn, external_id="x-1"), Calls())
    assert names(account)
    assert (asked[0]["RoleArn"], asked[0]["ExternalId"]) == (arn, "x-1")


def test_a_service_that_nobody_answers_for_costs_only_its_own(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_PI", "http://127.0.0.1:9")
    given = {"ServiceType": "RDS", "Identifier": "db-X", "Metrics": ["db.load"]}
    for _ in range(2):
        with pytest.raises(SessionError, match="cannot be reached") as error:
            account.call("pi", "list_available_resource_dimensions", 0, given)
        assert not isinstance(error.value, ConnectionLost)
    assert names(account)


def test_renewed_credentials_are_picked_up(
    account: Account, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    names(account)
    world.faults[DESCRIBE] = [Fault("ExpiredToken", "", 403)]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIANEW")
    with pytest.raises(ConnectionLost):
        names(account)
    names(account)
    assert world.keys == ["AKIAFAKE", "AKIAFAKE", "AKIANEW"]


def test_words_of_performance_insights_are_not_told(account: Account, world: World) -> None:
    given = {"ServiceType": "RDS", "Identifier": "db-X", "Metrics": ["db.load"]}
    said = "Value 'SELECT secret' failed"
    world.faults["pi:list_available_resource_dimensions"] = [Fault("ValidationException", said)]
    with pytest.raises(SessionError) as error:
        account.call("pi", "list_available_resource_dimensions", 0, given)
    assert str(error.value) == "pi:ListAvailableResourceDimensions: ValidationException"
