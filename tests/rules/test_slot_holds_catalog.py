from __future__ import annotations

import pytest

from collectors.postgres.slots import Slot
from rules.base import Severity
from rules.replication.slot_holds_catalog import slot_holds_catalog
from tests.make import make, snapshot


@pytest.mark.parametrize(
    ("age", "severities"),
    [
        pytest.param(100_000_001, [None], id="old"),
        pytest.param(100_000_000, [], id="just not"),
        pytest.param(1_600_000_000, [Severity.CRITICAL], id="near wraparound"),
        pytest.param(None, [], id="a physical slot"),
    ],
)
def test_slot_holds_catalog(age: int | None, severities: list[Severity | None]) -> None:
    found = slot_holds_catalog(snapshot(make(Slot, slot="sub", catalog_age=age)))
    assert [f.severity for f in found] == severities


def test_limit_is_tunable() -> None:
    rows = snapshot(make(Slot, slot="sub", database="app", catalog_age=5))
    (finding,) = slot_holds_catalog(rows, tolerated_transactions=4)
    assert finding.subject.database == "app"
