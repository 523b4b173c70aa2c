from __future__ import annotations

import pytest

from collectors.snapshots.sessions import SessionSample
from collectors.snapshots.transactions import HorizonHolder
from rules.base import Severity
from rules.locks.long_transaction import long_transaction
from tests.make import make, server, snapshot
from tests.rules.mysql_servers import mysql


def at_work(seconds: float | None, **given: object) -> SessionSample:
    about = {"user": "web", "pid": 1, "state": "active", "backend_type": "client backend", **given}
    return make(SessionSample, transaction_seconds=seconds, **about)


@pytest.mark.parametrize(
    ("sample", "severities"),
    [
        pytest.param(at_work(301), [None], id="five minutes"),
        pytest.param(at_work(300), [], id="not yet"),
        pytest.param(at_work(3601), [Severity.HIGH], id="an hour"),
        pytest.param(at_work(None), [], id="in no transaction"),
        pytest.param(at_work(900, wait_type="Lock"), [], id="a victim of a lock"),
        pytest.param(at_work(900, backend_type="autovacuum worker"), [], id="autovacuum"),
        pytest.param(at_work(9000, application="pg_dump"), [], id="a dump"),
        pytest.param(at_work(9000, query="VACUUM orders"), [], id="upkeep"),
        pytest.param(
            at_work(900, state="idle in transaction", state_seconds=0.1),
            [None],
            id="between two statements of a long batch",
        ),
        pytest.param(
            at_work(900, state="idle in transaction", state_seconds=900.0),
            [],
            id="idle: idle-in-transaction tells",
        ),
    ],
)
def test_long_transaction(sample: SessionSample, severities: list[Severity | None]) -> None:
    found = long_transaction(snapshot(sample), None, server())
    assert [f.severity for f in found] == severities


def test_an_old_snapshot_is_urgent() -> None:
    holder = make(HorizonHolder, kind="session", id="1", transaction_age=2_000_000)
    (finding,) = long_transaction(snapshot(at_work(400)), snapshot(holder), server())
    assert finding.severity == Severity.HIGH


def test_reports_belong_on_a_replica() -> None:
    replica = server(is_replica=True)
    assert long_transaction(snapshot(at_work(9000)), None, replica) == []


def test_the_longest_is_named() -> None:
    samples = snapshot(at_work(400, pid=1), at_work(500, pid=2))
    (finding,) = long_transaction(samples, None, server())
    assert finding.evidence["pids"] == "2, 1"
    assert finding.remedy.statements == ("SELECT pg_cancel_backend(2);",)


def test_mysql_is_asked_first_how_much_there_is_to_undo() -> None:
    (finding,) = long_transaction(snapshot(at_work(400)), None, mysql())
    size, kill = finding.remedy.statements
    assert "trx_mysql_thread_id = 1;" in size
    assert kill == "KILL 1;"


@pytest.mark.parametrize("query", ["ALTER TABLE orders ADD x int", "LOAD DATA INFILE ? INTO t"])
def test_mysql_upkeep(query: str) -> None:
    assert long_transaction(snapshot(at_work(9000, query=query)), None, mysql()) == []
