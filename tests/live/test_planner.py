from __future__ import annotations

import contextlib
from collections.abc import Iterator

import psycopg
import pytest

from agent.config import Target
from agent.planning import planner_for
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
    with watch.main().session() as session, session.transaction() as run:
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
    with planning(database) as (watch, planner):
        assert planner.plan(database.name, "SELECT * FROM nowhere WHERE a = ?") is None
        assert planner.plan(database.name, "SELECT * FROM nowhere WHERE a = ?") is None
        with planner_for(watch) as next_time:
            assert next_time is not None
            assert next_time.plan(database.name, "SELECT * FROM nowhere WHERE a = ?") is None
        assert errors(watch) == 1
        for unplannable in ("VACUUM", "SELECT a FROM nowhere; SELECT b", "SELECT a ? ?", ""):
            assert planner.plan(database.name, unplannable) is None
        assert errors(watch) == 1
        for number in range(40):
            assert planner.plan(database.name, f"SELECT * FROM nowhere_{number}") is None
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


@pytest.mark.majors(14, 16, 18)
def test_functions_of_users_are_not_run(database: Database) -> None:
    connection = orders(database, 10)
    connection.execute(
        "CREATE FUNCTION trap() RETURNS int IMMUTABLE LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE 'it ran'; END $$"
    )
    with planning(database) as (watch, planner):
        assert planner.plan(database.name, "SELECT * FROM orders WHERE id = trap()") is None
        assert not watch.keep(postgres_planner.Refusals).errors


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
        with watch.main().session() as session, session.transaction() as run:
            assert run("SELECT * FROM hypopg_list_indexes") == []
        assert left_behind(watch) == ()
