"""AWS for tests: services of our own on loopback, and credentials that open nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agent.targets.aws_account import account_of
from tests.aws.service import serving
from tests.aws.shapes import aurora_member, db_cluster, db_instance
from tests.aws.world import World

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIAFAKE", "AWS_SECRET_ACCESS_KEY": "not-a-secret"}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Two instances of RDS and a cluster of two; boto3 finds it by AWS_ENDPOINT_URL."""
    instances = [db_instance("orders-1"), db_instance("stock-1", Engine="mysql")]
    members = [aurora_member("shop-1"), aurora_member("shop-2")]
    made = World([*instances, *members], [db_cluster("shop", "shop-1", "shop-2")])
    with serving(made):
        for name, value in {**CREDENTIALS, "AWS_ENDPOINT_URL": made.url}.items():
            monkeypatch.setenv(name, value)
        for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN"):
            monkeypatch.delenv(name, raising=False)
        yield made
    account_of.cache_clear()
