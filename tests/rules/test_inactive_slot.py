from __future__ import annotations

import pytest

from collectors.postgres.slots import Slot
from rules.base import Severity
from rules.replication.inactive_slot import inactive_slot
from tests.make import make, server, snapshot

GIB = float(1 << 30)
NOW = 1e9


def slot(retained: float | None, **given: object) -> Slot:
    about = {"slot": "sub", "kind": "physical", "wal_status": "extended", **given}
    return make(Slot, retained_bytes=retained, **about)


@pytest.mark.parametrize(
    ("row", "severities"),
    [
        pytest.param(slot(GIB), [None], id="a gigabyte"),
        pytest.param(slot(GIB - 1), [], id="not quite"),
        pytest.param(slot(10 * GIB), [Severity.HIGH], id="ten gigabytes"),
        pytest.param(slot(2 * GIB, safe_bytes=GIB / 4), [Severity.HIGH], id="soon lost"),
        pytest.param(slot(2 * GIB, safe_bytes=9 * GIB), [None], id="room under the limit"),
        pytest.param(slot(50 * GIB, active=True), [], id="in use"),
        pytest.param(slot(50 * GIB, wal_status="lost"), [], id="lost: lost-slot tells"),
        pytest.param(slot(None), [], id="keeps nothing yet"),
        pytest.param(
            slot(GIB / 4, inactive_since=NOW - 86401), [Severity.LOW], id="forgotten for a day"
        ),
        pytest.param(slot(GIB / 4, inactive_since=NOW - 3600), [], id="away for an hour"),
        pytest.param(slot(1024.0, inactive_since=NOW - 1e6), [], id="forgotten but tiny"),
    ],
)
def test_inactive_slot(row: Slot, severities: list[Severity | None]) -> None:
    found = inactive_slot(snapshot(row, taken_at=NOW), server())
    assert [f.severity for f in found] == severities


def test_copies_for_failover_are_inactive_by_design() -> None:
    replica, rows = server(is_replica=True), snapshot(slot(50 * GIB, kind="logical"))
    assert inactive_slot(rows, replica) == []


def test_does_not_advise_a_limit_that_is_set() -> None:
    (free,) = inactive_slot(snapshot(slot(GIB)), server())
    (limited,) = inactive_slot(snapshot(slot(GIB, safe_bytes=9 * GIB)), server())
    assert free.remedy.statements[0] == "SELECT pg_drop_replication_slot('sub');"
    assert len(free.remedy.statements) == 3
    assert len(limited.remedy.statements) == 1
