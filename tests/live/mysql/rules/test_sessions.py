"""Real connections to MySQL and MariaDB: too many, too idle, too short, refused, ended badly."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextlib import ExitStack

import pymysql
import pytest

from rules.base import Severity
from tests.live.mysql.rules.background import Sessions, pid_of, sessions
from tests.live.mysql_database import MysqlDatabase
from tests.live.rules.background import some_samples
from tests.live.triage import found, look

BUSY = "SELECT BENCHMARK(1000000000, SHA2('x', 512))"
WRONG = "wrong"
OF_SESSIONS = (
    *("connection-saturation", "connections-refused", "idle-connections", "connection-churn"),
    *("thread-churn", "failing-connects", "abandoned-sessions", "oversubscribed-cpu"),
    *("commit-waits", "lock-timeouts", "deadlocks", "row-lock-contention", "history-list-growing"),
)


@pytest.fixture
def app(mysql_database: MysqlDatabase) -> Iterator[Sessions]:
    with sessions(mysql_database) as opened:
        yield opened


def test_connection_saturation(app: Sessions) -> None:
    for _ in range(13):
        app.open("pool")
    with app.variable("max_connections", 17):
        (told,) = found(look(app.dsn), "connection-saturation")
    assert told.finding.evidence["allowed_connections"] == 17
    assert told.finding.evidence["busiest_user"] == "root"
    assert found(look(app.dsn), "connection-saturation") == []
    with app.admin.cursor() as cursor:
        cursor.execute(told.finding.remedy.statements[0])
        most = cursor.fetchall()[0]
    assert (most[0], most[2]) == ("root", "Sleep")
    assert most[3] >= 13


def connect_until_refused(app: Sessions, pool: ExitStack) -> int:
    try:
        for _ in range(20):
            pool.enter_context(app.server.session())
    except pymysql.err.OperationalError as error:
        return int(error.args[0])
    return 0


def test_connections_refused(app: Sessions) -> None:
    def crowd() -> None:
        with app.variable("max_connections", 10), ExitStack() as pool:
            assert connect_until_refused(app, pool) == 1040

    report = look(app.dsn, during=crowd)
    (told,) = found(report, "connections-refused")
    assert found(report, "failing-connects") == []
    assert told.severity == Severity.CRITICAL
    assert told.finding.evidence["refused_connections"] == 1
    assert found(look(app.dsn, during=lambda: None), "connections-refused") == []


def test_idle_connections(app: Sessions) -> None:
    for _ in range(9):
        app.open("pool")
    report = look(app.dsn, limits={"idle-connections": {"used_ratio": 0.1}})
    (told,) = found(report, "idle-connections")
    assert told.finding.evidence["busiest_user"] == "root"
    assert found(look(app.dsn), "idle-connections") == []


def connect_each_time(app: Sessions) -> None:
    for _ in range(40):
        with app.server.session() as short, short.cursor() as cursor:
            cursor.execute("SELECT 1")


def test_connection_churn(app: Sessions) -> None:
    def stay_connected() -> None:
        with app.server.session() as long, long.cursor() as cursor:
            for _ in range(300):
                cursor.execute("SELECT 1")

    rule = "connection-churn"
    limits: dict[str, dict[str, object]] = {rule: {"tolerated_per_second": 1}}
    report = look(app.dsn, during=lambda: connect_each_time(app), limits=limits)
    (told,) = found(report, rule)
    assert told.finding.subject.kind == "server"
    assert found(report, "abandoned-sessions") == []
    assert found(report, "failing-connects") == []
    assert found(look(app.dsn, during=stay_connected, limits=limits), rule) == []


def test_thread_churn(app: Sessions) -> None:
    rule = "thread-churn"
    limits: dict[str, dict[str, object]] = {rule: {"tolerated_per_second": 1}}
    with app.variable("thread_cache_size", 0):
        report = look(app.dsn, during=lambda: connect_each_time(app), limits=limits)
    (told,) = found(report, rule)
    assert told.finding.evidence["thread_cache_size"] == 0
    cached = look(app.dsn, during=lambda: connect_each_time(app), limits=limits)
    assert found(cached, rule) == []


def test_failing_connects(app: Sessions) -> None:
    def guess() -> None:
        for _ in range(12):
            with contextlib.suppress(pymysql.err.OperationalError):
                app.open(user="nobody", password=WRONG)

    report = look(app.dsn, during=guess)
    (told,) = found(report, "failing-connects")
    assert told.severity == Severity.MEDIUM
    assert told.finding.evidence["failed_connects"] == 12
    assert found(report, "connections-refused") == []


def test_abandoned_sessions(app: Sessions) -> None:
    def vanish() -> None:
        for _ in range(4):
            victim = app.open("victim")
            app.do(f"KILL {pid_of(victim)}")

    (told,) = found(look(app.dsn, during=vanish), "abandoned-sessions")
    assert told.finding.evidence["abandoned_sessions"] == 4


def test_oversubscribed_cpu(app: Sessions) -> None:
    for _ in range(2):
        app.run(BUSY)
    crowded = {"oversubscribed-cpu": {"tolerated_per_cpu": 1}}
    report = look(app.dsn, during=some_samples, limits=crowded, cpus=1)
    (told,) = found(report, "oversubscribed-cpu")
    assert told.finding.evidence["cpus"] == 1


def test_a_quiet_application(app: Sessions) -> None:
    def work() -> None:
        with app.open("shop").cursor() as cursor:
            cursor.execute("CREATE TABLE orders (id int PRIMARY KEY AUTO_INCREMENT, n int)")
            for n in range(200):
                cursor.execute("INSERT INTO orders (n) VALUES (%s)", [n])
                cursor.execute("SELECT n FROM orders WHERE id = %s", [n])

    report = look(app.dsn, during=work, cpus=2)
    assert [r.finding.summary for rule in OF_SESSIONS for r in found(report, rule)] == []
