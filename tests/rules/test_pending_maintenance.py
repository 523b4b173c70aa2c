from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.maintenance import PendingAction
from rules.base import Severity
from rules.upkeep.pending_maintenance import pending_maintenance
from tests.aws.rows import aurora, instance
from tests.aws.session import NOW
from tests.make import make, snapshot

DAY = 86_400


def waiting(**given: Any) -> PendingAction:
    about = {"action": "os-upgrade", "resource": "orders-1", "description": "New OS"}
    return make(PendingAction, **{**about, **given})


@pytest.mark.parametrize(
    ("given", "severity", "words"),
    [
        pytest.param(
            {"forced_apply_at": NOW + 6 * DAY}, Severity.HIGH, "forces it in 6 days", id="forced"
        ),
        pytest.param(
            {"forced_apply_at": NOW - DAY}, Severity.HIGH, "at any moment", id="forced already"
        ),
        pytest.param(
            {"auto_applied_after": NOW + 6 * DAY, "forced_apply_at": NOW + 60 * DAY},
            Severity.MEDIUM,
            "first maintenance window after 6 days",
            id="in a window",
        ),
        pytest.param(
            {"current_apply_at": NOW - DAY}, Severity.MEDIUM, "from now on", id="in the next window"
        ),
        pytest.param(
            {"forced_apply_at": NOW + 8 * DAY}, Severity.LOW, "in 8 days", id="forced later"
        ),
        pytest.param({}, Severity.LOW, "no day", id="no day"),
    ],
)
def test_by_the_day(given: dict[str, Any], severity: Severity, words: str) -> None:
    (found,) = pending_maintenance(snapshot(waiting(**given), taken_at=NOW), instance())
    assert found.severity is severity
    assert words in found.summary
    assert found.remedy.statements == (
        "aws rds apply-pending-maintenance-action --region eu-west-1 "
        "--resource-identifier arn:aws:rds:eu-west-1:123456789012:db:orders-1 "
        "--apply-action os-upgrade --opt-in-type next-maintenance",
    )


def test_nothing_waits() -> None:
    assert not pending_maintenance(snapshot(taken_at=NOW), instance())


def test_several_of_one_instance_are_one_finding() -> None:
    both = snapshot(waiting(), waiting(action="db-upgrade", forced_apply_at=NOW), taken_at=NOW)
    (found,) = pending_maintenance(both, instance())
    assert found.evidence["actions"] == "os-upgrade, db-upgrade"
    assert found.severity is Severity.HIGH
    assert len(found.remedy.statements) == 2


@pytest.mark.parametrize(
    ("role", "told"), [("writer", ["cluster"]), ("reader", [])], ids=["writer", "reader"]
)
def test_what_concerns_the_cluster_is_told_on_its_writer(role: str, told: list[str]) -> None:
    of_cluster = snapshot(waiting(resource="shop", of_cluster=True), taken_at=NOW)
    found = pending_maintenance(of_cluster, aurora(role=role))
    assert [f.subject.kind for f in found] == told
    assert all(":cluster:shop " in f.remedy.statements[0] for f in found)
