"""The session beside production: read-only, bounded, few, and refused where that did not take."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg
import pytest

from agent.config_target import Target
from agent.demo.server import PostgresServer
from agent.targets.postgres import PostgresSession
from agent.targets.postgres_connect import PostgresAddress, connect
from agent.watch import Watch
from collectors.session import ConnectionLost, QueryTimeout, SessionError
from collectors.statement_texts import TEXTS
from collectors.variants import Variants
from tests.live import binaries
from tests.live.database import Database, fresh_database
from tests.live.proxy import Proxy
from tests.live.rules.background import until


@dataclass(frozen=True, slots=True)
class Value:
    value: str


@dataclass(frozen=True, slots=True)
class Queried:
    queryid: int
    userid: int
    dbid: int
    query: str


def asked(sql: str) -> Variants:
    return Variants({"postgres >= 13": sql})


@pytest.fixture
def session(database: Database) -> Iterator[PostgresSession]:
    opened = connect(PostgresAddress.of_dsn("live", database.dsn))
    yield opened
    opened.close()


def value(session: PostgresSession, sql: str) -> str:
    (found,) = session.rows(asked(sql), Value)
    return found.value


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO kept VALUES (1)",
        "CREATE TABLE more ()",
        "DROP TABLE kept",
        "SELECT nextval('s')::text AS value",
        "WITH gone AS (DELETE FROM kept RETURNING a) SELECT count(*)::text AS value FROM gone",
    ],
)
@pytest.mark.newest
def test_nothing_can_be_written(database: Database, session: PostgresSession, sql: str) -> None:
    database.connect().execute("CREATE TABLE kept (a int); CREATE SEQUENCE s")
    sql = sql.replace("kept", "public.kept").replace("'s'", "'public.s'")
    with pytest.raises(SessionError, match="read-only transaction"):
        session.rows(asked(sql), Value)


def test_settings_took(session: PostgresSession) -> None:
    settings = {
        "default_transaction_read_only": "on",
        "transaction_read_only": "on",
        "statement_timeout": "5s",
        "lock_timeout": "100ms",
        "idle_in_transaction_session_timeout": "10s",
        "application_name": "dbtriage",
        "max_parallel_workers_per_gather": "0",
        "jit": "off",
        "search_path": "pg_catalog",
    }
    for name, wanted in settings.items():
        assert value(session, f"SELECT current_setting('{name}') AS value") == wanted


@pytest.mark.majors(14, 18)
def test_an_operator_of_another_schema_is_not_chosen(database: Database) -> None:
    """Not even of the schema that an extension is in, where all could create until 14."""
    admin = database.connect()
    admin.execute(
        """
        CREATE FUNCTION public.trap(name, name) RETURNS text LANGUAGE plpgsql
            AS $$ BEGIN PERFORM pg_advisory_lock(1); RETURN 'trapped'; END $$;
        CREATE OPERATOR public.|| (LEFTARG = name, RIGHTARG = name, FUNCTION = public.trap)
        """
    )
    session = connect(PostgresAddress.of_dsn("live", database.dsn))
    sql = "SELECT nspname || nspname AS value FROM pg_namespace WHERE nspname = 'public'"
    assert value(session, sql) == "publicpublic"
    held = "SELECT count(*)::text AS value FROM pg_locks WHERE locktype = 'advisory'"
    assert value(session, held) == "0"
    session.close()


@pytest.mark.majors(14, 18)
def test_an_extension_is_found_in_its_schema(server: PostgresServer) -> None:
    with fresh_database(server) as database:
        database.connect().execute(
            """CREATE SCHEMA "Odd 100%"; CREATE EXTENSION pg_stat_statements SCHEMA "Odd 100%" """
        )
        session = connect(PostgresAddress.of_dsn("live", database.dsn))
        assert session.rows(TEXTS, Queried, queryids=[0]) == ()
        session.close()


@pytest.mark.newest
def test_a_role_or_database_cannot_loosen_them(server: PostgresServer, database: Database) -> None:
    admin = database.connect()
    for setting in ("default_transaction_read_only = off", "statement_timeout = 0"):
        admin.execute(f"ALTER DATABASE {database.name} SET {setting}".encode())
    session = connect(PostgresAddress.of_dsn("live", server.dsn(database.name)))
    assert value(session, "SELECT current_setting('statement_timeout') AS value") == "5s"
    session.close()


@pytest.mark.newest
def test_a_dsn_cannot_loosen_them(database: Database) -> None:
    dsn = f"{database.dsn}?options=-c%20statement_timeout%3D0&application_name=other"
    session = connect(PostgresAddress.of_dsn("live", dsn))
    assert value(session, "SELECT current_setting('statement_timeout') AS value") == "5s"
    assert value(session, "SELECT current_setting('application_name') AS value") == "dbtriage"
    session.close()


@pytest.mark.newest
def test_a_long_statement_is_ended_and_the_connection_lives(session: PostgresSession) -> None:
    began = time.monotonic()
    with pytest.raises(QueryTimeout, match="statement timeout"):
        value(session, "SELECT pg_sleep(60)::text AS value")
    assert 4.5 < time.monotonic() - began < 6
    assert value(session, "SELECT 'well' AS value") == "well"


@pytest.mark.newest
def test_a_lock_is_not_waited_for(database: Database, session: PostgresSession) -> None:
    owner = database.connect()
    owner.execute("CREATE TABLE held ()")
    owner.execute("BEGIN; LOCK TABLE held")
    began = time.monotonic()
    with pytest.raises(QueryTimeout, match="lock timeout"):
        value(session, "SELECT pg_table_size('public.held')::text AS value")
    assert time.monotonic() - began < 2


@pytest.mark.newest
def test_a_connection_that_is_ended_is_lost(database: Database, session: PostgresSession) -> None:
    pid = value(session, "SELECT pg_backend_pid()::text AS value")
    database.connect().execute("SELECT pg_terminate_backend(%s)", [int(pid)])
    with pytest.raises(ConnectionLost):
        value(session, "SELECT '' AS value")


@pytest.mark.newest
def test_columns_that_do_not_fit_are_an_error(session: PostgresSession) -> None:
    with pytest.raises(TypeError, match="columns and fields of Value differ: other"):
        session.rows(asked("SELECT '' AS value, 1 AS other"), Value)


@pytest.mark.newest
def test_a_pooler_that_drops_options_is_refused(server: PostgresServer) -> None:
    with Proxy(server.port, drops_options=True) as pooler, pytest.raises(SessionError) as error:
        connect(PostgresAddress.of_dsn("live", pooler.dsn()))
    said = str(error.value)
    assert "something between dbtriage and the server drops connection options" in said
    assert said.endswith("needs a direct connection to the server")


@pytest.mark.newest
def test_a_pooler_that_refuses_options_is_named(server: PostgresServer) -> None:
    with Proxy(server.port, refuses_options=True) as pooler, pytest.raises(SessionError) as error:
        connect(PostgresAddress.of_dsn("live", pooler.dsn()))
    assert "a pooler such as PgBouncer is in between" in str(error.value)


@pytest.mark.newest
def test_a_server_that_is_too_old_is_refused(server: PostgresServer) -> None:
    major, minor, _ = binaries.PINS[18].split(".")
    swaps = f"{major}{int(minor):04}".encode(), b"120022"
    with Proxy(server.port, swaps=swaps) as old, pytest.raises(SessionError) as error:
        connect(PostgresAddress.of_dsn("live", old.dsn()))
    assert str(error.value) == f"needs PostgreSQL 13 or later; found {major}.{minor}"


@pytest.mark.newest
def test_a_target_has_at_most_three_connections(server: PostgresServer) -> None:
    """While everything it may do at once is done at once, over twenty databases."""
    with fresh_database(server, "pg_stat_statements") as home:
        admin = home.connect()
        names = [f"{home.name}_{n}" for n in range(20)]
        for name in names:
            admin.execute(f"CREATE DATABASE {name} STRATEGY file_copy".encode())
        try:
            assert _most_connections(home, names) == 3
        finally:
            for name in names:
                admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _most_connections(home: Database, names: list[str]) -> int:
    watch = Watch(Target(name="t", dsn=home.dsn, databases=names), window_seconds=60)
    at_once: list[Callable[[], object]] = [
        lambda: watch.walk(watch.collectors),
        lambda: watch.walk(watch.collectors),
        lambda: watch.collect(watch.collectors),
        watch.sample,
    ]
    jobs = [threading.Thread(target=each) for each in at_once]
    admin, most = home.connect(), 0
    for job in jobs:
        job.start()
    while any(job.is_alive() for job in jobs):
        most = max(most, _ours(admin))
    watch.close()
    until(lambda: _ours(admin) == 0)
    assert {o.reason for o in watch.outcomes().rows if o.ended == "failed"} == set()
    return most


def _ours(admin: psycopg.Connection[tuple[object, ...]]) -> int:
    row = admin.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'dbtriage'"
    ).fetchone()
    return int(str(row[0])) if row else 0
