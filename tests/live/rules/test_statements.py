"""Expensive statements made for real, beside statements that only look like them."""

from __future__ import annotations

from functools import partial

import pytest

from rules.base import Severity
from tests.live.database import Database
from tests.live.own_servers import OwnServers
from tests.live.rules.load import about, repeat, serious, together
from tests.live.triage import found, look

pytestmark = pytest.mark.newest

ORDERS = """
    CREATE TABLE orders (id int PRIMARY KEY, customer int, note text);
    INSERT INTO orders SELECT n, n % 5000, repeat('x', 200) FROM generate_series(1, 100000) n;
    ANALYZE orders;
"""
SCAN = "SELECT * FROM orders WHERE customer = 42"
LOOKUP = "SELECT note FROM orders WHERE id = 4711"


@pytest.fixture
def orders(database: Database) -> Database:
    database.connect().execute(ORDERS.encode())
    return database


def test_a_scan_for_a_few_rows_is_read_heavy_and_dominant(orders: Database) -> None:
    scans, lookups = partial(repeat, orders, SCAN), partial(repeat, orders, LOOKUP)
    report = look(orders.dsn, during=lambda: together(scans, lookups))
    heavy = about(found(report, "read-heavy-statement"), "customer")
    assert [r.finding.evidence["rows_per_call"] for r in heavy] == [20]
    (dominant,) = about(found(report, "dominant-statement"), "customer")
    assert dominant.finding.evidence["see_rule"] == "read-heavy-statement"
    assert dominant.severity is Severity.MEDIUM
    assert [r.severity for r in heavy] == [Severity.HIGH]
    assert not about(found(report, "read-heavy-statement"), "id =")
    assert all(
        r.severity <= Severity.LOW for r in about(found(report, "dominant-statement"), "id =")
    )


def test_statements_of_a_second_are_slow(orders: Database) -> None:
    sleeps = [partial(repeat, orders, "SELECT pg_sleep(1.05)", seconds=0.1) for _ in range(5)]
    often = partial(repeat, orders, LOOKUP, seconds=1.0)
    report = look(orders.dsn, during=lambda: together(*sleeps, often))
    (slow,) = found(report, "slow-statement")
    assert slow.finding.evidence["calls"] == 5
    assert slow.finding.remedy.statements[0].startswith("EXPLAIN (GENERIC_PLAN) SELECT pg_sleep")


def test_the_remedy_of_a_slow_statement_runs(orders: Database) -> None:
    report = look(orders.dsn, during=lambda: repeat(orders, SCAN))
    (heavy,) = about(found(report, "read-heavy-statement"), "customer")
    for statement in heavy.finding.remedy.statements:
        plan = orders.connect().execute(statement.encode()).fetchall()
        assert any("Filter" in line for (line,) in plan)


def test_a_sort_that_spills(orders: Database) -> None:
    spilling = "SELECT * FROM orders ORDER BY note || customer OFFSET 99999"
    fitting = "SELECT * FROM orders WHERE id < 900 ORDER BY note || customer OFFSET 890"
    works = (partial(repeat, orders, each) for each in (spilling, fitting))
    report = look(orders.dsn, during=lambda: together(*works))
    (spill,) = found(report, "temp-spill")
    assert spill.finding.evidence["work_mem_bytes"] == 4 * 1024 * 1024
    assert about([spill], "OFFSET")
    assert "WHERE" not in str(spill.finding.evidence["query"])


def test_one_lookup_for_each_row(orders: Database) -> None:
    listing = "SELECT id FROM orders WHERE id BETWEEN 100 AND 149"
    lookups = [LOOKUP.replace("4711", str(n)) for n in range(100, 150)]
    report = look(orders.dsn, during=lambda: repeat(orders, listing, *lookups))
    (sighting,) = found(report, "n-plus-one")
    assert "BETWEEN" in str(sighting.finding.evidence["parent_query"])


def test_lookups_alone_are_not_n_plus_one(orders: Database) -> None:
    report = look(orders.dsn, during=lambda: repeat(orders, LOOKUP))
    assert not found(report, "n-plus-one")


def test_pings_and_settings_are_chatty(orders: Database) -> None:
    talk = ("SELECT 1", "SET application_name = 'web'", "UPDATE orders SET note = '' WHERE id = 1")
    report = look(orders.dsn, during=lambda: repeat(orders, *talk))
    (chatty,) = found(report, "chatty-statement")
    assert chatty.finding.subject.name == orders.name
    assert not found(report, "single-row-inserts")


def test_rows_inserted_one_by_one(orders: Database) -> None:
    orders.connect().execute("CREATE TABLE events (at timestamptz, what text)")
    single = "INSERT INTO events (at, what) VALUES (now(), 'click')"
    report = look(orders.dsn, during=lambda: repeat(orders, single))
    assert about(found(report, "single-row-inserts"), "events")
    assert not found(report, "chatty-statement")


def test_rows_inserted_together_are_fine(orders: Database) -> None:
    orders.connect().execute("CREATE TABLE events (at timestamptz, what text)")
    rows = ", ".join(["(now(), 'click')"] * 50)
    batch = f"INSERT INTO events (at, what) VALUES {rows}"
    report = look(orders.dsn, during=lambda: repeat(orders, batch))
    assert not found(report, "single-row-inserts")


def test_sessions_that_queue_for_a_row(orders: Database) -> None:
    queue = ("BEGIN", "UPDATE orders SET note = '' WHERE id = 1", "SELECT pg_sleep(0.1)", "COMMIT")
    works = [partial(repeat, orders, *queue, seconds=2.5) for _ in range(4)]
    report = look(orders.dsn, during=lambda: together(*works))
    (waiting,) = found(report, "lock-heavy-statement")
    assert waiting.severity is Severity.HIGH
    assert about([waiting], "UPDATE")
    dominant = about(found(report, "dominant-statement"), "UPDATE")
    assert [r.finding.evidence["see_rule"] for r in dominant] == ["lock-heavy-statement"]


def test_a_time_that_swings(orders: Database) -> None:
    def calls() -> None:
        connection = orders.connect()
        for seconds in [0.001] * 150 + [1.0] * 2:
            connection.execute("SELECT pg_sleep(%s)", [seconds])

    report = look(orders.dsn, during=calls)
    (unstable,) = found(report, "unstable-statement")
    assert unstable.finding.evidence["calls"] == 152


def test_wide_rows_written_whole(orders: Database) -> None:
    orders.connect().execute("ALTER TABLE orders ALTER note SET STORAGE EXTERNAL")
    whole = "UPDATE orders SET note = repeat('x', 20000) WHERE id BETWEEN 1 AND 50"
    narrow = "UPDATE orders SET customer = customer + 1 WHERE id BETWEEN 1000 AND 1050"
    report = look(orders.dsn, during=lambda: repeat(orders, whole, narrow))
    (amplified,) = found(report, "write-amplification")
    assert about([amplified], "repeat")


def test_planning_that_takes_longer_than_the_statement(orders: Database) -> None:
    connection = orders.connect()
    connection.execute(
        f"ALTER DATABASE {orders.name} SET pg_stat_statements.track_planning = on".encode()
    )
    tables = ", ".join(f"orders o{n}" for n in range(8))
    joins = " AND ".join(f"o{n}.id = o{n + 1}.id" for n in range(7))
    wide = f"SELECT o0.note FROM {tables} WHERE {joins} AND o0.id = 1"
    report = look(orders.dsn, during=lambda: repeat(orders, wide))
    assert about(found(report, "planning-heavy"), "o7")


def test_statistics_that_are_thrown_away(own_server: OwnServers) -> None:
    server = own_server(settings={"pg_stat_statements.max": "100"})
    database = Database("postgres", server.dsn(), server)
    database.connect().execute("CREATE EXTENSION pg_stat_statements")
    many = ["SELECT " + ", ".join(["1"] * n) for n in range(1, 300)]
    report = look(database.dsn, during=lambda: repeat(database, *many, seconds=0.1))
    database.close()
    (evictions,) = found(report, "statement-evictions")
    assert evictions.severity is Severity.MEDIUM


def test_a_healthy_server_gives_nothing_serious(own_server: OwnServers) -> None:
    server = own_server(settings={"shared_buffers": "128MB"})
    database = Database("postgres", server.dsn(), server)
    database.connect().execute("CREATE EXTENSION pg_stat_statements")
    database.close()
    server.run("pgbench", "-i", "-q", "-s", "4", server.dsn())

    def benchmark() -> None:
        server.run("pgbench", "-c", "4", "-T", "3", "-n", server.dsn())

    report = look(server.dsn(), during=benchmark)
    assert not serious(report, "statements")
    assert [
        line for line in serious(report, "settings", "upkeep") if "fsync is off" not in line
    ] == []
