from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.reserved_instances import ReservedCoverage
from collectors.snapshot import Snapshot
from rules.cost.reserved_instance_gap import reserved_instance_gap
from tests.aws.rows import instance
from tests.aws.session import NOW
from tests.make import make, snapshot

DAY = 86_400


def coverage(**given: Any) -> Snapshot[ReservedCoverage]:
    """Ten larges of our family run, and all are reserved for long."""
    about = {
        "family": "db.r7g.", "product": "postgresql", "ours": True, "our_units": 8.0,
        "speaks": True,
        "running_units": 40.0, "reserved_units": 40.0, "next_end_at": NOW + 200 * DAY,
        "steady_days": 30,
    }  # fmt: skip
    return snapshot(make(ReservedCoverage, **{**about, **given}), taken_at=NOW)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        pytest.param({"reserved_units": 35.9}, "10 % of the units that run", id="a tenth"),
        pytest.param(
            {"reserved_units": 0.0, "next_end_at": None}, "100 % of the units", id="none is"
        ),
        pytest.param({"next_end_at": NOW + 30 * DAY}, "a reservation ends in 30 days", id="ends"),
        pytest.param(
            {"reserved_units": 20.0, "next_end_at": NOW + 5 * DAY},
            "50 % of the units that run are not reserved and a reservation ends in 5 days",
            id="both",
        ),
    ],
)
def test_fires(given: dict[str, Any], words: str) -> None:
    (finding,) = reserved_instance_gap(instance(), coverage(**given))
    assert words in finding.summary
    (command,) = finding.remedy.statements
    assert "--db-instance-class db.r7g.large --product-description postgresql --multi-az" in command
    assert "dbtriage aws cost" in finding.remedy.text


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({}, id="all are reserved"),
        pytest.param({"reserved_units": 36.0}, id="nearly all"),
        pytest.param({"reserved_units": 80.0}, id="more than run"),
        pytest.param({"next_end_at": NOW + 31 * DAY}, id="it ends later"),
        pytest.param({"next_end_at": NOW - DAY}, id="it has ended, and others are there"),
        pytest.param({"reserved_units": 0.0, "speaks": False}, id="another tells it"),
        pytest.param({"running_units": 0.0, "reserved_units": 0.0}, id="nothing runs"),
    ],
)
def test_quiet(given: dict[str, Any]) -> None:
    assert not reserved_instance_gap(instance(), coverage(**given))


def test_an_old_class_is_replaced_first() -> None:
    old = instance(instance_class="db.m5.large", multi_az=False)
    (finding,) = reserved_instance_gap(old, coverage(reserved_units=0.0))
    assert "Move to db.m7g.large first" in finding.remedy.text
    assert "--db-instance-class db.m7g.large" in finding.remedy.statements[0]
    assert "--no-multi-az" in finding.remedy.statements[0]
