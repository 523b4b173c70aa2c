from __future__ import annotations

from typing import Any

import pytest

from collectors.postgres.slots import Slot
from rules.base import Confidence, Severity
from rules.capacity.slot_holds_storage import slot_holds_storage
from tests.aws.rows import GIB, aurora, instance, minutes
from tests.make import make, snapshot


@pytest.mark.parametrize(
    ("seen", "found"),
    [
        pytest.param({"slot_disk_bytes": 41.0}, 1, id="a slot holds more than a fifth"),
        pytest.param({"slot_disk_bytes": 40.0}, 0, id="just not"),
        pytest.param({"log_disk_bytes": 41.0}, 1, id="the log does"),
        pytest.param({"log_disk_bytes": 30.0, "slot_disk_bytes": 20.0}, 0, id="none alone does"),
        pytest.param({"oldest_slot_lag_bytes": 90.0}, 0, id="lag alone proves nothing"),
        pytest.param({}, 0, id="unknown"),
    ],
)
def test_slot_holds_storage(seen: dict[str, float], found: int) -> None:
    given: dict[str, Any] = {name: gib * GIB for name, gib in seen.items()}
    rows = minutes(**given)
    assert len(slot_holds_storage(rows, instance(), None)) == found


def test_a_fifth_of_little_is_what_any_busy_instance_keeps() -> None:
    seen = minutes(log_disk_bytes=4.9 * GIB)
    assert not slot_holds_storage(seen, instance(allocated_bytes=20 * GIB), None)


@pytest.mark.parametrize(
    "slots", [snapshot(make(Slot, slot="cdc")), snapshot()], ids=["a slot", "no slot"]
)
def test_who_asks_the_database_is_told_by_inactive_slot(slots: Any) -> None:
    assert not slot_holds_storage(minutes(slot_disk_bytes=90.0 * GIB), instance(), slots)


def test_aurora_has_no_such_limit() -> None:
    assert not slot_holds_storage(minutes(slot_disk_bytes=90.0 * GIB), aurora(), None)


@pytest.mark.parametrize(
    ("free", "severity"),
    [
        pytest.param(39.0 * GIB, Severity.CRITICAL, id="it is getting full"),
        pytest.param(40.0 * GIB, None, id="there is room"),
        pytest.param(None, None, id="unknown"),
    ],
)
def test_severity(free: float | None, severity: Severity | None) -> None:
    seen = minutes(slot_disk_bytes=60.0 * GIB, free_storage_bytes=free)
    (finding,) = slot_holds_storage(seen, instance(), None)
    assert finding.severity is severity
    assert "pg_replication_slots" in finding.remedy.statements[0]


@pytest.mark.parametrize(
    ("lag", "words", "confidence"),
    [
        pytest.param(50.0 * GIB, "is kept for a replication slot.", None, id="a slot it is"),
        pytest.param(1.0, "the usual reason", Confidence.HEURISTIC, id="something else may be"),
        pytest.param(None, "the usual reason", Confidence.HEURISTIC, id="unknown"),
    ],
)
def test_reason(lag: float | None, words: str, confidence: Confidence | None) -> None:
    seen = minutes(log_disk_bytes=60.0 * GIB, oldest_slot_lag_bytes=lag)
    (finding,) = slot_holds_storage(seen, instance(), None)
    assert words in finding.summary
    assert finding.confidence is confidence
    assert "60.0 GB of log (30 % of the storage of orders-1)" in finding.summary
