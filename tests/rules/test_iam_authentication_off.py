from __future__ import annotations

from typing import Any

import pytest

from rules.base import Severity, Subject
from rules.security.iam_authentication_off import iam_authentication_off
from tests.aws.rows import aurora, cluster, instance
from tests.rules.environments import CLUSTER_ARN, STAGING, UNSAID

OFF: dict[str, Any] = {"iam_authentication": False}


@pytest.mark.parametrize(
    ("given", "severities"),
    [
        pytest.param(OFF, [Severity.LOW], id="off"),
        pytest.param({"iam_authentication": True}, [], id="on"),
        pytest.param({"iam_authentication": None}, [], id="AWS does not say"),
        pytest.param({**OFF, "tags": UNSAID}, [Severity.INFO], id="nobody said"),
        pytest.param({**OFF, "tags": STAGING}, [], id="not production"),
        pytest.param(
            {**OFF, "engine": "mariadb", "engine_version": "10.11.9"}, [Severity.LOW], id="MariaDB"
        ),
        pytest.param(
            {**OFF, "engine": "mariadb", "engine_version": "10.6.20"}, [], id="MariaDB has none yet"
        ),
        pytest.param({**OFF, "engine": "mariadb", "engine_version": ""}, [], id="which MariaDB?"),
        pytest.param({**OFF, "engine": "mysql"}, [Severity.LOW], id="MySQL"),
        pytest.param({**OFF, "engine": "oracle-ee"}, [], id="an engine without it"),
    ],
)
def test_instance(given: dict[str, Any], severities: list[Severity]) -> None:
    assert [f.severity for f in iam_authentication_off(instance(**given), None)] == severities


def test_words_are_the_engines() -> None:
    (postgres,) = iam_authentication_off(instance(**OFF), None)
    (mysql,) = iam_authentication_off(instance(**OFF, engine="mysql"), None)
    assert "GRANT rds_iam" in postgres.remedy.text
    assert "AWSAuthenticationPlugin" in mysql.remedy.text
    (command,) = postgres.remedy.statements
    assert command.endswith("--enable-iam-database-authentication --apply-immediately")


def test_cluster() -> None:
    (finding,) = iam_authentication_off(aurora(), cluster(**OFF, arn=CLUSTER_ARN))
    assert finding.subject == Subject("cluster", "shop")
    assert "modify-db-cluster" in finding.remedy.statements[0]
    assert not iam_authentication_off(aurora(**OFF), cluster())
    assert not iam_authentication_off(aurora(), cluster(**OFF, here=False))


def test_multi_az_db_cluster() -> None:
    member = instance(cluster="shop", role="writer", engine="postgres")
    assert not iam_authentication_off(member, cluster(**OFF, engine="postgres"))
