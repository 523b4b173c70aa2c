from __future__ import annotations

from typing import Any

import pytest

from rules.base import Severity, Subject
from rules.security.unencrypted_storage import unencrypted_storage
from tests.aws.rows import aurora, cluster, instance
from tests.rules.environments import CLUSTER_ARN, STAGING, UNSAID


@pytest.mark.parametrize(
    ("given", "severities"),
    [
        pytest.param({"encrypted": False}, [Severity.MEDIUM], id="not encrypted"),
        pytest.param({"encrypted": True}, [], id="encrypted"),
        pytest.param({"encrypted": None}, [], id="AWS does not say"),
        pytest.param({"encrypted": False, "tags": UNSAID}, [Severity.LOW], id="nobody said"),
        pytest.param({"encrypted": False, "tags": STAGING}, [], id="not production"),
        pytest.param({"encrypted": False, "role": "replica"}, [], id="told at its source"),
    ],
)
def test_instance(given: dict[str, Any], severities: list[Severity]) -> None:
    assert [f.severity for f in unencrypted_storage(instance(**given), None)] == severities


def test_rds_encrypts_a_copy_of_the_snapshot() -> None:
    (finding,) = unencrypted_storage(instance(encrypted=False), None)
    create, _, copy, _, restore = finding.remedy.statements
    assert "create-db-snapshot" in create
    assert "--source-db-snapshot-identifier orders-1-unencrypted" in copy
    assert "--target-db-snapshot-identifier orders-1-encrypted --kms-key-id" in copy
    assert "--db-snapshot-identifier orders-1-encrypted" in restore
    assert "--db-instance-identifier orders-1-encrypted" in finding.remedy.verify


def test_aurora_encrypts_while_it_restores() -> None:
    (finding,) = unencrypted_storage(aurora(), cluster(encrypted=False, arn=CLUSTER_ARN))
    assert finding.subject == Subject("cluster", "shop")
    create, _, restore, member = finding.remedy.statements
    assert "create-db-cluster-snapshot" in create
    assert "--snapshot-identifier shop-unencrypted" in restore
    assert "--kms-key-id" in restore
    assert "--db-cluster-identifier shop-encrypted" in member


def test_members_themselves_are_not_judged() -> None:
    assert not unencrypted_storage(aurora(encrypted=False), cluster())
    assert not unencrypted_storage(aurora(), cluster(encrypted=False, here=False))
