from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.events import Event
from collectors.snapshot import Snapshot
from rules.availability.restore_untested import restore_untested
from rules.base import Subject
from tests.aws.rows import aurora, cluster, instance
from tests.aws.session import NOW
from tests.make import make, snapshot
from tests.rules.environments import CLUSTER_ARN, STAGING, UNSAID


def events(*categories: str) -> Snapshot[Event]:
    rows = (make(Event, source="orders-1", at=NOW - 60, categories=(c,)) for c in categories)
    return snapshot(*rows, taken_at=NOW)


def test_none_was_seen() -> None:
    (finding,) = restore_untested(events("backup", "failover"), instance(), None)
    assert finding.severity is None  # the rule's own: context only
    assert finding.evidence["restorable_age_seconds"] == 240
    (command,) = finding.remedy.statements
    assert "--source-db-instance-identifier orders-1" in command
    assert "--target-db-instance-identifier orders-1-restore-test" in command
    assert "delete-db-instance --db-instance-identifier orders-1-restore-test" in (
        finding.remedy.rollback
    )


def test_one_was_seen() -> None:
    assert not restore_untested(events("backup", "restoration"), instance(), None)


def test_the_restorable_moment_may_be_unknown() -> None:
    (finding,) = restore_untested(events(), instance(latest_restorable_at=None), None)
    assert finding.evidence["restorable_age_seconds"] is None


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"tags": UNSAID}, id="nobody said that it is production"),
        pytest.param({"tags": STAGING}, id="not production"),
        pytest.param({"backup_retention_days": 0}, id="nothing to restore: another rule"),
        pytest.param({"backup_retention_days": None}, id="AWS does not say"),
        pytest.param({"role": "replica"}, id="a read replica"),
    ],
)
def test_quiet(given: dict[str, Any]) -> None:
    assert not restore_untested(events(), instance(**given), None)


def test_cluster() -> None:
    (finding,) = restore_untested(events(), aurora(), cluster(arn=CLUSTER_ARN))
    assert finding.subject == Subject("cluster", "shop")
    restore, member = finding.remedy.statements
    assert "restore-db-cluster-to-point-in-time --source-db-cluster-identifier shop" in restore
    assert "--db-cluster-identifier shop-restore-test" in member
    assert not restore_untested(events(), aurora(), cluster(here=False))
