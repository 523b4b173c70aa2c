from __future__ import annotations

import pytest

from collectors.postgres.databases import Database
from rules.sessions.client_waits_in_transaction import client_waits_in_transaction
from tests.make import activity, make


def ran(idle: float | None, active: float | None, transactions: int) -> Database:
    return make(
        Database,
        database="app",
        idle_in_transaction_seconds=idle,
        active_seconds=active,
        commits=transactions,
    )


@pytest.mark.parametrize(
    ("row", "fires"),
    [
        pytest.param(ran(60.0, 200.0, 1000), True, id="the client thinks in each transaction"),
        pytest.param(ran(60.0, 900.0, 1000), False, id="the server works most of the time"),
        pytest.param(ran(49.0, 50.0, 500), False, id="less than half a session"),
        pytest.param(ran(250.0, 200.0, 100_000), False, id="round trips of a benchmark"),
        pytest.param(ran(None, None, 1000), False, id="before 14"),
        pytest.param(ran(60.0, 0.0, 0), False, id="nothing ended"),
    ],
)
def test_client_waits_in_transaction(row: Database, fires: bool) -> None:
    assert bool(client_waits_in_transaction(activity(row, seconds=100))) is fires


def test_no_time_went_by() -> None:
    assert client_waits_in_transaction(activity(ran(60.0, 1.0, 9), seconds=0)) == []


def test_evidence() -> None:
    (finding,) = client_waits_in_transaction(activity(ran(150.0, 50.0, 300), seconds=100))
    assert finding.evidence["idle_in_transaction_seconds_per_transaction"] == 0.5
    assert finding.evidence["idle_in_transaction_ratio"] == 0.75
    assert finding.impact.value == 1.5
