from __future__ import annotations

import contextlib
from collections.abc import Iterator

import psycopg
import pytest

from agent.config_target import Target
from agent.planning import _of_postgres, planner_for
from agent.targets import postgres_planner
from agent.watch import Watch
from collectors.postgres.extensions import Extension
from rules.planner import Planner, ProposedIndex
from tests.live.database import Database

SEARCH = "SELECT * FROM orders WHERE customer_id = ?"


@contextlib.contextmanager
def planning(database: Database) -> Iterator[tuple[Watch, Planner]]:
    watch = Watch(Target(name="live", dsn=database.dsn), window_seconds=3600)
    try:
        watch.collect(watch.collectors[:1])
        watch.walk([c for c in watch.collectors if c.row is Extension])
        with watch.main().session():
            assert watch.error is None
        with planner_for(watch) as planner:
            assert planner is not None
            yield watch, planner
    finally:
        watch.close()


def orders(database: Database, rows: int = 20_000) -> psycopg.Connection[tuple[object, ...]]:
    connection = database.connect()
    connection.execute("CREATE TABLE orders (id int PRIMARY KEY, customer_id int, note text)")
    connection.execute(
        "INSERT INTO orders SELECT g, mod(g, 5000), 'n' FROM generate_series(1, %s) g", [rows]
    )
    connection.execute("ANALYZE orders")
    return connection


def errors(watch: Watch) -> int:
    return len(watch.keep(postgres_planner.Refusals).errors)


def left_behind(watch: Watch) -> tuple[object, ...]:
    with watch.main().session() as session, _of_postgres(session).transaction() as run:
        return tuple(run("SELECT name FROM pg_prepared_statements WHERE name ~ 'dbtriage'"))


def test_a_plan_without_an_execution(database: Database) -> None:
    connection = orders(database)
    with planning(database) as (watch, planner):
        assert not planner.hypothetical
        before = planner.plan(database.name, SEARCH)
        assert before is not None
        assert before.indexes == ()
        connection.execute("CREATE INDEX orders_customer_id_idx ON orders (customer_id)")
        after = planner.plan(database.name, SEARCH)
        assert after is not None
        assert after.indexes == ("orders_customer_id_idx",)
        assert after.cost < before.cost / 5
        assert (
            planner.plan(database.name, SEARCH, [ProposedIndex("public", "orders", ("id",))])
            is None
        )
        assert left_behind(watch) == ()


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM orders WHERE id = ? LIMIT ? OFFSET ?",
        "UPDATE orders SET note = ? WHERE customer_id = ?",
        "DELETE FROM orders WHERE customer_id = ANY (?)",
        "INSERT INTO orders(id, note) SELECT id, note FROM orders WHERE note = ?",
        "SELECT count(*) FROM orders WHERE id > ? GROUP BY customer_id",
        'WITH x AS (SELECT * FROM orders) SELECT * FROM x WHERE "note" LIKE ? || ?::text',
    ],
)
@pytest.mark.majors(14, 16, 18)
def test_plans_of_all_kinds(database: Database, query: str) -> None:
    orders(database, 10)
    with planning(database) as (_, planner):
        assert planner.plan(database.name, query) is not None


@pytest.mark.majors(14, 16, 18)
def test_what_cannot_be_planned_is_tried_once(database: Database) -> None:
    orders(database, 10)
    with planning(database) as (watch, planner):
        assert planner.plan(database.name, "SELECT * FROM orders WHERE a = ?") is None
        assert planner.plan(database.name, "SELECT * FROM orders WHERE a = ?") is None
        with planner_for(watch) as next_time:
            assert next_time is not None
            assert next_time.plan(database.name, "SELECT * FROM orders WHERE a = ?") is None
        assert errors(watch) == 1
        nowhere = "SELECT * FROM nowhere WHERE a = ?"
        for unplannable in (
            "VACUUM",
            "SELECT a FROM orders; SELECT b",
            "SELECT a ? ?",
            "",
            nowhere,
        ):
            assert planner.plan(database.name, unplannable) is None
        assert errors(watch) == 1
        for number in range(40):
            assert planner.plan(database.name, f"SELECT no_{number} FROM orders") is None
        assert errors(watch) == postgres_planner.MOST_ERRORS
        assert left_behind(watch) == ()


@pytest.mark.majors(14, 16, 18)
def test_an_error_after_prepare_leaves_nothing(database: Database) -> None:
    connection = orders(database, 10)
    with planning(database) as (watch, planner):
        with connection.transaction():
            connection.execute("LOCK TABLE orders")
            assert planner.plan(database.name, SEARCH) is None
        assert left_behind(watch) == ()
        assert planner.plan(database.name, "SELECT * FROM orders WHERE note = ?") is not None


TRAP = """
    CREATE SCHEMA other;
    CREATE FUNCTION other.trap(int) RETURNS int IMMUTABLE LANGUAGE plpgsql
        AS $$ BEGIN PERFORM pg_advisory_lock(1); RETURN $1; END $$;
    CREATE FUNCTION other.same(int, int) RETURNS bool IMMUTABLE LANGUAGE plpgsql
        AS $$ BEGIN PERFORM pg_advisory_lock(1); RETURN true; END $$
"""
FROM_VIEW = "SELECT * FROM other.innocent WHERE customer_id = ?"
INTO = "INSERT INTO orders (id) VALUES (?)"
VIEW = "CREATE VIEW other.innocent AS SELECT * FROM public.orders WHERE id = other.trap(1)"
TRAPS = {
    "called": ("", "SELECT * FROM orders WHERE id = trap(1)"),
    "view": (VIEW, FROM_VIEW),
    "view-behind-a-cte": (
        VIEW,
        "SELECT * FROM innocent, orders"
        " WHERE EXISTS (WITH innocent AS (SELECT true) SELECT * FROM innocent)",
    ),
    "view-as-table": (VIEW, "SELECT id FROM orders WHERE EXISTS (TABLE innocent)"),
    "same-name-elsewhere": ("CREATE VIEW other.orders AS SELECT 1 AS customer_id", SEARCH),
    "sql-body": (
        "CREATE FUNCTION body() RETURNS int LANGUAGE sql AS 'SELECT other.trap(1)'",
        "SELECT * FROM orders WHERE id = body()",
    ),
    "default-argument": (
        "CREATE FUNCTION given(a int DEFAULT other.trap(1)) RETURNS int LANGUAGE plpgsql"
        " AS 'BEGIN RETURN 1; END'",
        "SELECT * FROM orders WHERE id = given()",
    ),
    "column-that-is-a-function": (
        "CREATE FUNCTION other.more(orders) RETURNS int LANGUAGE sql AS 'SELECT other.trap(1)'",
        "SELECT o.more FROM orders o",
    ),
    "policy": (
        "CREATE POLICY own ON orders USING (id = other.trap(1));"
        "ALTER TABLE orders ENABLE ROW LEVEL SECURITY",
        SEARCH,
    ),
    "check": ("ALTER TABLE orders ADD CHECK (id >= other.trap(0))", SEARCH),
    "index": ("CREATE INDEX ON orders ((id + other.trap(1)))", SEARCH),
    "partial-index": ("CREATE INDEX ON orders (note) WHERE id > other.trap(1)", SEARCH),
    "statistics": ("CREATE STATISTICS s ON (id + other.trap(1)), note FROM orders", SEARCH),
    "default": ("ALTER TABLE orders ALTER customer_id SET DEFAULT other.trap(1)", INTO),
    "rule": (
        "CREATE RULE more AS ON INSERT TO orders DO ALSO"
        " UPDATE orders SET note = '' WHERE id = other.trap(1)",
        INTO,
    ),
    "child": (
        "CREATE TABLE other.child (CHECK (id >= other.trap(0))) INHERITS (public.orders)",
        SEARCH,
    ),
    "operator": (
        "CREATE OPERATOR other.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = other.same)",
        SEARCH,
    ),
    "cast": (
        "CREATE TYPE other.odd AS (a int);"
        "CREATE FUNCTION other.odd(int) RETURNS other.odd IMMUTABLE LANGUAGE plpgsql"
        " AS 'BEGIN RETURN row(1); END';"
        "CREATE CAST (int AS other.odd) WITH FUNCTION other.odd(int)",
        SEARCH,
    ),
    "domain": ("CREATE DOMAIN other.d AS int CHECK (other.trap(VALUE) > 0)", SEARCH),
    "foreign": (
        "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;"
        "CREATE FOREIGN TABLE other.far () INHERITS (public.orders) SERVER s",
        SEARCH,
    ),
}


@pytest.mark.parametrize("way", TRAPS)
@pytest.mark.majors(14, 16, 18)
def test_what_users_wrote_is_not_run(database: Database, way: str) -> None:
    connection = orders(database, 10)
    made, query = TRAPS[way]
    connection.execute(TRAP.encode())
    connection.execute(made.encode())
    with planning(database) as (watch, planner):
        assert planner.plan(database.name, query) is None
        assert locked_by_us(connection) == 0
        assert errors(watch) == 0


@pytest.mark.majors(14, 18)
def test_what_users_wrote_elsewhere_does_not_matter(database: Database) -> None:
    connection = orders(database, 10)
    connection.execute(TRAP.encode())
    connection.execute(VIEW.encode())
    connection.execute("CREATE MATERIALIZED VIEW kept AS SELECT * FROM orders")
    connection.execute("CREATE DOMAIN d AS int CHECK (VALUE > 0)")
    connection.execute("CREATE TABLE whole (a int, b d CHECK (b > 1)) PARTITION BY LIST (a)")
    connection.execute("CREATE TABLE part PARTITION OF whole FOR VALUES IN (1)")
    connection.execute("CREATE INDEX ON whole (abs(a))")
    with planning(database) as (_, planner):
        for query in (SEARCH, "SELECT id FROM kept WHERE id = ?", "SELECT b FROM whole"):
            assert planner.plan(database.name, query) is not None
        assert planner.plan(database.name, FROM_VIEW) is None


def locked_by_us(connection: psycopg.Connection[tuple[object, ...]]) -> int:
    counted = connection.execute(
        "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) "
        "WHERE locktype = 'advisory' AND application_name = 'dbtriage'"
    )
    return int(str(counted.fetchall()[0][0]))


@pytest.mark.majors(14, 18)
def test_a_table_it_may_not_read_is_tried_once(database: Database) -> None:
    orders(database, 10)
    connection = database.connect()
    role = f"reader_{database.name}"
    connection.execute(f"CREATE ROLE {role} LOGIN".encode())
    try:
        dsn = database.dsn.replace("postgres@", f"{role}@")
        with planning(Database(database.name, dsn, database.server)) as (watch, planner):
            assert planner.plan(database.name, SEARCH) is None
            assert planner.plan(database.name, SEARCH) is None
            assert len(watch.keep(postgres_planner.Refusals).errors) == 1
    finally:
        connection.execute(f"DROP ROLE {role}".encode())


@pytest.mark.newest
def test_another_database_takes_one_connection(database: Database) -> None:
    orders(database, 10)
    with planning(database) as (watch, _):
        elsewhere = Watch(
            Target(name="live", dsn=database.server.dsn("postgres")), window_seconds=3600
        )
        try:
            elsewhere.collect(watch.collectors[:1])
            with planner_for(elsewhere) as planner:
                assert planner is not None
                for _ in range(3):
                    assert planner.plan(database.name, SEARCH) is not None
                assert connections(database) == 2
            assert connections(database) == 1
        finally:
            elsewhere.close()


def connections(database: Database) -> int:
    counted = database.connect().execute(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND application_name = 'dbtriage'"
    )
    return int(counted.fetchall()[0][0])


def test_hypothetical_indexes_are_seen_and_forgotten(hypopg_database: Database) -> None:
    orders(hypopg_database)
    wanted = [ProposedIndex("public", "orders", (c,)) for c in ("note", "customer_id")]
    with planning(hypopg_database) as (watch, planner):
        assert planner.hypothetical
        before = planner.plan(hypopg_database.name, SEARCH)
        after = planner.plan(hypopg_database.name, SEARCH, wanted)
        again = planner.plan(hypopg_database.name, SEARCH)
        assert before
        assert after
        assert again == before
        assert after.proposed == (1,)
        assert after.indexes == ()
        assert after.cost < before.cost / 5
        broken = [ProposedIndex("public", "orders", ("no such column",))]
        assert planner.plan(hypopg_database.name, SEARCH, [*wanted, *broken]) is None
        with watch.main().session() as session, _of_postgres(session).transaction() as run:
            assert run("SELECT * FROM public.hypopg_list_indexes") == []
        assert left_behind(watch) == ()
