from __future__ import annotations

import pytest

from collectors.snapshots.locks import LockWait
from rules.base import Severity
from rules.locks.blocking_chain import blocking_chain
from tests.make import server, snapshot
from tests.rules.mysql_servers import mysql
from tests.rules.waits import ALTER, IDLE, wait


@pytest.mark.parametrize(
    ("waits", "severities"),
    [
        pytest.param([wait(2, 1, 6.0), wait(3, 2)], [Severity.HIGH], id="two wait"),
        pytest.param([wait(2, 1, 5.0), wait(3, 2, 1.0)], [], id="two, not long yet"),
        pytest.param([wait(2, 1, 31.0)], [Severity.MEDIUM], id="one waits long"),
        pytest.param([wait(2, 1, 30.0)], [], id="one waits"),
        pytest.param([wait(n, 1) for n in range(2, 12)], [Severity.CRITICAL], id="ten wait"),
        pytest.param(
            [wait(2, 1, 90.0, **IDLE), wait(3, 2)], [], id="an idle root: idle-blocker tells"
        ),
        pytest.param([wait(2, 1, 90.0, **ALTER), wait(3, 2)], [], id="queued DDL: ddl-queue tells"),
        pytest.param([wait(2, 0, 90.0), wait(3, 0)], [], id="a prepared transaction"),
        pytest.param(
            [wait(2, 1, 900.0, object="advisory"), wait(3, 1, object="advisory")],
            [],
            id="spare workers wait for an advisory lock",
        ),
        pytest.param([], [], id="nobody waits"),
    ],
)
def test_blocking_chain(waits: list[LockWait], severities: list[Severity]) -> None:
    assert [f.severity for f in blocking_chain(snapshot(*waits), server())] == severities


def test_finding() -> None:
    (finding,) = blocking_chain(snapshot(wait(2, 1), wait(3, 2)), server())
    assert finding.evidence["depth"] == 2
    assert finding.remedy.statements == ("SELECT pg_cancel_backend(1);",)


def test_mysql_keeps_locks_after_a_cancel() -> None:
    (finding,) = blocking_chain(snapshot(wait(2, 1), wait(3, 2)), mysql())
    size, kill = finding.remedy.statements
    assert "trx_rows_modified" in size
    assert kill == "KILL 1;"
    assert "once its work is undone" in finding.remedy.text


@pytest.mark.parametrize(
    ("waits", "fires"),
    [
        pytest.param([wait(2, 1, kind="X,REC_NOT_GAP"), wait(3, 2, kind="X")], True, id="rows"),
        pytest.param(
            [wait(2, 1, 90.0, kind="EXCLUSIVE"), wait(3, 2, kind="SHARED_READ")],
            False,
            id="metadata: metadata-lock-queue tells",
        ),
        pytest.param(
            [wait(2, 1, 90.0, kind="X"), wait(3, 2, 5.1, kind="EXCLUSIVE")],
            False,
            id="a schema change queues behind the rows",
        ),
        pytest.param(
            [wait(2, 1, 90.0, kind="X"), wait(3, 2, 1.0, kind="EXCLUSIVE")],
            True,
            id="one that has just begun to queue",
        ),
        pytest.param(
            [wait(n, 1, 900.0, kind="EXCLUSIVE", object="user level lock") for n in (2, 3)],
            False,
            id="spare workers wait in GET_LOCK",
        ),
    ],
)
def test_one_incident_is_told_once(waits: list[LockWait], fires: bool) -> None:
    assert bool(blocking_chain(snapshot(*waits), mysql())) is fires


def test_a_vacuum_against_wraparound_is_left_alone() -> None:
    query = "autovacuum : VACUUM public.orders(TO prevent wraparound)"
    (finding,) = blocking_chain(snapshot(wait(2, 1, 40.0, blocker_query=query)), server())
    assert finding.remedy.statements == ()
    assert finding.remedy.text.startswith("Let the VACUUM")
