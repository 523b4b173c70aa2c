"""Settings that hurt, on servers that were given them, beside servers that were not."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import psycopg
import pytest
from psycopg.rows import TupleRow

from agent.demo.server import PostgresServer
from rules.base import Severity
from tests.live.database import Database
from tests.live.own_servers import OwnServers
from tests.live.rules.background import sessions, until
from tests.live.rules.load import repeat, serious
from tests.live.triage import found, look

pytestmark = pytest.mark.newest

FILLED = """
    CREATE TABLE filled AS SELECT n AS id, repeat(md5(n::text), 12) AS note
      FROM generate_series(1, 60000) n;
    ALTER TABLE filled ADD PRIMARY KEY (id);
"""


@contextmanager
def filled(server: PostgresServer) -> Iterator[Database]:
    database = Database("postgres", server.dsn(), server)
    try:
        database.connect().execute(FILLED.encode())
        yield database
    finally:
        database.close()


def test_what_was_switched_off_or_waits_for_a_restart(own_server: OwnServers) -> None:
    off = ("full_page_writes", "synchronous_commit", "enable_hashjoin", "wal_compression")
    server = own_server(settings=dict.fromkeys(off, "off") | {"fsync": "on"})
    server.configure({"max_connections": "70"})
    server.reload()
    with filled(server) as database:
        scans = "SELECT count(*) FROM filled"
        database.connect().execute("CREATE EXTENSION pg_stat_statements")
        report = look(database.dsn, during=partial(repeat, database, scans))
    lost = {r.finding.subject.name: r.severity for r in found(report, "durability-off")}
    assert lost == {"full_page_writes": Severity.CRITICAL, "synchronous_commit": Severity.HIGH}
    (toggle,) = found(report, "planner-toggle-off")
    assert (toggle.finding.subject.name, toggle.severity) == ("enable_hashjoin", Severity.HIGH)
    (waiting,) = found(report, "pending-restart")
    assert waiting.finding.subject.name == "max_connections"


def test_a_cache_far_smaller_than_what_is_read(own_server: OwnServers) -> None:
    server = own_server(settings={"shared_buffers": "1MB", "track_io_timing": "off"})
    with filled(server) as database:
        scans = "SELECT count(note) FROM filled"
        report = look(database.dsn, during=partial(repeat, database, scans))
    (small,) = found(report, "shared-buffers-small")
    assert small.finding.evidence["shared_buffers_bytes"] == 1024 * 1024
    (untimed,) = found(report, "io-timing-off")
    assert untimed.severity is Severity.INFO


def test_log_that_forces_checkpoints_and_fills_its_buffers(own_server: OwnServers) -> None:
    small = {"max_wal_size": "32MB", "min_wal_size": "32MB", "wal_buffers": "64kB"}
    server = own_server(settings={**small, "wal_compression": "off"})
    with filled(server) as database:
        writer = database.connect()

        def writes() -> None:
            before, began = _forced(writer), time.monotonic()
            while _forced(writer) < before + 4 or time.monotonic() < began + 1.5:
                writer.execute("UPDATE filled SET note = note WHERE id % 7 = 0")
                assert time.monotonic() < began + 20
            # A session tells the statistics at most once a second, unless it is asked to.
            writer.execute("SELECT pg_stat_force_next_flush()")

        report = look(database.dsn, during=writes)
    (forced,) = found(report, "forced-checkpoints")
    assert forced.finding.evidence["max_wal_size_bytes"] == 32 * 1024 * 1024
    assert found(report, "wal-buffers-full")


def test_log_of_page_images(own_server: OwnServers) -> None:
    """After each checkpoint the first change of a page logs it whole."""
    with filled(own_server(settings={"wal_compression": "off"})) as database:
        writer = database.connect()

        def writes() -> None:
            for _ in range(5):
                writer.execute("CHECKPOINT")
                writer.execute("UPDATE filled SET note = note WHERE id % 31 = 0")
            writer.execute("SELECT pg_stat_force_next_flush()")

        report = look(database.dsn, during=writes)
    (images,) = found(report, "wal-compression-off")
    assert float(str(images.finding.evidence["full_page_images_ratio"])) > 0.6


def test_checkpoints_that_a_command_asks_for_are_fine(database: Database) -> None:
    connection = database.connect()

    def commands() -> None:
        for _ in range(5):
            connection.execute("CREATE TABLE IF NOT EXISTS t (a int)")
            connection.execute("CHECKPOINT")

    report = look(database.dsn, during=commands)
    assert not found(report, "forced-checkpoints")


def test_a_server_as_initdb_makes_it_has_nothing_serious(own_server: OwnServers) -> None:
    server = own_server(settings={"fsync": "on", "shared_buffers": "128MB"})
    report = look(server.dsn())
    assert serious(report, "settings", "upkeep") == []


def test_a_forgotten_transaction_proves_that_there_is_no_timeout(database: Database) -> None:
    limits = {"no-timeouts": {"idle_seconds": 0.5, "waited_seconds": 0.5}}
    with sessions(database.dsn) as work:
        work.do("CREATE TABLE held (a int)")
        work.idle("LOCK TABLE held")
        work.blocked("SELECT * FROM held")
        report = look(database.dsn, limits=limits)
        assert not found(look(database.dsn), "no-timeouts")
    (role,) = found(report, "no-timeouts")
    assert role.finding.subject.name == "postgres"
    assert len(role.finding.remedy.statements) == 2


def test_a_long_lock_wait_that_is_not_logged(database: Database) -> None:
    with sessions(database.dsn) as work:
        work.do("CREATE TABLE held (a int)")
        work.idle("LOCK TABLE held")
        work.blocked("SELECT * FROM held")
        assert not found(look(database.dsn, during=lambda: None), "lock-logging-off")
        until(lambda: work.count("wait_event_type = 'Lock' AND now() - query_start > '1.2s'") == 1)
        assert found(look(database.dsn), "lock-logging-off")


def _forced(connection: psycopg.Connection[TupleRow]) -> int:
    row = connection.execute("SELECT num_requested FROM pg_stat_checkpointer").fetchone()
    return int(row[0]) if row else 0
