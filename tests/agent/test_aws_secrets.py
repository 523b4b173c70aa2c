"""Passwords that AWS gives: tokens of IAM and secrets; moto keeps the secrets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from moto import mock_aws

from agent.config import ConfigError, checked
from agent.config_target import Target
from agent.targets.addresses import address_of
from agent.targets.aws_account import account_of
from agent.targets.mysql_address import MysqlAddress
from agent.targets.postgres_connect import PostgresAddress
from collectors.session import PermissionDenied, SessionError
from tests.agent.conftest import CREDENTIALS
from tests.aws.service import Fault
from tests.aws.world import World

REGION = "eu-west-1"
HUSH = "hunter2"
AWS = {"instance": "orders-1", "region": REGION}
HOST = "orders-1.abc123.eu-west-1.rds.amazonaws.com"


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        yield boto3.client("secretsmanager", region_name=REGION)
    account_of.cache_clear()


def target(**given: Any) -> Target:
    about = {"name": "orders", "host": HOST, "user": "dbtriage", "aws": AWS, **given}
    return checked({"targets": [about]}, "test").targets[0]


def password(of: Target) -> str | None:
    address = address_of(of)
    assert isinstance(address, PostgresAddress | MysqlAddress)
    return address.password.read()


@pytest.mark.parametrize(
    "held", [HUSH, f'{{"username": "dbtriage", "password": "{HUSH}"}}'], ids=["plain", "of RDS"]
)
def test_a_secret(secrets: Any, held: str) -> None:
    secrets.create_secret(Name="db/orders", SecretString=held)
    assert password(target(password_secret="db/orders")) == HUSH


def test_rotation_is_seen_at_the_next_connect(secrets: Any) -> None:
    secrets.create_secret(Name="db/orders", SecretString="first")
    wanted = target(password_secret="db/orders")
    assert password(wanted) == "first"
    secrets.put_secret_value(SecretId="db/orders", SecretString="second")
    assert password(wanted) == "second"


@pytest.mark.parametrize(
    "held", [f'{{"password": ["{HUSH}"]}}', f'{{"token": "{HUSH}"}}', f'{{"{HUSH}']
)
def test_what_is_no_password_is_not_shown(secrets: Any, held: str) -> None:
    secrets.create_secret(Name="db/orders", SecretString=held)
    with pytest.raises(SessionError, match="secret db/orders") as error:
        password(target(password_secret="db/orders"))
    assert HUSH not in str(error.value)


def test_a_secret_that_may_not_be_read(world: World) -> None:
    world.faults["secretsmanager:get_secret_value"] = [Fault("AccessDeniedException")]
    with pytest.raises(PermissionDenied, match="secretsmanager:GetSecretValue"):
        password(target(password_secret="db/orders"))


@pytest.mark.parametrize(("engine", "port"), [("postgres", 5432), ("mysql", 3306)])
def test_a_token_is_made_for_each_login(secrets: Any, engine: str, port: int) -> None:
    assert secrets
    made = password(target(engine=engine, iam=True, tls="verify-full", tls_ca="/ca.pem"))
    assert made
    url = urlsplit(f"https://{made}")
    asked = parse_qs(url.query)
    assert (url.hostname, url.port) == (HOST, port)
    assert (asked["Action"], asked["DBUser"]) == (["connect"], ["dbtriage"])
    assert asked["X-Amz-Expires"] == ["900"]
    assert f"/{REGION}/rds-db/" in asked["X-Amz-Credential"][0]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        pytest.param({"iam": True}, "iam needs tls", id="a token in clear text"),
        pytest.param({"iam": True, "tls": "verify-full"}, "tls_ca", id="no certificates of RDS"),
        pytest.param(
            {"iam": True, "tls": "verify-full", "tls_ca": "/ca.pem", "aws": None},
            "need [targets.aws]",
            id="no region",
        ),
        pytest.param(
            {"iam": True, "tls": "verify-full", "tls_ca": "/ca.pem", "user": None},
            "iam needs host (the endpoint's own name) and user",
            id="nobody to log in",
        ),
        pytest.param(
            {"password_secret": "db/orders", "password_env": "X"}, "more than one", id="two ways"
        ),
    ],
)
def test_mistakes(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError) as error:
        target(**given)
    assert words in str(error.value)
