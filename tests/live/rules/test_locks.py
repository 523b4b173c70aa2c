"""Real sessions that wait for real locks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rules.base import Severity
from rules.locks.savepoint_overflow import savepoint_overflow
from tests import make
from tests.live.database import Database
from tests.live.own_servers import OwnServers
from tests.live.rules.background import Sessions, sessions, some_samples, until
from tests.live.triage import found, look
from tests.rules.loads import load

pytestmark = pytest.mark.newest
AT_ONCE: dict[str, dict[str, object]] = {
    "idle-blocker": {"tolerated_seconds": 0},
    "blocking-chain": {"tolerated_seconds": 0, "single_waiter_seconds": 0},
    "ddl-queue": {"tolerated_seconds": 0},
    "idle-in-transaction": {"tolerated_seconds": 0.5},
}
UPDATE = "UPDATE orders SET note = 'new' WHERE id = 1"

MANY_SAVEPOINTS = """
    DO $$ BEGIN
        FOR n IN 11..80 LOOP
            BEGIN INSERT INTO orders VALUES (n, 'more'); EXCEPTION WHEN unique_violation THEN END;
        END LOOP;
    END $$
"""


@pytest.fixture
def app(database: Database) -> Iterator[Sessions]:
    with sessions(database.dsn) as opened:
        opened.do("CREATE TABLE orders (id int PRIMARY KEY, note text)")
        opened.do("INSERT INTO orders SELECT n, 'old' FROM generate_series(1, 10) n")
        yield opened


def test_idle_blocker(app: Sessions) -> None:
    idle = app.idle(UPDATE)
    waiter = app.blocked(UPDATE)
    report = look(app.dsn, limits=AT_ONCE)
    (told,) = found(report, "idle-blocker")
    assert told.severity == Severity.HIGH
    assert told.finding.evidence["blocker_pids"] == str(idle.info.backend_pid)
    assert told.finding.evidence["object"] == "public.orders"
    for other in ("blocking-chain", "ddl-queue", "idle-in-transaction"):
        assert found(report, other) == []
    assert not waiter.done
    app.do(told.finding.remedy.statements[0])
    until(lambda: waiter.done)


def test_blocking_chain(app: Sessions) -> None:
    busy = app.run("BEGIN", UPDATE, "SELECT pg_sleep(30)")
    until(lambda: app.count(f"pid = {busy.pid} AND wait_event = 'PgSleep'") == 1)
    waiters = [app.blocked(UPDATE), app.blocked(UPDATE)]
    report = look(app.dsn, limits=AT_ONCE)
    (told,) = found(report, "blocking-chain")
    assert told.severity == Severity.HIGH
    assert told.finding.evidence["blocked_sessions"] == 2
    assert found(report, "idle-blocker") == []
    assert found(report, "ddl-queue") == []
    app.do(told.finding.remedy.statements[0])
    until(lambda: all(waiter.done for waiter in waiters))


def test_waits_of_a_moment_are_fine(app: Sessions) -> None:
    app.idle(UPDATE)
    app.blocked(UPDATE)
    report = look(app.dsn)
    for quiet in ("idle-blocker", "blocking-chain", "ddl-queue", "idle-in-transaction"):
        assert found(report, quiet) == []


def test_ddl_queue(app: Sessions) -> None:
    app.idle("SELECT count(*) FROM orders")
    change = app.blocked("ALTER TABLE orders ADD COLUMN more int")
    readers = [app.blocked("SELECT count(*) FROM orders") for _ in range(3)]
    (told,) = found(look(app.dsn, limits=AT_ONCE), "ddl-queue")
    assert told.severity == Severity.CRITICAL
    assert told.finding.subject.name == "public.orders"
    assert told.finding.evidence["ddl_pids"] == str(change.pid)
    app.do(told.finding.remedy.statements[0])
    until(lambda: all(reader.done for reader in readers))


def test_a_row_that_many_delete_is_no_ddl_queue(app: Sessions) -> None:
    app.idle(UPDATE)
    for _ in range(3):
        app.blocked("DELETE FROM orders WHERE id = 1")
    report = look(app.dsn, limits=AT_ONCE)
    assert found(report, "ddl-queue") == []
    (told,) = found(report, "idle-blocker")
    assert told.finding.evidence["blocked_sessions"] == 3


def test_idle_in_transaction(app: Sessions) -> None:
    app.idle(UPDATE)
    app.idle(name="holds nothing")
    (told,) = found(look(app.dsn, limits=AT_ONCE), "idle-in-transaction")
    assert told.finding.subject.name == "postgres/forgetful"
    assert told.finding.evidence["holds_horizon"] is True


def test_long_transaction(app: Sessions) -> None:
    app.run("SELECT pg_sleep(30)")
    app.open("keeper").execute("SELECT pg_advisory_lock(7)")
    app.blocked("SELECT pg_advisory_lock(7)")
    impatient = {"long-transaction": {"tolerated_seconds": 0.2}}
    (told,) = found(look(app.dsn, limits=impatient), "long-transaction")
    assert told.finding.evidence["sessions"] == 1
    assert found(look(app.dsn), "long-transaction") == []


def test_abandoned_prepared_transaction(own_server: OwnServers) -> None:
    server = own_server(settings={"max_prepared_transactions": "5"})
    with sessions(server.dsn()) as app:
        app.do("CREATE TABLE orders AS SELECT 1 AS id, 'old' AS note")
        for statement in ("BEGIN", UPDATE, "PREPARE TRANSACTION 'left'"):
            app.do(statement)
        assert found(look(app.dsn), "abandoned-prepared-transaction") == []
        waiter = app.blocked(UPDATE)
        limits = AT_ONCE | {"abandoned-prepared-transaction": {"blocking_seconds": 0}}
        report = look(app.dsn, limits=limits)
        (told,) = found(report, "abandoned-prepared-transaction")
        assert told.severity == Severity.CRITICAL
        assert told.finding.evidence["blocked_sessions"] == 1
        assert found(report, "blocking-chain") == []
        app.do(told.finding.remedy.statements[0])
        until(lambda: waiter.done)


def test_deadlocks(app: Sessions) -> None:
    def deadlock() -> None:
        with sessions(app.dsn) as pair:
            first = pair.open("first")
            first.execute("SET deadlock_timeout = '10s'")
            first.execute("BEGIN")
            first.execute(UPDATE.encode())
            other = UPDATE.replace("id = 1", "id = 2")
            second = pair.blocked("SET deadlock_timeout = '300ms'", "BEGIN", other, UPDATE)
            first.execute(other.encode())
            until(lambda: second.done)

    (told,) = found(look(app.dsn, during=deadlock), "deadlocks")
    assert told.severity == Severity.LOW
    assert told.finding.evidence["deadlocks"] == 1


def test_advisory_lock_waits(app: Sessions) -> None:
    app.open("keeper").execute("SELECT pg_advisory_lock(7)")
    for _ in range(2):
        app.blocked("SELECT pg_advisory_lock(7)")
    report = look(app.dsn, during=some_samples, limits=AT_ONCE)
    (told,) = found(report, "advisory-lock-waits")
    waiting = told.finding.evidence["waiting_sessions"]
    assert isinstance(waiting, float)
    assert waiting == pytest.approx(2, abs=0.1)
    for quiet in ("blocking-chain", "lock-manager-contention", "savepoint-overflow"):
        assert found(report, quiet) == []


def test_savepoint_overflow_names_the_culprit(app: Sessions) -> None:
    (told,) = savepoint_overflow(load(("LWLock:SubtransSLRU", 2.0)), make.server(18))
    (query,) = told.remedy.statements
    assert app.admin.execute(query.encode()).fetchall() == []
    culprit = app.idle(MANY_SAVEPOINTS)
    ((pid, *_, count),) = app.admin.execute(query.encode()).fetchall()
    assert (pid, count) == (culprit.info.backend_pid, 64)
