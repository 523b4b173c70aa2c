"""Real connections: too many, too idle, too short, ended badly."""

from __future__ import annotations

import time
from collections.abc import Iterator

import psycopg
import pytest

from rules.base import Severity
from tests.live.database import Database
from tests.live.rules.background import Sessions, sessions, some_samples
from tests.live.triage import found, look

BUSY = "SELECT count(*) FROM (SELECT generate_series(1, 1000000000)) n"
pytestmark = pytest.mark.newest


@pytest.fixture
def app(database: Database) -> Iterator[Sessions]:
    with sessions(database.dsn) as opened:
        yield opened


def test_connection_saturation(app: Sessions, database: Database) -> None:
    app.do(f"ALTER DATABASE {database.name} CONNECTION LIMIT 12")
    assert found(look(app.dsn), "connection-saturation") == []
    for _ in range(9):
        app.open("pool")
    (told,) = found(look(app.dsn), "connection-saturation")
    assert told.finding.subject.name == database.name
    assert told.finding.evidence["allowed_connections"] == 12


def test_idle_connections(app: Sessions) -> None:
    for _ in range(9):
        app.open("pool")
    report = look(app.dsn, limits={"idle-connections": {"used_ratio": 0.1}})
    (told,) = found(report, "idle-connections")
    assert told.finding.evidence["busiest_user"] == "postgres"
    assert found(look(app.dsn), "idle-connections") == []


def test_connection_churn(app: Sessions, database: Database) -> None:
    def connect_each_time() -> None:
        for _ in range(30):
            with psycopg.connect(app.dsn) as short:
                short.execute("SELECT 1")

    def stay_connected() -> None:
        with psycopg.connect(app.dsn, autocommit=True) as long:
            for _ in range(300):
                long.execute("SELECT 1")

    report = look(app.dsn, during=connect_each_time)
    (told,) = found(report, "connection-churn")
    assert told.finding.subject.name == database.name
    assert found(report, "abandoned-sessions") == []
    assert found(look(app.dsn, during=stay_connected), "connection-churn") == []


def test_oversubscribed_cpu(app: Sessions) -> None:
    for _ in range(2):
        app.run("SET statement_timeout = '10s'", BUSY)
    crowded = {"oversubscribed-cpu": {"tolerated_per_cpu": 1}}
    report = look(app.dsn, during=some_samples, limits=crowded, cpus=1)
    (told,) = found(report, "oversubscribed-cpu")
    assert told.finding.evidence["cpus"] == 1


def test_client_waits_in_transaction(app: Sessions, database: Database) -> None:
    def think(seconds: float) -> None:
        with psycopg.connect(app.dsn) as client:
            for _ in range(6):
                client.execute("SELECT 1")
                time.sleep(seconds)
                client.commit()

    rule = "client-waits-in-transaction"
    short: dict[str, dict[str, object]] = {rule: {"tolerated_seconds": 0.005}}
    (told,) = found(look(app.dsn, during=lambda: think(0.25), limits=short), rule)
    assert told.finding.subject.name == database.name
    assert found(look(app.dsn, during=lambda: think(0), limits=short), rule) == []


def test_abandoned_sessions(app: Sessions) -> None:
    def end_some() -> None:
        for _ in range(4):
            victim = app.open("victim")
            app.do(f"SELECT pg_terminate_backend({victim.info.backend_pid}, 5000)")

    (told,) = found(look(app.dsn, during=end_some), "abandoned-sessions")
    assert told.severity == Severity.MEDIUM
    assert told.finding.evidence["killed_sessions"] == 4
