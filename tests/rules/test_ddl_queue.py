from __future__ import annotations

import pytest

from collectors.snapshots.locks import LockWait
from rules.base import Severity
from rules.locks.ddl_queue import ddl_queue
from tests.make import server, snapshot
from tests.rules.waits import ALTER, IDLE, wait

QUEUED = wait(2, 1, 20.0, **ALTER | IDLE)


@pytest.mark.parametrize(
    ("waits", "severities"),
    [
        pytest.param([QUEUED, wait(3, 2, 5.1)], [Severity.HIGH], id="one reader behind"),
        pytest.param([QUEUED, wait(3, 2, 5.0)], [], id="not long yet"),
        pytest.param(
            [QUEUED, wait(3, 2), wait(4, 2), wait(5, 2)], [Severity.CRITICAL], id="three behind"
        ),
        pytest.param([QUEUED], [], id="nobody behind"),
        pytest.param([wait(2, 1, 20.0), wait(3, 2)], [], id="an update in between is no DDL"),
        pytest.param([], [], id="nobody waits"),
    ],
)
def test_ddl_queue(waits: list[LockWait], severities: list[Severity]) -> None:
    assert [f.severity for f in ddl_queue(snapshot(*waits), server())] == severities


def test_the_schema_change_goes_first_then_the_idle_root() -> None:
    (finding,) = ddl_queue(snapshot(QUEUED, wait(3, 2)), server())
    assert finding.subject.name == "public.orders"
    assert finding.summary.startswith("Cancel pid 2 first")
    assert finding.remedy.statements[:2] == (
        "SELECT pg_cancel_backend(2);",
        "SELECT pg_terminate_backend(1);",
    )


def test_a_busy_holder_is_left_alone() -> None:
    (finding,) = ddl_queue(snapshot(wait(2, 1, **ALTER), wait(3, 2)), server())
    assert not any("terminate" in s for s in finding.remedy.statements)


def test_two_queued_changes_of_one_table_are_one_finding() -> None:
    waits = [QUEUED, wait(3, 2, **ALTER), wait(3, 1, **ALTER), wait(4, 2), wait(4, 3)]
    (finding,) = ddl_queue(snapshot(*waits), server())
    assert finding.evidence["ddl_pids"] == "2, 3"
    assert finding.evidence["blocked_sessions"] == 1
