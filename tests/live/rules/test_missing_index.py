from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
from psycopg.rows import TupleRow

from rules.base import Confidence, Gain
from rules.evaluate import Recommendation
from tests.live.database import Database
from tests.live.triage import found, look

TABLE = """
    CREATE TABLE orders (
        id int PRIMARY KEY,
        customer_id int NOT NULL,
        status text NOT NULL,
        created_at timestamptz NOT NULL,
        note text
    )
"""
ROWS = """
    INSERT INTO orders
    SELECT g,
           mod(g, 10000),
           (ARRAY['new', 'paid', 'sent', 'done'])[1 + least(3, mod(g, 10))],
           now() - make_interval(mins => g),
           repeat('n', 40)
      FROM generate_series(1, 200000) g
"""
NEWEST_OF_CUSTOMER = """
    SELECT *
      FROM orders
     WHERE customer_id = %s
       AND status = %s
     ORDER BY created_at DESC
     LIMIT 20
"""


def orders(database: Database) -> None:
    fill(database, TABLE, ROWS)


def fill(database: Database, *statements: str) -> None:
    """The rows are counted before it returns: in a window of a second they would weigh a lot."""
    with database.connect() as connection:
        for statement in (*statements, "VACUUM ANALYZE"):
            connection.execute(statement.encode())
    connection = database.connect()
    for _ in range(500):
        if inserted(connection) > 0:
            return
        connection.execute("SELECT pg_sleep(0.01)")
    pytest.fail("the rows were never counted")


def inserted(connection: psycopg.Connection[TupleRow]) -> int:
    return int(
        connection.execute("SELECT sum(n_tup_ins) FROM pg_stat_user_tables").fetchall()[0][0]
    )


def calling(database: Database, *statements: str, times: int = 15) -> Callable[[], None]:
    def run() -> None:
        connection = database.connect(prepare_threshold=None)
        for number in range(times):
            for statement in statements:
                values = (1000 + number, "paid")[: statement.count("%s")]
                connection.execute(statement.encode(), values or None)

    return run


def looked(database: Database, *statements: str) -> list[Recommendation]:
    return found(look(database.dsn, during=calling(database, *statements)), "missing-index")


def follow(database: Database, advice: Recommendation) -> None:
    connection = database.connect()
    for statement in advice.finding.remedy.statements:
        connection.execute(statement.encode())


def test_the_planner_confirms_the_narrowest_index(hypopg_database: Database) -> None:
    orders(hypopg_database)
    (advice,) = looked(hypopg_database, NEWEST_OF_CUSTOMER)
    finding = advice.finding
    assert advice.confidence is Confidence.VALIDATED
    assert finding.subject.name == "public.orders (customer_id)"
    assert finding.remedy.statements == (
        "SET lock_timeout = '2s';",
        "CREATE INDEX CONCURRENTLY orders_customer_id_idx ON public.orders (customer_id);",
    )
    assert finding.evidence["indexes_used_now"] == "none"
    before, after = finding.evidence["cost_before"], finding.evidence["cost_after"]
    assert isinstance(before, float)
    assert isinstance(after, float)
    assert after < before / 20
    assert finding.impact.gain is Gain.TIME
    follow(hypopg_database, advice)
    connection = hypopg_database.connect()
    real = connection.execute("SELECT pg_relation_size('orders_customer_id_idx')").fetchall()[0][0]
    assert finding.evidence["size_bytes"] == pytest.approx(real, rel=0.25)
    assert looked(hypopg_database, NEWEST_OF_CUSTOMER) == []


@pytest.mark.majors(14, 16, 18)
def test_an_index_that_is_made_helps_and_ends_the_advice(database: Database) -> None:
    orders(database)
    connection = database.connect(prepare_threshold=None)
    (advice,) = looked(database, NEWEST_OF_CUSTOMER)
    assert advice.confidence is Confidence.ESTIMATED
    assert advice.finding.subject.name == "public.orders (customer_id)"
    assert advice.finding.evidence["indexes_used_now"] == "none"

    def milliseconds() -> float:
        explained = connection.execute(
            f"EXPLAIN (ANALYZE, FORMAT JSON) {NEWEST_OF_CUSTOMER}".encode(), (1000, "paid")
        ).fetchall()[0][0][0]
        assert ("orders_customer_id_idx" in str(explained)) is made
        return float(explained["Execution Time"])

    made = False
    slow = min(milliseconds() for _ in range(3))
    follow(database, advice)
    made = True
    assert min(milliseconds() for _ in range(3)) < slow / 5
    assert looked(database, NEWEST_OF_CUSTOMER) == []


@pytest.mark.newest
def test_near_misses(database: Database) -> None:
    orders(database)
    statements = (
        "SELECT * FROM orders WHERE id = %s",
        "SELECT count(*) FROM orders WHERE note LIKE %s",
        "SELECT count(*) FROM orders WHERE customer_id::text = %s::text",
        "SELECT count(*) FROM orders",
        "SELECT count(*) FROM orders WHERE status <> 'done'",
        "SELECT count(*) FROM orders WHERE customer_id + 1 = %s OR status = %s",
    )
    assert (
        looked(database, *(s.replace("note LIKE %s", "note LIKE 'x%%'") for s in statements)) == []
    )


@pytest.mark.majors(14, 18)
def test_a_join_and_an_update(database: Database) -> None:
    orders(database)
    fill(
        database,
        "CREATE TABLE customers (id int PRIMARY KEY, name text)",
        "INSERT INTO customers SELECT g, 'c' || g FROM generate_series(1, 20000) g",
    )
    join = "SELECT * FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.id = %s"
    (advice,) = looked(database, join)
    assert advice.finding.subject.name == "public.orders (customer_id)"
    change = "UPDATE orders SET status = 'sent' WHERE customer_id = %s"
    (advice,) = looked(database, change)
    assert advice.finding.subject.name == "public.orders (customer_id)"
    follow(database, advice)
    assert looked(database, join, change) == []


@pytest.mark.majors(14, 18)
def test_a_partitioned_table_with_names_to_quote(database: Database) -> None:
    parts = (
        f'CREATE TABLE "100% Sales"."it\'s {number}" PARTITION OF "100% Sales"."Orders" '
        f"FOR VALUES WITH (MODULUS 2, REMAINDER {number})"
        for number in range(2)
    )
    fill(
        database,
        'CREATE SCHEMA "100% Sales"',
        'CREATE TABLE "100% Sales"."Orders" (id int, "Customer" int) PARTITION BY HASH (id)',
        *parts,
        'INSERT INTO "100% Sales"."Orders" SELECT g, mod(g, 100000) '
        "FROM generate_series(1, 600000) g",
    )
    connection = database.connect()
    search = 'SELECT * FROM "100%% Sales"."Orders" WHERE "Customer" = %s'
    (advice,) = looked(database, search)
    _, parent, generate, _ = advice.finding.remedy.statements
    connection.execute(parent.encode())
    for (statements,) in connection.execute(generate.encode()).fetchall():
        for statement in statements.split("; "):
            connection.execute(statement.encode())
    explained = connection.execute(f"EXPLAIN {search}".encode(), [7]).fetchall()
    assert "Seq Scan" not in str(explained)
    assert looked(database, search) == []


@pytest.mark.newest
def test_a_role_that_may_not_read_the_table_makes_no_guess(database: Database) -> None:
    orders(database)
    connection = database.connect()
    role = f"watcher_{database.name}"
    connection.execute(f"CREATE ROLE {role} LOGIN IN ROLE pg_monitor".encode())
    connection.execute(f"GRANT SELECT (id) ON orders TO {role}".encode())
    dsn = database.dsn.replace("postgres@", f"{role}@")
    report = look(dsn, during=calling(database, NEWEST_OF_CUSTOMER))
    connection.execute(f"DROP OWNED BY {role}".encode())
    connection.execute(f"DROP ROLE {role}".encode())
    assert found(report, "missing-index") == []
