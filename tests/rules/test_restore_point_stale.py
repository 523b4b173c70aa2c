from __future__ import annotations

from typing import Any

import pytest

from rules.availability.restore_point_stale import restore_point_stale
from rules.base import Severity, Subject
from tests.aws.rows import aurora, cluster, instance
from tests.aws.session import NOW
from tests.rules.environments import CLUSTER_ARN, STAGING, UNSAID

OLD = {"latest_restorable_at": NOW - 901}


@pytest.mark.parametrize(
    ("given", "severities"),
    [
        pytest.param(OLD, [Severity.HIGH], id="a quarter of an hour and a second"),
        pytest.param({"latest_restorable_at": NOW - 900}, [], id="just not"),
        pytest.param({"latest_restorable_at": None}, [], id="no first backup yet"),
        pytest.param({**OLD, "backup_retention_days": 0}, [], id="backups are off: another rule"),
        pytest.param({**OLD, "backup_retention_days": None}, [], id="AWS does not say"),
        pytest.param({**OLD, "status": "stopped"}, [], id="stopped"),
        pytest.param({**OLD, "tags": UNSAID}, [Severity.MEDIUM], id="nobody said"),
        pytest.param({**OLD, "tags": STAGING}, [], id="not production"),
    ],
)
def test_instance(given: dict[str, Any], severities: list[Severity]) -> None:
    assert [f.severity for f in restore_point_stale(instance(**given), None)] == severities


def test_snapshot_first() -> None:
    (finding,) = restore_point_stale(instance(latest_restorable_at=NOW - 7200), None)
    assert finding.evidence["behind_seconds"] == 7200
    assert "2 h ago" in finding.summary
    taken, events = finding.remedy.statements
    assert taken.startswith("aws rds create-db-snapshot ")
    assert "--source-type db-instance --source-identifier orders-1" in events
    assert finding.remedy.rollback == (
        "aws rds delete-db-snapshot --db-snapshot-identifier orders-1-restore-point "
        "--region eu-west-1"
    )


def test_cluster() -> None:
    (finding,) = restore_point_stale(aurora(), cluster(**OLD, arn=CLUSTER_ARN))
    assert finding.subject == Subject("cluster", "shop")
    assert finding.remedy.statements[0].startswith("aws rds create-db-cluster-snapshot ")


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({}, id="fresh"),
        pytest.param({**OLD, "here": False}, id="told on the writer"),
        pytest.param({**OLD, "min_acu": 0.0, "max_acu": 8.0}, id="it may be asleep"),
    ],
)
def test_cluster_quiet(given: dict[str, Any]) -> None:
    assert not restore_point_stale(aurora(), cluster(**given))
