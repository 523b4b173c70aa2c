from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from collectors.mysql.transactions import InnodbTransaction
from collectors.session import Server
from collectors.snapshots.locks import LockWait
from collectors.snapshots.sessions import SessionSample
from rules.base import Confidence, Finding, Severity
from rules.locks.metadata_lock_queue import metadata_lock_queue
from tests.make import make, snapshot
from tests.rules.mysql_servers import mariadb, mysql
from tests.rules.waits import IDLE, wait

ALTER: dict[str, Any] = {"waiter_query": "ALTER TABLE orders ADD x int", "kind": "EXCLUSIVE"}
READ: dict[str, Any] = {"waiter_query": "SELECT * FROM orders", "kind": "SHARED_READ"}
GLOBAL: dict[str, Any] = {"object": "global read lock", "kind": "INTENTION_EXCLUSIVE"}


def queue(waiter: int, blocker: int, seconds: float = 10.0, **given: Any) -> LockWait:
    return wait(waiter, blocker, seconds, **{"object": "app.orders", **given})


def judge(
    waits: list[LockWait],
    samples: list[SessionSample] | None = None,
    transactions: list[InnodbTransaction] | None = None,
    server: Server | None = None,
) -> list[Finding]:
    return metadata_lock_queue(
        snapshot(*waits),
        snapshot(*samples) if samples is not None else None,
        snapshot(*transactions) if transactions is not None else None,
        server or mysql(),
    )


@pytest.mark.parametrize(
    ("waits", "severities"),
    [
        pytest.param([queue(2, 1, 5.1, **ALTER, **IDLE)], [Severity.MEDIUM], id="only the ALTER"),
        pytest.param([queue(2, 1, 5.0, **ALTER, **IDLE)], [], id="not long yet"),
        pytest.param(
            [queue(2, 1, 9.0, **ALTER, **IDLE), queue(3, 2, **READ)],
            [Severity.HIGH],
            id="a reader behind it",
        ),
        pytest.param(
            [queue(2, 1, 9.0, **ALTER), *(queue(n, 2, **READ) for n in (3, 4, 5))],
            [Severity.CRITICAL],
            id="three readers behind it",
        ),
        pytest.param(
            [queue(n, 1, **GLOBAL, blocker_state="idle") for n in (2, 3, 4)],
            [Severity.CRITICAL],
            id="writers behind FLUSH TABLES WITH READ LOCK",
        ),
        pytest.param([queue(2, 1, 9.0, kind="X,REC_NOT_GAP", **IDLE)], [], id="a row lock"),
        pytest.param(
            [queue(2, 1, 90.0, kind="EXCLUSIVE", object="user level lock")], [], id="GET_LOCK"
        ),
        pytest.param([], [], id="nobody waits"),
    ],
)
def test_metadata_lock_queue(waits: list[LockWait], severities: list[Severity]) -> None:
    found = judge(waits)
    assert [f.severity for f in found] == severities
    assert all(f.confidence is None for f in found), "as sure as the rule: validated"


def test_the_schema_change_goes_first_then_the_idle_holder() -> None:
    (told,) = judge([queue(2, 1, 20.0, **ALTER, **IDLE), queue(3, 2, **READ)])
    assert told.subject.name == "app.orders"
    assert told.summary == (
        "Cancel pid 2 first: it waits to change app.orders, held by pid 1 (idle in transaction "
        "for 1 min), and 1 session waits behind it up to 20 s."
    )
    assert told.remedy.statements == (
        "KILL QUERY 2;",
        "KILL 1;",
        "SET SESSION lock_wait_timeout = 2; -- in the session that runs the change again",
    )


def test_readers_that_are_said_to_wait_for_the_holder_are_the_same_queue() -> None:
    (told,) = judge([queue(2, 1, **ALTER, **IDLE), queue(3, 1, **READ, **IDLE)])
    assert told.evidence["ddl_pids"] == "2"
    assert told.evidence["holder_pids"] == "1"
    assert told.evidence["blocked_sessions"] == 2


def test_a_busy_holder_is_not_ended_without_asking() -> None:
    (told,) = judge([queue(2, 1, **ALTER), queue(3, 2, **READ)])
    assert told.remedy.statements[1] == "-- if its work can be repeated: KILL 1;"
    assert "Let pid 1 finish" in told.remedy.text


def test_a_prepared_holder_is_no_session() -> None:
    (told,) = judge([queue(2, 0, **ALTER, blocker_state="prepared")])
    assert told.remedy.statements[:1] == ("KILL QUERY 2;",)
    assert not any("KILL 0" in s for s in told.remedy.statements)
    assert "XA RECOVER" in told.remedy.text


def test_a_backup_may_hold_a_read_lock() -> None:
    state = "idle in transaction (explicit lock)"
    (told,) = judge([queue(2, 1, **GLOBAL, blocker_state=state)])
    assert "(idle with LOCK TABLES or a read lock)" in told.summary
    assert "unless it is a backup" in told.remedy.text
    assert told.remedy.statements == ("KILL 1;",)


def test_on_a_managed_platform() -> None:
    (told,) = judge([queue(2, 1, **ALTER, **IDLE)], server=mysql(platform="rds"))
    assert told.remedy.statements[:2] == (
        "CALL mysql.rds_kill_query(2);",
        "CALL mysql.rds_kill(1);",
    )


def sample(pid: int, seconds: float = 10.0, **given: Any) -> SessionSample:
    about = {
        "database": "app",
        "state": "active",
        "wait_type": "Lock",
        "wait_event": "metadata",
        "query": "SELECT * FROM orders",
        **given,
    }
    return make(SessionSample, pid=pid, statement_seconds=seconds, **about)


def transaction(pid: int, seconds: float, **given: Any) -> InnodbTransaction:
    about = {"database": "app", "state": "idle in transaction", **given}
    return make(InnodbTransaction, pid=pid, open_seconds=seconds, **about)


CHANGE = sample(2, 20.0, query="ALTER TABLE orders ADD x int")


@pytest.mark.parametrize(
    ("samples", "severities"),
    [
        pytest.param([CHANGE, sample(3)], [Severity.HIGH], id="a schema change and a reader"),
        pytest.param([CHANGE], [Severity.MEDIUM], id="only the schema change"),
        pytest.param([sample(3, 5.0)], [], id="not long yet"),
        pytest.param([sample(3, wait_event="row")], [], id="a row lock"),
        pytest.param([sample(3, wait_type="CPU", wait_event="")], [], id="at work"),
        pytest.param([], [], id="nobody waits"),
    ],
)
def test_where_locks_are_not_recorded(
    samples: list[SessionSample], severities: list[Severity]
) -> None:
    found = judge([], samples, [], mariadb())
    assert [f.severity for f in found] == severities
    assert all(f.confidence == Confidence.HEURISTIC for f in found)


def test_the_oldest_transaction_is_the_likely_holder() -> None:
    open_ = [
        transaction(2, 900.0),  # waits itself
        transaction(4, 19.0),  # began after the wait
        transaction(5, 60.0),
        transaction(6, 30.0),
        transaction(7, 999.0, database="other"),
    ]
    (told,) = judge([], [CHANGE, sample(3)], open_, mariadb())
    assert told.subject.name == "app"
    assert told.evidence["candidate_pids"] == "5, 6, 7"
    assert told.summary == (
        "Cancel pid 2 first: it waits to change a table, and 1 session waits behind it up to "
        "20 s; probably pid 5 is in the way (idle in transaction, open for 1 min)."
    )
    assert told.remedy.statements[:2] == ("KILL QUERY 2;", "-- probably the holder: KILL 5;")


def test_a_transaction_is_older_than_when_it_was_looked_at() -> None:
    looked_at = replace(snapshot(transaction(5, 11.0)), taken_at=1e9 - 10)
    waits = snapshot(CHANGE, sample(3))
    (told,) = metadata_lock_queue(snapshot(), waits, looked_at, mariadb())
    assert (told.evidence["candidate_pids"], told.evidence["candidate_open_seconds"]) == ("5", 21.0)


@pytest.mark.parametrize(
    ("server", "statement"),
    [
        pytest.param(mysql(settings={"performance_schema": "OFF"}), "_ONLY performance", id="off"),
        pytest.param(mariadb(), "INSTALL SONAME 'metadata_lock_info'", id="by a plugin"),
        pytest.param(
            mariadb(settings={"performance_schema": "ON"}), "setup_instruments", id="this one only"
        ),
    ],
)
def test_says_how_to_see_holders(server: Server, statement: str) -> None:
    (told,) = judge([], [CHANGE], None, server)
    assert any(statement in s for s in told.remedy.statements)
    assert "the server does not record who is in the way" in told.summary


def test_one_that_is_seen_waiting_is_told_once() -> None:
    assert len(judge([queue(2, 1, **ALTER)], [CHANGE], [])) == 1
