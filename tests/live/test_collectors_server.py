"""What the collectors of a whole server say, against what was really done to it."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any, get_args, get_type_hints

import psycopg
import pytest
from psycopg.rows import TupleRow

from agent.demo.server import PostgresServer
from agent.targets.postgres import PostgresSession
from agent.targets.postgres_connect import PostgresAddress, connect
from collectors.base import Collector
from collectors.postgres.archiver import archiver
from collectors.postgres.checkpoints import checkpoints
from collectors.postgres.connections import connections
from collectors.postgres.io import io
from collectors.postgres.lock_waits import lock_waits
from collectors.postgres.prepared_transactions import prepared_transactions
from collectors.postgres.replication import replication
from collectors.postgres.server import server as server_status
from collectors.postgres.session_samples import session_samples
from collectors.postgres.settings import settings
from collectors.postgres.slots import slots
from collectors.postgres.statement_statistics import statement_statistics
from collectors.postgres.statements import statements
from collectors.postgres.transactions import transactions
from collectors.postgres.vacuum_progress import vacuum_progress
from collectors.postgres.wal import wal
from collectors.snapshot import Snapshot
from collectors.snapshots.locks import LockWait, trees
from collectors.snapshots.replication import Replica
from collectors.snapshots.settings import Setting
from collectors.snapshots.statements import Statement
from collectors.sql_text import digest
from tests.live import binaries
from tests.live.database import Database, fresh_database
from tests.live.own_servers import OwnServers

Connection = psycopg.Connection[TupleRow]
Attach = Callable[[str], PostgresSession]

EVERYWHERE = (
    archiver, checkpoints, connections, lock_waits, prepared_transactions, replication,
    server_status, session_samples, settings, slots, statement_statistics, statements,
    transactions, vacuum_progress, wal,
)  # fmt: skip
ROW = "CREATE TABLE t (id int PRIMARY KEY, a int); INSERT INTO t VALUES (1, 0)"


@pytest.fixture
def attach() -> Iterator[Callable[[str], PostgresSession]]:
    """Our session on a server of the test's own."""
    with ExitStack() as ending:
        yield lambda dsn: ending.enter_context(
            closing(connect(PostgresAddress.of_dsn("live", dsn)))
        )


@pytest.fixture
def db(database: Database) -> Iterator[PostgresSession]:
    session = connect(PostgresAddress.of_dsn("live", database.dsn))
    yield session
    session.close()


def ask(collector: Collector[Any, Any], db: PostgresSession) -> Snapshot[Any]:
    """Its answer, once each value is known to be of the type that its field declares."""
    assert collector.unmet(db.server) == []
    answer = collector(db)
    hints = get_type_hints(collector.row)
    kinds = {name: get_args(hint) or (hint,) for name, hint in hints.items()}
    odd = {
        (name, type(getattr(row, name)))
        for row in answer.rows
        for name in (field.name for field in dataclasses.fields(row))
        if type(getattr(row, name)) not in kinds[name]
    }
    assert odd == set()
    return answer


def eventually(
    collector: Collector[Any, Any], db: PostgresSession, seen: Callable[[Snapshot[Any]], object]
) -> Snapshot[Any]:
    """Ask again until it is seen, five seconds at most."""
    give_up = time.monotonic() + 5
    while not seen(answer := ask(collector, db)):
        assert time.monotonic() < give_up, answer.rows
    return answer


def begin(connection: Connection, statement: str) -> int:
    """Send a statement without waiting for its end; gives the process id that runs it."""
    connection.pgconn.send_query(statement.encode())
    return connection.info.backend_pid


def edges(answer: Snapshot[LockWait]) -> set[tuple[int, int]]:
    return {(wait.waiter, wait.blocker) for wait in answer.rows}


def of(answer: Snapshot[Statement], database: str, part: str) -> list[Statement]:
    return [s for s in answer.rows if s.database == database and part in s.query]


@pytest.mark.parametrize("collector", EVERYWHERE, ids=lambda c: str(c.id))
def test_answers_with_the_declared_types(
    collector: Collector[Any, Any], db: PostgresSession
) -> None:
    assert ask(collector, db).gaps == ()


# Statements


def test_statements_are_counted_exactly(db: PostgresSession, database: Database) -> None:
    app = database.connect()
    app.execute("SET work_mem = '64kB'")
    app.execute("CREATE TABLE t (a int)")
    app.execute("INSERT INTO t SELECT generate_series(1, 100)")
    for offset in (0, 1, 2):
        app.execute(f"SELECT g FROM generate_series(1, 20000) g ORDER BY g DESC OFFSET {offset}")
    answer = ask(statements, db)
    (insert,) = of(answer, database.name, "INSERT INTO t")
    (sort,) = of(answer, database.name, "ORDER BY g DESC")
    assert (insert.calls, insert.rows, insert.user) == (1, 100, "postgres")
    assert insert.wal_records is not None
    assert insert.wal_records >= 100
    assert (sort.calls, sort.rows, sort.plans) == (3, 20000 + 19999 + 19998, None)
    assert sort.temp_written_bytes is not None
    assert sort.temp_written_bytes > 0
    assert sort.temp_written_bytes % 8192 == 0
    assert sort.exec_seconds_squared is not None
    assert 0 < sort.exec_seconds**2 / 3 <= sort.exec_seconds_squared * 1.001
    assert sort.block_read_seconds is None, "track_io_timing is off"
    assert sort.digest == digest(
        "SELECT g FROM generate_series($1, $2) g ORDER BY g DESC OFFSET $3"
    )


def test_a_reset_shows_as_a_later_start(db: PostgresSession, database: Database) -> None:
    app = database.connect()
    app.execute("SELECT 1 AS before_reset, now()")
    before = ask(statements, db)
    app.execute("SELECT pg_stat_statements_reset()")
    after = ask(statements, db)
    assert before.counting_since is not None
    assert after.counting_since is not None
    assert before.counting_since < after.counting_since
    assert of(before, database.name, "before_reset")
    assert not of(after, database.name, "before_reset")
    (statistics,) = ask(statement_statistics, db).rows
    assert statistics.counting_since == after.counting_since
    assert 0 < statistics.entries < statistics.capacity == 5000


def test_texts_are_read_once(db: PostgresSession, database: Database) -> None:
    app = database.connect()

    def reads() -> int:
        count = "SELECT sum(calls)::int FROM pg_stat_statements WHERE query ~ 'left[(]query, '"
        return int(app.execute(count).fetchone()[0])  # type: ignore[index]

    for _ in range(4):  # until our own statements are known too
        ask(statements, db)
        reads()
    before = reads()
    for _ in range(3):
        ask(statements, db)
    assert reads() == before
    app.execute("SELECT 1 AS never_seen_before, now(), now()")
    assert of(ask(statements, db), database.name, "never_seen_before")
    assert reads() == before + 1


def test_our_own_statements_are_known(db: PostgresSession, database: Database) -> None:
    database.connect().execute("SELECT count(*) AS theirs FROM pg_stat_statements")
    ask(statements, db)
    answer = ask(statements, db)
    assert [s.own for s in of(answer, database.name, "pg_stat_statements(?) s")] == [True]
    assert [s.own for s in of(answer, database.name, "AS theirs")] == [False]


def test_a_text_in_no_encoding_costs_no_counter(db: PostgresSession, database: Database) -> None:
    app = database.connect()
    odd = f"{database.name}_odd"
    app.execute("SELECT pg_stat_statements_reset()")
    app.execute("SELECT 1 AS known_before")
    ask(statements, db)
    app.execute(f"CREATE DATABASE {odd} ENCODING 'SQL_ASCII' TEMPLATE template0 LOCALE 'C'")
    try:
        with psycopg.connect(
            database.server.dsn(odd), client_encoding="SQL_ASCII", autocommit=True
        ) as other:
            other.execute(b"SELECT now() AS odd /* caf\xe9 */")
            other.execute(b"BEGIN")
            other.execute(b"SELECT 1 AS odd, txid_current() /* caf\xe9 */")
            answer = ask(statements, db)
            samples = ask(session_samples, db)
        assert sum(s.calls for s in answer.rows if s.database == odd) == 3
        assert of(answer, database.name, "known_before")
        assert [s.query for s in answer.rows if s.database == odd] == ["", "", ""]
        (gap,) = answer.gaps
        assert 'invalid byte sequence for encoding "UTF8": 0xe9' in gap
        assert [s.state for s in samples.rows if s.database == odd] == ["idle in transaction"]
    finally:
        app.execute("SELECT pg_stat_statements_reset()")
        app.execute(f"DROP DATABASE {odd} WITH (FORCE)")


# Sessions


def test_samples_show_work_waits_and_open_transactions(
    db: PostgresSession, database: Database
) -> None:
    app, idle, asleep, busy = (database.connect() for _ in range(4))
    app.execute("SELECT pg_sleep(0)")
    (known,) = of(ask(statements, db), database.name, "pg_sleep")
    idle.execute("BEGIN")
    idle.execute("SELECT 'secret', txid_current()")
    begin(asleep, "SELECT pg_sleep(60)")
    begin(busy, "SELECT sum(a * b) FROM generate_series(1, 9999) a, generate_series(1, 99999) b")
    answer = eventually(
        session_samples,
        db,
        lambda seen: (
            {(s.wait_type, s.wait_event) for s in seen.rows if s.database == database.name}
            == {("Client", "ClientRead"), ("Timeout", "PgSleep"), ("CPU", "")}
        ),
    )
    of_pid = {s.pid: s for s in answer.rows}
    held, slept, worked = (of_pid[c.info.backend_pid] for c in (idle, asleep, busy))
    assert (held.state, held.wait_event) == ("idle in transaction", "ClientRead")
    assert (held.query, held.holds_horizon) == ("SELECT ?, txid_current()", True)
    assert held.statement_seconds is None
    assert (slept.wait_event, slept.digest) == ("PgSleep", known.digest)
    assert (worked.state, worked.wait_event) == ("active", "")
    assert 0 <= worked.statement_seconds < 5
    assert app.info.backend_pid not in of_pid, "idle"
    busy.cancel()


def test_connections_are_counted_by_state(db: PostgresSession, database: Database) -> None:
    idle, open_, _ = (database.connect() for _ in range(3))
    open_.execute("BEGIN")
    mine = [c for c in ask(connections, db).rows if c.database == database.name]
    assert {c.state: c.connections for c in mine} == {"idle": 2, "idle in transaction": 1}
    assert {c.user for c in mine} == {"postgres"}
    (status,) = ask(server_status, db).rows
    assert status.client_connections >= 4
    assert (status.is_replica, status.max_connections) == (False, 60)
    assert status.reserved_connections == 3
    before = status.transactions
    idle.execute("SELECT txid_current()")
    (status,) = ask(server_status, db).rows
    assert status.transactions > before


# Locks


def test_a_chain_of_row_locks_is_a_tree(db: PostgresSession, database: Database) -> None:
    first, second, third = (database.connect() for _ in range(3))
    first.execute(ROW)
    first.execute("BEGIN")
    first.execute("UPDATE t SET a = 42")
    root = first.info.backend_pid
    middle = begin(second, "UPDATE t SET a = 2 WHERE id = 1")
    eventually(lock_waits, db, lambda seen: (middle, root) in edges(seen))
    last = begin(third, "UPDATE t SET a = 3 WHERE id = 1")
    answer = eventually(lock_waits, db, lambda seen: (last, middle) in edges(seen))
    (tree,) = trees(answer.rows)
    assert (tree.root, tree.depth, tree.blocked_sessions) == (root, 2, 2)
    assert {wait.object for wait in tree.edges} == {"public.t"}
    assert {wait.database for wait in tree.edges} == {database.name}
    assert tree.first.blocker_state == "idle in transaction"
    assert tree.first.blocker_idle
    assert tree.first.blocker_query == "UPDATE t SET a = ?"
    assert tree.first.waiter_query == "UPDATE t SET a = ? WHERE id = ?"
    assert 0 <= tree.first.waited_seconds < 5
    assert tree.first.blocker_transaction_seconds is not None
    assert tree.first.blocker_transaction_seconds >= tree.first.waited_seconds
    first.execute("ROLLBACK")
    assert eventually(lock_waits, db, lambda seen: not seen.rows).gaps == ()


def test_a_queued_ddl_is_what_readers_wait_for(db: PostgresSession, database: Database) -> None:
    reader, ddl, late = (database.connect() for _ in range(3))
    reader.execute(ROW)
    reader.execute("BEGIN")
    reader.execute("SELECT a FROM t")
    alter = begin(ddl, "ALTER TABLE t ADD b int")
    eventually(lock_waits, db, lambda seen: seen.rows)
    select = begin(late, "SELECT a FROM t WHERE id = 1")
    answer = eventually(lock_waits, db, lambda seen: len(seen.rows) == 2)
    assert edges(answer) == {(alter, reader.info.backend_pid), (select, alter)}
    assert {w.waiter: w.kind for w in answer.rows} == {
        alter: "AccessExclusiveLock",
        select: "AccessShareLock",
    }
    assert {w.object for w in answer.rows} == {"public.t"}


def test_a_relation_of_another_database_is_named_by_its_oid(
    db: PostgresSession, database: Database
) -> None:
    with fresh_database(database.server) as elsewhere:
        holder, waiter = elsewhere.connect(), elsewhere.connect()
        holder.execute(ROW)
        holder.execute("BEGIN; LOCK TABLE t")
        begin(waiter, "SELECT a FROM t")
        (wait,) = eventually(lock_waits, db, lambda seen: seen.rows).rows
        oid = holder.execute("SELECT 't'::regclass::oid").fetchone()
        assert oid is not None
        assert wait.object == f"relation {oid[0]} in {elsewhere.name}"
        assert (wait.database, wait.kind) == (elsewhere.name, "AccessShareLock")


def test_a_parallel_worker_that_waits_is_its_leader(
    db: PostgresSession, database: Database
) -> None:
    holder, leader = database.connect(), database.connect()
    holder.execute("CREATE TABLE big AS SELECT generate_series(1, 100000) AS a; ANALYZE big")
    holder.execute(
        "CREATE FUNCTION waits(a int) RETURNS int LANGUAGE plpgsql PARALLEL SAFE AS "
        "$$BEGIN PERFORM pg_advisory_xact_lock_shared(77) WHERE a = 1; RETURN a; END$$"
    )
    holder.execute("BEGIN; SELECT pg_advisory_xact_lock(77)")
    leader.execute(
        "SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;"
        "SET min_parallel_table_scan_size = 0; SET parallel_leader_participation = off"
    )
    waiter = begin(leader, "SELECT sum(waits(a)) FROM big")
    (wait,) = eventually(lock_waits, db, lambda seen: seen.rows).rows
    assert (wait.waiter, wait.blocker) == (waiter, holder.info.backend_pid)
    assert (wait.object, wait.kind) == ("advisory", "ShareLock")


# Transactions, vacuum, counters of the server


def test_an_open_transaction_holds_the_horizon(db: PostgresSession, database: Database) -> None:
    holder, other = database.connect(), database.connect()
    holder.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    holder.execute("SELECT 42 FROM pg_class LIMIT 1")
    for _ in range(5):
        other.execute("SELECT txid_current()")
    found = {row.id: row for row in ask(transactions, db).rows}
    row = found[str(holder.info.backend_pid)]
    assert (row.kind, row.name, row.database) == ("session", "postgres", database.name)
    assert row.detail == "idle in transaction, Client:ClientRead"
    assert row.query == "SELECT ? FROM pg_class LIMIT ?"
    assert row.transaction_age >= 5
    assert row.held_seconds >= row.state_seconds >= 0


def test_a_vacuum_is_followed(db: PostgresSession, database: Database) -> None:
    app = database.connect()
    app.execute("CREATE TABLE t AS SELECT g, repeat('x', 500) FROM generate_series(1, 3000) g")
    app.execute("SET vacuum_cost_delay = 100; SET vacuum_cost_limit = 1")
    begin(app, "VACUUM t")
    answer = eventually(vacuum_progress, db, lambda seen: any(r.heap_bytes for r in seen.rows))
    (row,) = answer.rows
    assert (row.database, row.table) == (database.name, "public.t")
    assert (row.automatic, row.wraparound) == (False, False)
    assert 3000 * 500 < row.heap_bytes < 3000 * 800
    assert row.scanned_bytes < row.heap_bytes
    assert str(app.info.backend_pid) not in {h.id for h in ask(transactions, db).rows}
    app.cancel()


def test_what_the_server_does_is_counted(db: PostgresSession, database: Database) -> None:
    app, writer = database.connect(), database.connect()
    (written,), made = ask(checkpoints, db).rows, ask(wal, db)
    writer.execute("CREATE TABLE t AS SELECT generate_series(1, 20000)")
    writer.close()  # which reports what it has counted
    app.execute("CHECKPOINT")
    eventually(checkpoints, db, lambda seen: seen.rows[0].requested > written.requested)
    later = eventually(wal, db, lambda seen: seen.rows[0].records >= made.rows[0].records + 20_000)
    assert later.rows[0].bytes > made.rows[0].bytes + 500_000
    assert later.counting_since == made.counting_since
    app.execute("SELECT pg_stat_reset_shared('wal')")
    reset = eventually(wal, db, lambda seen: seen.counting_since != made.counting_since)
    assert reset.rows[0].records < later.rows[0].records


@pytest.mark.majors(16, 17, 18)
def test_io_is_counted(db: PostgresSession, database: Database) -> None:
    database.connect().execute("CREATE TABLE t AS SELECT generate_series(1, 20000)")
    answer = eventually(
        io,
        db,
        lambda seen: any(
            r.backend_type == "client backend" and r.object == "relation" and r.extends
            for r in seen.rows
        ),
    )
    assert answer.counting_since is not None
    assert {r.read_seconds for r in answer.rows} == {None}, "track_io_timing is off"


@pytest.mark.majors(14, 15)
def test_io_is_not_counted_before_16(db: PostgresSession) -> None:
    assert io.unmet(db.server) == [f"needs postgres >= 16; found postgres {db.server.version}"]


def test_settings_are_in_bytes_and_seconds(db: PostgresSession) -> None:
    found = {s.setting: s for s in ask(settings, db).rows}
    assert {
        name: found[name].number
        for name in (
            "shared_buffers", "wal_segment_size", "max_wal_size", "checkpoint_timeout",
            "autovacuum_naptime", "deadlock_timeout", "autovacuum", "fsync", "random_page_cost",
            "log_temp_files", "server_version_num", "wal_level",
        )
    } == {
        "shared_buffers": 64 * 2**20, "wal_segment_size": 16 * 2**20, "max_wal_size": 2**30,
        "checkpoint_timeout": 300, "autovacuum_naptime": 60, "deadlock_timeout": 1,
        "autovacuum": 1, "fsync": 0, "random_page_cost": 4, "log_temp_files": -1,
        "server_version_num": float(found["server_version_num"].value), "wal_level": None,
    }  # fmt: skip
    assert found["fsync"].source == "configuration file"
    # Those of our own session are not the server's.
    for name in ("statement_timeout", "default_transaction_read_only", "jit"):
        assert name not in found or found[name].value == found[name].boot_value


# Servers of their own


@pytest.mark.parametrize("major", binaries.MAJORS, ids=lambda major: f"pg{major}")
def test_commands_are_hidden_and_a_failing_archiver_shows(
    major: int, own_server: OwnServers, attach: Attach
) -> None:
    command = "false secret"
    server = own_server(major, settings={"archive_mode": "on", "archive_command": command})
    with psycopg.connect(server.dsn(), autocommit=True) as app:
        app.execute("CREATE TABLE t (a int)")
        app.execute("SELECT pg_switch_wal()")
    db = attach(server.dsn())
    (row,) = eventually(archiver, db, lambda seen: seen.rows[0].failed).rows
    assert (row.enabled, row.archived, row.last_archived_at) == (True, 0, None)
    assert abs(row.last_failed_at - db.now()) < 60
    answer: Snapshot[Setting] = ask(settings, db)
    found = {s.setting: s for s in answer.rows}
    assert found["archive_command"].value == "(hidden)"
    assert found["restore_command"].value == ""
    assert found["password_encryption"].value == "scram-sha-256"
    assert "secret" not in repr(answer.rows)


@pytest.mark.parametrize("major", binaries.MAJORS, ids=lambda major: f"pg{major}")
def test_a_prepared_transaction_blocks_as_pid_0(
    major: int, own_server: OwnServers, attach: Attach
) -> None:
    server = own_server(major, settings={"max_prepared_transactions": "3"})
    db = attach(server.dsn())
    with (
        closing(psycopg.connect(server.dsn(), autocommit=True)) as app,
        closing(psycopg.connect(server.dsn(), autocommit=True)) as other,
    ):
        app.execute(ROW)
        for gid, statement in (("order-17", "UPDATE t SET a = 1"), ("other", "SELECT 1")):
            app.execute("BEGIN")
            app.execute(statement)
            app.execute(f"PREPARE TRANSACTION '{gid}'")
        waiter = begin(other, "UPDATE t SET a = 2 WHERE id = 1")
        (wait,) = eventually(lock_waits, db, lambda seen: seen.rows).rows
        assert (wait.waiter, wait.blocker, wait.object) == (waiter, 0, "public.t")
        assert (wait.blocker_state, wait.blocker_application) == ("prepared", "order-17")
        assert wait.blocker_user == "postgres"
        assert wait.blocker_transaction_seconds >= wait.waited_seconds >= 0
        prepared = ask(prepared_transactions, db).rows
        assert {row.gid for row in prepared} == {"order-17", "other"}
        assert [row.prepared_transactions for row in ask(server_status, db).rows] == [2]
        held = [r for r in ask(transactions, db).rows if r.kind == "prepared-transaction"]
        assert {(r.id, r.name, r.database) for r in held} == {
            ("order-17", "postgres", "postgres"),
            ("other", "postgres", "postgres"),
        }
        app.execute("ROLLBACK PREPARED 'order-17'")


@pytest.mark.parametrize("major", binaries.MAJORS, ids=lambda major: f"pg{major}")
def test_a_replica_is_seen_from_both_ends(
    major: int, own_server: OwnServers, attach: Attach
) -> None:
    primary, replica = pair(major, own_server)
    db, standby = attach(primary.dsn()), attach(replica.dsn())
    (row,) = eventually(
        replication, db, lambda seen: seen.rows and seen.rows[0].replay_lag_seconds == 0
    ).rows
    assert row == Replica("east", "physical", "streaming", "async", 0, 0, 0, 0)
    (row,) = eventually(replication, standby, lambda seen: seen.rows[0].state == "streaming").rows
    assert row == Replica("127.0.0.1", "receiver", "streaming", "", 0, 0, 0, 0)
    holder = ("slot", "east", "physical, active")
    eventually(
        transactions, db, lambda seen: holder in {(r.kind, r.name, r.detail) for r in seen.rows}
    )
    for collector in EVERYWHERE:
        ask(collector, standby)
    (status,) = ask(server_status, standby).rows
    assert (status.is_replica, status.transactions) == (True, None)
    primary.stop()
    gone = ("127.0.0.1", "disconnected", None)
    eventually(
        replication,
        standby,
        lambda seen: {(r.replica, r.state, r.replay_lag_seconds) for r in seen.rows} == {gone},
    )


def pair(major: int, own_server: OwnServers) -> tuple[PostgresServer, PostgresServer]:
    """A primary, and a replica that streams through a slot and reports its oldest snapshot."""
    primary = own_server(major)
    with psycopg.connect(primary.dsn(), autocommit=True) as app:
        app.execute("CREATE EXTENSION pg_stat_statements")
        app.execute("SELECT pg_create_physical_replication_slot('east')")
    prompt = {"wal_receiver_status_interval": "1s", "wal_retrieve_retry_interval": "100ms"}
    streams = {"primary_slot_name": "east", "hot_standby_feedback": "on", **prompt}
    return primary, own_server.replica(primary, settings=streams)


@pytest.mark.parametrize("major", binaries.MAJORS, ids=lambda major: f"pg{major}")
def test_a_slot_without_consumer_keeps_log_and_horizon(
    major: int, own_server: OwnServers, attach: Attach
) -> None:
    server = own_server(major, settings={"wal_level": "logical", "max_slot_wal_keep_size": "1GB"})
    with psycopg.connect(server.dsn(), autocommit=True) as app:
        app.execute("SELECT pg_create_logical_replication_slot('cdc', 'pgoutput')")
        app.execute("CREATE TABLE t AS SELECT generate_series(1, 20000)")
    db = attach(server.dsn())
    (cdc,) = ask(slots, db).rows
    assert (cdc.slot, cdc.kind, cdc.database, cdc.active) == ("cdc", "logical", "postgres", False)
    assert (cdc.wal_status, cdc.transaction_age) == ("reserved", None)
    assert cdc.retained_bytes > 1_000_000
    assert 2**29 < cdc.safe_bytes <= 2**30 + 2**24
    assert cdc.catalog_age >= 1
    assert (cdc.inactive_since is not None) == (major >= 17)
    (holder,) = ask(transactions, db).rows
    assert (holder.kind, holder.name, holder.id) == ("slot", "cdc", "cdc")
    assert holder.detail == "logical, inactive, catalog rows only"
    assert holder.transaction_age == cdc.catalog_age
