from __future__ import annotations

from typing import Any

import pytest

from rules.availability.backups_too_short import backups_too_short
from rules.base import Severity, Subject
from tests.aws.rows import aurora, cluster, instance
from tests.rules.environments import CLUSTER_ARN, STAGING, UNSAID


@pytest.mark.parametrize(
    ("given", "severities"),
    [
        pytest.param({"backup_retention_days": 0}, [Severity.CRITICAL], id="off"),
        pytest.param({"backup_retention_days": 6}, [Severity.MEDIUM], id="six days"),
        pytest.param({"backup_retention_days": 7}, [], id="seven days"),
        pytest.param({"backup_retention_days": None}, [], id="AWS does not say"),
        pytest.param({"backup_retention_days": 0, "tags": UNSAID}, [Severity.HIGH], id="unsaid"),
        pytest.param({"backup_retention_days": 0, "tags": STAGING}, [], id="not production"),
        pytest.param({"backup_retention_days": 0, "role": "replica"}, [], id="a read replica"),
        pytest.param(
            {"backup_retention_days": 0, "pending_changes": ("BackupRetentionPeriod",)},
            [],
            id="on its way",
        ),
    ],
)
def test_instance(given: dict[str, Any], severities: list[Severity]) -> None:
    assert [f.severity for f in backups_too_short(instance(**given), None)] == severities


def test_to_switch_them_on_is_an_outage_and_waits_for_the_window() -> None:
    (finding,) = backups_too_short(instance(backup_retention_days=0), None)
    snapshot, change = finding.remedy.statements
    assert snapshot.startswith("aws rds create-db-snapshot --db-instance-identifier orders-1 ")
    assert change.endswith("--backup-retention-period 7 --no-apply-immediately")
    assert "outage" in finding.remedy.risk


def test_to_keep_them_longer_is_online() -> None:
    (finding,) = backups_too_short(instance(backup_retention_days=1), None)
    assert finding.summary == "Backups of orders-1 are kept for 1 day."
    (change,) = finding.remedy.statements
    assert change.endswith("--backup-retention-period 7 --apply-immediately")
    assert "--backup-retention-period 1 " in finding.remedy.rollback


def test_a_cluster_is_judged_by_its_own_row_on_the_writer() -> None:
    short = cluster(backup_retention_days=1, arn=CLUSTER_ARN)
    (finding,) = backups_too_short(aurora(backup_retention_days=0), short)
    assert finding.subject == Subject("cluster", "shop")
    assert finding.severity is Severity.MEDIUM
    assert "modify-db-cluster" in finding.remedy.statements[0]


def test_members_themselves_are_not_judged() -> None:
    low = aurora(backup_retention_days=0)
    assert not backups_too_short(low, cluster())
    assert not backups_too_short(low, cluster(backup_retention_days=1, here=False))
    assert not backups_too_short(low, None)
