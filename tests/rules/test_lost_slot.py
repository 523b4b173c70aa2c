from __future__ import annotations

import pytest

from collectors.postgres.slots import Slot
from rules.base import Severity
from rules.replication.lost_slot import lost_slot
from tests.make import make, server, snapshot


@pytest.mark.parametrize(
    ("wal_status", "severities"),
    [
        pytest.param("lost", [None], id="lost"),
        pytest.param("unreserved", [Severity.CRITICAL], id="about to be lost"),
        pytest.param("extended", [], id="behind, and kept"),
        pytest.param("reserved", [], id="fine"),
        pytest.param("", [], id="not known"),
    ],
)
def test_lost_slot(wal_status: str, severities: list[Severity | None]) -> None:
    rows = snapshot(make(Slot, slot="sub", wal_status=wal_status))
    assert [f.severity for f in lost_slot(rows, server())] == severities


def test_the_limit_is_doubled() -> None:
    rows = snapshot(make(Slot, slot="sub", wal_status="unreserved"))
    (finding,) = lost_slot(rows, server(settings={"max_slot_wal_keep_size": "512"}))
    assert finding.remedy.statements[0] == "ALTER SYSTEM SET max_slot_wal_keep_size = '1024MB';"
    assert "'512MB'" in finding.remedy.rollback
