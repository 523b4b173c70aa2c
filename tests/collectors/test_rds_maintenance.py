"""Fixtures are in the documented format, none was recorded from AWS."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from collectors.rds.maintenance import PendingAction, maintenance
from collectors.session import NotOffered, PermissionDenied
from tests.aws.kinds import aurora, rds
from tests.aws.session import NOW, FakeAws
from tests.aws.shapes import ARN, AT

KEY = "rds:describe_pending_maintenance_actions"
DAY = 86_400


def waiting(resource: str, *actions: str, **about: Any) -> dict[str, Any]:
    """A member of DescribePendingMaintenanceActions."""
    return {
        "ResourceIdentifier": f"{ARN}:{resource}",
        "PendingMaintenanceActionDetails": [{"Action": a, **about} for a in actions],
    }


def told(aws: FakeAws, *found: dict[str, Any]) -> tuple[PendingAction, ...]:
    aws.answers[KEY] = {"PendingMaintenanceActions": list(found)}
    return maintenance(aws).rows


def test_an_action() -> None:
    aws = rds()
    found = waiting(
        "db:orders-1",
        "system-update",
        Description="New Operating System update is available",
        AutoAppliedAfterDate=AT + timedelta(days=7),
        ForcedApplyDate=AT + timedelta(days=30),
        CurrentApplyDate=AT + timedelta(days=8),
        OptInStatus="next-maintenance",
    )
    assert told(aws, found) == (
        PendingAction(
            action="system-update",
            resource="orders-1",
            of_cluster=False,
            description="New Operating System update is available",
            auto_applied_after=NOW + 7 * DAY,
            forced_apply_at=NOW + 30 * DAY,
            current_apply_at=NOW + 8 * DAY,
            opt_in="next-maintenance",
        ),
    )
    assert aws.asked == [("rds:describe_db_instances", {}), (KEY, {})]


def test_no_day_is_set() -> None:
    (row,) = told(rds(), waiting("db:orders-1", "db-upgrade"))
    assert (row.auto_applied_after, row.forced_apply_at, row.current_apply_at) == (None,) * 3
    assert (row.description, row.opt_in) == ("", None)


def test_the_instance_s_and_its_cluster_s() -> None:
    rows = told(
        aurora(),
        waiting("db:shop-1", "os-upgrade", "ca-certificate-rotation"),
        waiting("cluster:shop", "db-upgrade"),
        waiting("db:shop-2", "os-upgrade"),
        waiting("db:shop", "os-upgrade"),
        waiting("cluster:shop-1", "db-upgrade"),
    )
    assert [(r.resource, r.of_cluster, r.action) for r in rows] == [
        ("shop-1", False, "os-upgrade"),
        ("shop-1", False, "ca-certificate-rotation"),
        ("shop", True, "db-upgrade"),
    ]


def test_all_pages_are_read() -> None:
    aws = rds()
    aws.answers[KEY] = [
        {"PendingMaintenanceActions": [waiting("db:orders-2", "os-upgrade")], "Marker": "more"},
        {"PendingMaintenanceActions": [waiting("db:orders-1", "db-upgrade")]},
    ]
    assert [r.action for r in maintenance(aws).rows] == ["db-upgrade"]


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"PendingMaintenanceActions": []},
        {"PendingMaintenanceActions": [{}, {"ResourceIdentifier": "orders-1"}]},
        {"PendingMaintenanceActions": [{"ResourceIdentifier": f"{ARN}:db:orders-1"}]},
    ],
    ids=["empty", "none", "not an ARN", "no details"],
)
def test_nothing_waits(answer: dict[str, Any]) -> None:
    aws = rds()
    aws.answers[KEY] = answer
    assert maintenance(aws).rows == ()


def test_denied() -> None:
    aws = rds()
    aws.answers[KEY] = PermissionDenied("needs the IAM action")
    with pytest.raises(PermissionDenied):
        maintenance(aws)


def test_a_deleted_instance() -> None:
    aws = rds()
    aws.instance = "orders-0"
    with pytest.raises(NotOffered, match="no instance orders-0"):
        maintenance(aws)
