"""Expensive statements made for real on each engine, beside some that only look like them."""

from __future__ import annotations

from functools import partial

import pytest

from exporters.report import TargetReport
from rules.base import Severity
from rules.evaluate import Recommendation
from tests.live.mysql.rules.work import repeat, tell
from tests.live.mysql_binaries import ENGINES
from tests.live.mysql_database import MysqlDatabase, fresh_mysql_database
from tests.live.own_mysql_servers import OwnMysqlServers
from tests.live.rules.load import about, together
from tests.live.triage import found, look

DIGITS = " UNION ALL ".join(f"SELECT {n}{' AS n' if n == 0 else ''}" for n in range(10))
NUMBERS = "a.n + 10 * b.n + 100 * c.n + 1000 * d.n + 10000 * e.n"
SCHEMA = (
    "CREATE TABLE orders (id int PRIMARY KEY, customer int, ext_ref varchar(20) NOT NULL, "
    "status varchar(10), note text, KEY k_ref (ext_ref), KEY k_status (status))",
    "CREATE TABLE items (id int PRIMARY KEY, sku int, order_ref int)",
    "CREATE TABLE countries (code int, name varchar(20))",
    "INSERT INTO orders SELECT m, m % 5000, m, IF(m % 2, 'new', 'done'), REPEAT(SHA2(m, 256), 3) "
    f"FROM (SELECT {NUMBERS} AS m FROM "
    + ", ".join(f"({DIGITS}) {name}" for name in "abcd")
    + ", (SELECT 0 AS n UNION ALL SELECT 1 UNION ALL SELECT 2) e) numbers",
    "INSERT INTO items SELECT id, id, id * 7 % 30000 FROM orders WHERE id < 20000",
    "INSERT INTO countries SELECT id, ext_ref FROM orders WHERE id < 50",
    "ANALYZE TABLE orders, items, countries",
)
LOOKUP = "SELECT note FROM orders WHERE id = 4711"
CAST = "SELECT * FROM orders WHERE ext_ref = 4711"
SCAN = "SELECT * FROM orders WHERE customer = 42"
EXPORT = "SELECT id, customer FROM orders"
SUMMARY = "SELECT status, COUNT(*) FROM orders GROUP BY status"
JOIN = (
    "SELECT orders.id, items.sku FROM orders JOIN items ON items.order_ref = orders.customer "
    "WHERE orders.id BETWEEN 10 AND 30"
)
SMALL_JOIN = (
    "SELECT orders.id, countries.name FROM orders JOIN countries "
    "ON countries.code = orders.customer WHERE orders.id < 2000"
)
SMALL = "SELECT name FROM countries WHERE code = 7"
GROUPS = "SELECT note, COUNT(*) FROM orders GROUP BY note LIMIT 5"
SORT = "SELECT id, note FROM orders WHERE id < 9000 ORDER BY CONCAT(note, customer)"
WASTE = "SELECT id FROM orders FORCE INDEX (k_status) WHERE status = 'new' AND note = 'none'"


@pytest.fixture
def orders(mysql_database: MysqlDatabase) -> MysqlDatabase:
    tell(mysql_database, *SCHEMA)
    return mysql_database


def during(database: MysqlDatabase, *statements: str, first: str = "") -> TargetReport:
    """Each statement in a session of its own, and lookups beside them."""
    works = [partial(repeat, database, s, first=first) for s in (*statements, LOOKUP)]
    return look(database.dsn, during=lambda: together(*works))


def told(report: TargetReport, rule_id: str, database: MysqlDatabase) -> list[Recommendation]:
    return [r for r in found(report, rule_id) if r.finding.subject.database == database.name]


def test_a_number_compared_with_text_uses_no_index(orders: MysqlDatabase) -> None:
    (scan,) = told(during(orders, CAST), "full-scan-statement", orders)
    assert scan.finding.evidence["table_rows"]
    assert scan.finding.evidence["unused_index"] == f"{orders.name}.k_ref"
    assert f"30,000 rows of table {orders.name}.orders a call to use 1;" in scan.finding.summary
    for statement in scan.finding.remedy.statements:
        assert tell(orders, statement)
    notes = tell(orders, f"EXPLAIN {CAST}", "SHOW WARNINGS")
    numbers = {str(number) for _, number, _ in notes}
    assert numbers & {word.strip(";:,") for word in scan.finding.remedy.text.split()}


def test_bound_as_text_it_is_fine(orders: MysqlDatabase) -> None:
    report = during(orders, CAST.replace("4711", "'4711'"))
    assert not told(report, "full-scan-statement", orders)


def test_a_sample_of_a_call_can_be_explained(orders: MysqlDatabase) -> None:
    (scan,) = told(during(orders, SCAN), "full-scan-statement", orders)
    samples = [s for s in scan.finding.remedy.statements if "SAMPLE" in s]
    for sample in samples:
        ((call,),) = tell(orders, sample)
        assert call == SCAN
    assert bool(samples) is (orders.server.product == "MySQL")


def test_a_scan_for_a_few_rows(orders: MysqlDatabase) -> None:
    report = during(orders, SCAN)
    (scan,) = told(report, "full-scan-statement", orders)
    assert scan.severity is Severity.HIGH
    assert scan.finding.evidence["rows_per_call"] == 6
    (dominant,) = about(told(report, "dominant-statement", orders), "customer")
    assert dominant.finding.evidence["see_rule"] == "full-scan-statement"
    assert dominant.severity is Severity.MEDIUM
    assert not told(report, "rows-examined-waste", orders)
    tell(orders, "CREATE INDEX k_customer ON orders (customer)")
    assert not told(during(orders, SCAN), "full-scan-statement", orders)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("UPDATE orders SET status = 'x' WHERE customer = 42", id="update"),
        pytest.param("DELETE FROM orders WHERE customer = -42", id="delete"),
    ],
)
def test_a_change_that_looks_at_every_row(orders: MysqlDatabase, change: str) -> None:
    report = during(orders, change)
    (scan,) = told(report, "full-scan-statement", orders)
    assert "locks all rows" in scan.finding.remedy.text
    assert not told(report, "rows-examined-waste", orders)


def test_what_needs_all_rows_is_fine(orders: MysqlDatabase) -> None:
    report = during(orders, EXPORT, SUMMARY, "SELECT COUNT(*) FROM orders", SMALL_JOIN, SMALL)
    (small,) = [s for s in report.statements if "countries WHERE" in s.query]
    assert small.rows_examined == 50 * small.calls
    for rule_id in ("full-scan-statement", "full-join-statement", "rows-examined-waste"):
        assert not told(report, rule_id, orders)
    assert not told(report, "disk-temporary-tables", orders)
    assert not told(report, "failing-statement", orders)


def test_a_join_without_an_index(orders: MysqlDatabase) -> None:
    report = during(orders, JOIN)
    (join,) = told(report, "full-join-statement", orders)
    assert join.finding.evidence["full_joins_per_call"] == 1
    assert f"{orders.name}.items" in join.finding.summary
    assert not told(report, "full-scan-statement", orders)
    (dominant,) = about(told(report, "dominant-statement", orders), "items")
    assert dominant.finding.evidence["see_rule"] == "full-join-statement"
    tell(orders, "CREATE INDEX k_order ON items (order_ref)")
    assert not told(during(orders, JOIN), "full-join-statement", orders)


def test_an_index_that_leads_to_too_many_rows(orders: MysqlDatabase) -> None:
    report = during(orders, WASTE)
    (waste,) = told(report, "rows-examined-waste", orders)
    assert waste.finding.evidence["rows_examined_per_call"] == 15_000
    assert not told(report, "full-scan-statement", orders)


def test_temporary_tables_on_disk(orders: MysqlDatabase) -> None:
    small = "SET SESSION tmp_table_size = 1048576, SESSION max_heap_table_size = 1048576"
    (disk,) = told(during(orders, GROUPS, first=small), "disk-temporary-tables", orders)
    assert disk.finding.evidence["disk_ratio"] == 1.0
    advised = [s for s in disk.finding.remedy.statements if s.startswith("SET ")]
    assert all(s.endswith("table_size = 67108864;") for s in advised)
    assert len(advised) == (1 if orders.server.product == "MySQL" else 2)


def test_sorts_through_files(orders: MysqlDatabase) -> None:
    small = "SET SESSION sort_buffer_size = 65536"
    report = during(orders, SORT, first=small)
    (sort,) = told(report, "sort-spilling-statement", orders)
    assert sort.finding.evidence["sorted_rows_per_call"] == 9000
    ample = during(orders, SORT, first="SET SESSION sort_buffer_size = 33554432")
    assert not told(ample, "sort-spilling-statement", orders)


def test_a_statement_that_fails(orders: MysqlDatabase) -> None:
    twice = "INSERT INTO countries SELECT nothing FROM orders"
    (failing,) = told(during(orders, twice), "failing-statement", orders)
    assert failing.finding.evidence["failed_ratio"] == 1.0
    for statement in failing.finding.remedy.statements[-1:]:
        tell(orders, statement)


def test_statements_of_a_second_are_slow(orders: MysqlDatabase) -> None:
    sleeps = [partial(repeat, orders, "SELECT SLEEP(1.05)", seconds=0.1) for _ in range(5)]
    often = partial(repeat, orders, LOOKUP, seconds=1.0)
    report = look(orders.dsn, during=lambda: together(*sleeps, often))
    (slow,) = told(report, "slow-statement", orders)
    assert slow.finding.evidence["calls"] == 5
    assert slow.severity is Severity.MEDIUM


def test_pings_and_settings_are_chatty(orders: MysqlDatabase) -> None:
    report = during(orders, "SELECT 1", "SET @web = 1", "SELECT @@session.autocommit")
    (chatty,) = told(report, "chatty-statement", orders)
    assert "Connector/J" in chatty.finding.remedy.text


def test_sessions_that_queue_for_a_row(orders: MysqlDatabase) -> None:
    queue = ("BEGIN", "UPDATE orders SET note = '' WHERE id = 1", "SELECT SLEEP(0.1)", "COMMIT")
    works = [partial(repeat, orders, *queue, seconds=2.5) for _ in range(4)]
    report = look(orders.dsn, during=lambda: together(*works))
    (waiting,) = told(report, "lock-heavy-statement", orders)
    assert waiting.severity is Severity.HIGH
    assert about([waiting], "UPDATE")
    for statement in waiting.finding.remedy.statements:
        tell(orders, statement)
    dominant = about(told(report, "dominant-statement", orders), "UPDATE")
    assert [r.finding.evidence["see_rule"] for r in dominant] == ["lock-heavy-statement"]


@pytest.mark.parametrize("engine", ENGINES)
def test_statements_that_are_not_told_apart(own_mysql_server: OwnMysqlServers, engine: str) -> None:
    server = own_mysql_server(engine, settings={"performance_schema_digests_size": "200"})
    with fresh_mysql_database(server) as database:
        many = [f"SELECT SLEEP(0.001) AS a{n}" for n in range(300)]
        report = look(database.dsn, during=lambda: repeat(database, *many))
        (lost,) = found(report, "digest-overflow")
        assert lost.finding.evidence["digests_size"] == 200
        assert lost.severity is Severity.MEDIUM
        tell(database, lost.finding.remedy.statements[0])
        fixed = look(database.dsn, during=lambda: repeat(database, *many[:20]))
        assert not found(fixed, "digest-overflow")


@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_is_counted(own_mysql_server: OwnMysqlServers, engine: str) -> None:
    server = own_mysql_server(engine, settings={"performance_schema": "OFF"})
    (off,) = found(look(server.dsn()), "performance-schema-off")
    assert "performance_schema is off" in off.finding.summary
    if server.product == "MySQL":
        with server.session() as connection:
            connection.cursor().execute(off.finding.remedy.statements[0])
    else:
        server.configure({"performance_schema": "ON"})
    server.restart()
    assert not found(look(server.dsn()), "performance-schema-off")


@pytest.mark.parametrize("engine", ENGINES)
def test_consumers_that_are_off(own_mysql_server: OwnMysqlServers, engine: str) -> None:
    server = own_mysql_server(engine)
    with server.session() as connection:
        cursor = connection.cursor()
        cursor.execute(
            "UPDATE performance_schema.setup_consumers SET ENABLED = 'NO' "
            "WHERE NAME = 'statements_digest'"
        )
        (off,) = found(look(server.dsn()), "performance-schema-off")
        assert "consumers" in off.finding.summary
        cursor.execute(off.finding.remedy.statements[0])
        assert not found(look(server.dsn()), "performance-schema-off")
