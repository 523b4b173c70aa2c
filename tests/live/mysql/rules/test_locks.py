"""Real sessions that wait for real locks, on MySQL and MariaDB."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from exporters.report import TargetReport
from rules.base import Confidence, Severity
from rules.evaluate import Recommendation
from tests.live.mysql.rules.background import Sessions, pid_of, sessions
from tests.live.mysql_database import MysqlDatabase
from tests.live.rules.background import until
from tests.live.triage import found, look

AT_ONCE: dict[str, dict[str, object]] = {
    "idle-blocker": {"tolerated_seconds": 0},
    "blocking-chain": {"tolerated_seconds": 0, "single_waiter_seconds": 0},
    "metadata-lock-queue": {"tolerated_seconds": 0},
    "idle-in-transaction": {"tolerated_seconds": 0.5},
}
INCIDENTS = ("idle-blocker", "blocking-chain", "metadata-lock-queue", "idle-in-transaction")
UPDATE = "UPDATE orders SET note = 'new' WHERE id = 1"
OTHER = "UPDATE orders SET note = 'new' WHERE id = 2"
READ = "SELECT COUNT(*) FROM orders"


@pytest.fixture
def app(mysql_database: MysqlDatabase) -> Iterator[Sessions]:
    with sessions(mysql_database) as opened:
        opened.do(
            "CREATE TABLE orders (id int PRIMARY KEY, note varchar(20))",
            "INSERT INTO orders VALUES (1, 'old'), (2, 'old'), (3, 'old')",
        )
        yield opened


def only(report: TargetReport, rule_id: str) -> Recommendation:
    """The incident is told by this rule, once, and by no other."""
    for other in INCIDENTS:
        if other != rule_id:
            assert found(report, other) == []
    (told,) = found(report, rule_id)
    return told


def verified(app: Sessions, verify: str) -> None:
    """The advised query comes to 0; InnoDB's tables are read anew for patient askers only."""
    query = verify[verify.index("SELECT") :]
    until(lambda: app.patiently(query) == 0)


def test_idle_blocker(app: Sessions) -> None:
    idle = app.idle(UPDATE)
    waiter = app.blocked(UPDATE)
    told = only(look(app.dsn, limits=AT_ONCE), "idle-blocker")
    assert told.severity == Severity.HIGH
    assert told.finding.subject.name == "root/forgetful"
    assert told.finding.evidence["blocker_pids"] == str(pid_of(idle))
    assert told.finding.evidence["object"] == f"{app.database.name}.orders"
    assert not waiter.done
    app.do(told.finding.remedy.statements[0])
    until(lambda: waiter.done)


def test_blocking_chain(app: Sessions) -> None:
    busy = app.run("BEGIN", UPDATE, OTHER, "SELECT SLEEP(30)")
    asleep = (
        f"SELECT state = 'User sleep' FROM information_schema.processlist WHERE id = {busy.pid}"
    )
    until(lambda: app.value(asleep) == 1)
    waiters = [app.blocked(UPDATE), app.blocked(OTHER)]
    told = only(look(app.dsn, limits=AT_ONCE), "blocking-chain")
    assert told.severity == Severity.HIGH
    assert told.finding.evidence["blocked_sessions"] == 2
    size, kill = told.finding.remedy.statements
    assert app.value(size) == 2
    app.do(kill)
    until(lambda: all(waiter.done for waiter in waiters))
    verified(app, told.finding.remedy.verify)


def test_waits_of_a_moment_are_fine(app: Sessions) -> None:
    app.idle(UPDATE)
    app.blocked(UPDATE)
    report = look(app.dsn)
    assert [found(report, quiet) for quiet in INCIDENTS] == [[], [], [], []]


def test_metadata_lock_queue(app: Sessions) -> None:
    app.metadata_locks(recorded=True)
    holder = app.idle(READ)
    change = app.blocked("ALTER TABLE orders ADD COLUMN more int")
    readers = [app.blocked(READ) for _ in range(3)]
    told = only(look(app.dsn, limits=AT_ONCE), "metadata-lock-queue")
    assert (told.severity, told.confidence) == (Severity.CRITICAL, Confidence.VALIDATED)
    assert told.finding.subject.name == f"{app.database.name}.orders"
    assert told.finding.evidence["ddl_pids"] == str(change.pid)
    assert told.finding.evidence["holder_pids"] == str(pid_of(holder))
    cancel, end, _ = told.finding.remedy.statements
    app.do(cancel)
    until(lambda: all(reader.done for reader in readers))
    assert all(reader.error == 0 for reader in readers)
    app.do(end)
    verified(app, told.finding.remedy.verify)


def test_metadata_lock_queue_whose_holder_is_not_recorded(app: Sessions) -> None:
    app.metadata_locks(recorded=False)
    holder = app.idle(READ)
    change = app.blocked("ALTER TABLE orders ADD COLUMN more int")
    readers = [app.blocked(READ) for _ in range(3)]
    report = look(app.dsn, limits=AT_ONCE | {"idle-in-transaction": {}})
    told = only(report, "metadata-lock-queue")
    assert (told.severity, told.confidence) == (Severity.CRITICAL, Confidence.HEURISTIC)
    assert told.finding.subject.name == app.database.name
    assert told.finding.evidence["ddl_pids"] == str(change.pid)
    assert told.finding.evidence["candidate_pids"] == str(pid_of(holder))
    app.do(told.finding.remedy.statements[0])
    until(lambda: all(reader.done for reader in readers))


@pytest.mark.parametrize(
    "lock", ["LOCK TABLES orders WRITE", "FLUSH TABLES WITH READ LOCK"], ids=["table", "server"]
)
def test_explicit_locks(app: Sessions, lock: str) -> None:
    app.metadata_locks(recorded=True)
    holder = app.holding(lock)
    writer = app.blocked(UPDATE)
    told = only(look(app.dsn, limits=AT_ONCE), "metadata-lock-queue")
    assert told.severity == Severity.HIGH
    assert told.finding.evidence["holder_pids"] == str(pid_of(holder))
    assert f"held by pid {pid_of(holder)} (idle " in told.finding.summary
    app.do(told.finding.remedy.statements[0])
    until(lambda: writer.done)


def test_workers_that_wait_in_get_lock_are_no_incident(app: Sessions) -> None:
    app.metadata_locks(recorded=True)
    app.holding("SELECT GET_LOCK('leader', 0)")
    spare = app.run("SELECT GET_LOCK('leader', 30)")
    until(lambda: app.state(spare.pid) == "User lock")
    report = look(app.dsn, limits=AT_ONCE)
    assert [found(report, quiet) for quiet in INCIDENTS] == [[], [], [], []]


def test_idle_in_transaction(app: Sessions) -> None:
    app.idle(UPDATE)
    told = only(look(app.dsn, limits=AT_ONCE), "idle-in-transaction")
    assert told.finding.subject.name == "root/forgetful"
    app.do(told.finding.remedy.statements[0])


def test_long_transaction(app: Sessions) -> None:
    busy = app.run("BEGIN", UPDATE, "SELECT SLEEP(30)")
    until(lambda: app.state(busy.pid) == "User sleep")
    impatient = {"long-transaction": {"tolerated_seconds": 0.2}}
    (told,) = found(look(app.dsn, limits=impatient), "long-transaction")
    assert told.finding.evidence["pids"] == str(busy.pid)
    assert app.value(told.finding.remedy.statements[0]) == 1
    assert found(look(app.dsn), "long-transaction") == []


def deadlock(app: Sessions) -> None:
    first, second = app.open("first"), app.open("second")
    for connection, statement in ((first, UPDATE), (second, OTHER)):
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(statement)
    pair = [app.goes_on(first, OTHER), app.goes_on(second, UPDATE)]
    until(lambda: all(each.done for each in pair))
    assert sorted(each.error for each in pair) == [0, 1213]
    for connection in (first, second):
        connection.rollback()


def test_deadlocks(app: Sessions) -> None:
    report = look(app.dsn, during=lambda: deadlock(app))
    (told,) = found(report, "deadlocks")
    assert told.severity == Severity.LOW
    assert told.finding.subject.kind == "server"
    assert told.finding.evidence["deadlocks"] == 1
    assert found(report, "deadlock-logging-off") == []
    rare: dict[str, dict[str, object]] = {
        "deadlocks": {"tolerated_per_hour": 1e9},
        "deadlock-logging-off": {"told_per_hour": 1e9},
    }
    (unlogged,) = found(
        look(app.dsn, during=lambda: deadlock(app), limits=rare), "deadlock-logging-off"
    )
    persisted, *_ = unlogged.finding.remedy.statements
    assert "innodb_print_all_deadlocks = ON" in persisted
    with app.variable("innodb_print_all_deadlocks", 1):
        logged = look(app.dsn, during=lambda: deadlock(app), limits=rare)
    assert found(logged, "deadlock-logging-off") == []


def test_lock_timeouts(app: Sessions) -> None:
    app.idle(UPDATE)

    def time_out() -> None:
        pair = [app.run("SET SESSION innodb_lock_wait_timeout = 1", UPDATE) for _ in range(2)]
        until(lambda: all(waiter.done for waiter in pair))
        assert [waiter.error for waiter in pair] == [1205, 1205]

    report = look(app.dsn, during=time_out)
    (told,) = found(report, "lock-timeouts")
    assert told.finding.evidence["lock_timeouts"] == 2


def test_row_lock_contention(app: Sessions) -> None:
    holder = app.open("holder")
    for _ in range(10):
        with holder.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(UPDATE)
        waiter = app.blocked(UPDATE)
        holder.rollback()
        waiter.join()
    rule = "row-lock-contention"
    (told,) = found(look(app.dsn, limits={rule: {"tolerated_sessions": 1e-6}}), rule)
    assert int(str(told.finding.evidence["row_lock_waits"])) >= 10
    with app.admin.cursor() as cursor:
        cursor.execute(told.finding.remedy.statements[0])
    assert found(look(app.dsn), rule) == []


def test_history_list_growing(app: Sessions) -> None:
    reader = app.idle(READ, name="report")
    for n in range(300):
        app.do(f"UPDATE orders SET note = 'no {n}' WHERE id = 1")
    rule = "history-list-growing"
    short: dict[str, dict[str, object]] = {rule: {"tolerated_length": 100, "old_seconds": 1}}
    (told,) = found(look(app.dsn, limits=short), rule)
    assert told.finding.evidence["holder_pid"] == pid_of(reader)
    assert "root/report" in told.finding.summary
    app.do(*told.finding.remedy.statements[1:])
    until(lambda: _purged(app, told.finding.remedy.verify) < 100)
    assert found(look(app.dsn, limits=short), rule) == []


def _purged(app: Sessions, verify: str) -> int:
    """What the advised query tells after one more change: a commit wakes purge."""
    app.do(UPDATE, "UPDATE orders SET note = 'newer' WHERE id = 1")
    return int(app.value(verify[verify.index("SELECT") :]))


def test_abandoned_xa_transaction(app: Sessions) -> None:
    gone = app.open("coordinator")
    with gone.cursor() as cursor:
        for statement in ("XA START 'left'", UPDATE, "XA END 'left'", "XA PREPARE 'left'"):
            cursor.execute(statement)
    gone.close()
    detached = "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_mysql_thread_id = 0"
    rule = "abandoned-xa-transaction"
    try:
        until(lambda: app.patiently(detached) == 1)
        assert found(look(app.dsn), rule) == []
        waiter = app.blocked(UPDATE)
        report = look(app.dsn, limits=AT_ONCE | {rule: {"blocking_seconds": 0}})
        (told,) = found(report, rule)
        assert told.severity == Severity.CRITICAL
        assert told.finding.evidence["blocked_sessions"] == 1
        assert [found(report, quiet) for quiet in INCIDENTS] == [[], [], [], []]
        with app.admin.cursor() as cursor:
            assert cursor.execute(told.finding.remedy.statements[0]) == 1
    finally:
        app.do("XA ROLLBACK 'left'")
    until(lambda: waiter.done)
