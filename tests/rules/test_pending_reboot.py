from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.instance import UsedGroup
from collectors.snapshots.settings import Setting
from rules.base import Severity
from rules.upkeep.pending_reboot import pending_reboot
from tests.aws.rows import aurora, cluster, instance, member
from tests.make import make, snapshot

WAITS = (UsedGroup("orders-pg16", "pending-reboot"),)


@pytest.mark.parametrize(
    ("given", "severity", "verbs"),
    [
        pytest.param({"parameter_groups": WAITS}, Severity.MEDIUM, ["reboot"], id="group"),
        pytest.param(
            {"parameter_groups": WAITS, "tags": (("env", "test"),)},
            Severity.LOW,
            ["reboot"],
            id="not production",
        ),
        pytest.param(
            {"parameter_groups": WAITS, "tags": ()}, Severity.MEDIUM, ["reboot"], id="no tags"
        ),
        pytest.param(
            {"pending_changes": ("DBInstanceClass",)}, Severity.LOW, ["modify"], id="attributes"
        ),
        pytest.param(
            {"parameter_groups": WAITS, "pending_changes": ("MultiAZ",)},
            Severity.MEDIUM,
            ["modify", "reboot"],
            id="both",
        ),
    ],
)
def test_fires(given: dict[str, Any], severity: Severity, verbs: list[str]) -> None:
    (found,) = pending_reboot(instance(**given), None, None)
    assert found.severity is severity
    assert [s.split()[2].split("-")[0] for s in found.remedy.statements] == verbs
    for name in (
        *given.get("pending_changes", ()),
        *(["orders-pg16"] if "reboot" in verbs else []),
    ):
        assert name in found.summary


@pytest.mark.parametrize("status", ["in-sync", "applying", ""])
def test_quiet(status: str) -> None:
    shown = instance(parameter_groups=(UsedGroup("orders-pg16", status),))
    assert not pending_reboot(shown, None, None)


@pytest.mark.parametrize(
    ("mine", "others", "told"),
    [
        pytest.param("pending-reboot", "in-sync", True, id="this member"),
        pytest.param("in-sync", "pending-reboot", False, id="another member"),
    ],
)
def test_the_group_of_the_cluster(mine: str, others: str, *, told: bool) -> None:
    of = cluster(member("shop-1", group_status=mine), member("shop-2", group_status=others))
    found = pending_reboot(aurora(), of, None)
    assert [f.evidence["parameter_groups"] for f in found] == ["shop-cluster-apg16"] * told


def test_groups_are_not_told_where_the_database_names_the_settings() -> None:
    named = snapshot(make(Setting, setting="max_connections", pending_restart=True))
    assert not pending_reboot(instance(parameter_groups=WAITS), None, named)
    unnamed = snapshot(make(Setting, setting="max_connections"))
    assert pending_reboot(instance(parameter_groups=WAITS), None, unnamed)
