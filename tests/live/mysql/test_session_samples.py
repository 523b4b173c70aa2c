"""What sessions do and wait for, seen by the collector while they do it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from agent.targets.mysql import MysqlSession
from agent.targets.mysql_connect import connect
from collectors.mysql.lock_waits import lock_waits
from collectors.mysql.session_samples import RowQueue, session_samples
from collectors.snapshots.sessions import SessionSample
from collectors.sql_text import digest
from tests.live import mysql_binaries
from tests.live.mysql.opened import address, opened, tell
from tests.live.mysql.standoff import PROGRAM, Standoff, pid_of, standoff, until
from tests.live.mysql_server import MysqlServer
from tests.live.own_mysql_servers import OwnMysqlServers

EACH = pytest.mark.parametrize("engine", mysql_binaries.ENGINES)


@pytest.fixture
def scene(mysql_server: MysqlServer) -> Iterator[Standoff]:
    with standoff(mysql_server) as made:
        yield made


def mine(db: MysqlSession, scene: Standoff) -> dict[int, SessionSample]:
    return {s.pid: s for s in session_samples(db).rows if s.database == scene.database}


def sampled(scene: Standoff, pid: int, **wanted: str) -> SessionSample:
    """That session, once it is seen so."""
    seen: list[SessionSample] = []

    def so(db: MysqlSession) -> bool:
        if sample := mine(db, scene).get(pid):
            seen.append(sample)
            return all(getattr(sample, name) == value for name, value in wanted.items())
        return False

    with opened(scene.server) as db:
        until(lambda: so(db))
    return seen[-1]


def test_a_session_that_runs(scene: Standoff) -> None:
    statement = "SELECT BENCHMARK(1000000000000, SHA2('hunter2', 512)) FROM t"
    sample = sampled(scene, scene.runs(statement), state="active", wait_type="CPU")
    assert (sample.wait_event, sample.backend_type) == ("", "client backend")
    assert (sample.user, sample.application) == ("root", PROGRAM)
    assert sample.statement_seconds is not None
    assert 0 <= sample.statement_seconds < 20
    assert sample.query == "SELECT BENCHMARK(?, SHA2(?)) FROM t"
    assert sample.digest == digest(statement, "mysql")
    assert "hunter2" not in str(sample)


def test_a_session_that_sleeps_on_purpose(scene: Standoff) -> None:
    sample = sampled(scene, scene.runs("SELECT SLEEP(600)"), wait_type="Timeout")
    assert sample.wait_event == "user sleep"


def test_idle_in_a_transaction(scene: Standoff) -> None:
    pid = scene.idle("UPDATE t SET v = 4217 WHERE id = 1")
    sample = sampled(scene, pid, state="idle in transaction")
    assert (sample.wait_type, sample.wait_event) == ("Client", "ClientRead")
    assert sample.statement_seconds is None
    assert sample.transaction_seconds is not None
    assert 0 <= sample.transaction_seconds < 30
    assert sample.state_seconds is not None
    assert sample.holds_horizon
    assert "4217" not in sample.query


def test_read_committed_holds_no_snapshot_while_idle(scene: Standoff) -> None:
    level = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"
    pid = scene.idle(level, "SELECT * FROM t")
    assert not sampled(scene, pid, state="idle in transaction").holds_horizon


@pytest.mark.parametrize(
    ("held", "asked", "event"),
    [
        ("UPDATE t SET v = 1 WHERE id = 1", "UPDATE t SET v = 2 WHERE id = 1", "row"),
        ("SELECT * FROM t", "ALTER TABLE t ADD COLUMN w int", "metadata"),
        ("SELECT GET_LOCK('hunter2', 1)", "SELECT GET_LOCK('hunter2', 99)", "user level lock"),
    ],
)
def test_waits_for_locks(scene: Standoff, held: str, asked: str, event: str) -> None:
    scene.idle(held)
    sample = sampled(scene, scene.blocked(asked), wait_type="Lock")
    assert sample.wait_event == event
    assert "hunter2" not in str(sample)


def test_idle_clients_are_not_shown(scene: Standoff) -> None:
    idle = pid_of(scene.open("SELECT * FROM t"))
    working = scene.runs("SELECT SLEEP(600)")
    with opened(scene.server) as db:
        until(lambda: working in mine(db, scene))
        assert idle not in mine(db, scene)


def test_text_that_is_not_utf_8(scene: Standoff) -> None:
    raw = b"SELECT SLEEP(600), '\xff\xfehunter2\xe9' FROM t"
    sample = sampled(scene, scene.runs(raw), state="active", wait_type="Timeout")
    assert "hunter2" not in str(sample)
    assert sample.query.lower().startswith("select sleep(?")


@pytest.mark.engines("mysql97")
def test_says_that_transactions_are_not_shown(scene: Standoff) -> None:
    # What innodb_trx can't show is the text of a transaction.
    statement = b"SELECT SLEEP(600), '\xff\xfehunter2\xe9' FROM t FOR UPDATE"
    pid = scene.runs(statement, "UPDATE t SET v = 1 WHERE id = 1")
    with opened(scene.server) as db:
        until(lambda: pid in mine(db, scene) and bool(session_samples(db).gaps))
        (gap,) = session_samples(db).gaps
        assert lock_waits(db).gaps == (gap,)
    assert gap.startswith("the server can't show its transactions now; ")
    assert "hunter2" not in gap


def test_transactions_of_a_crowd_are_not_read_each_second(scene: Standoff) -> None:
    idle = scene.idle("UPDATE t SET v = 1 WHERE id = 1")
    waiter = scene.blocked("UPDATE t SET v = 2 WHERE id = 1")
    with opened(scene.server) as db:
        db.keep(RowQueue).crowd = 0
        before = mine(db, scene)
        after = session_samples(db)
    assert (before[idle].state, before[waiter].wait_event) == ("idle in transaction", "row")
    (gap,) = after.gaps
    assert gap.startswith("1 sessions wait for rows: ")
    found = {sample.pid: sample for sample in after.rows}
    assert idle not in found
    assert (found[waiter].wait_type, found[waiter].wait_event) == ("Lock", "row")
    assert found[waiter].query == "UPDATE t SET v = ? WHERE id = ?"


def test_a_procedure_is_shown_at_its_statement(scene: Standoff) -> None:
    scene.do("CREATE PROCEDURE work(n int) SELECT SLEEP(n) FROM t")
    sample = sampled(scene, scene.runs("CALL work(600)"), wait_type="Timeout")
    assert sample.query.lower().startswith("select sleep(")


@EACH
@pytest.mark.parametrize("performance_schema", ["ON", "OFF"])
def test_never_shows_itself(
    own_mysql_server: OwnMysqlServers, engine: str, performance_schema: str
) -> None:
    """Neither a second connection of its own, at work or idle in a transaction."""
    server = own_mysql_server(engine, settings={"performance_schema": performance_schema})
    target = address(server)
    kept: dict[type, Any] = {}
    one, other = connect(target, kept), connect(target, kept)
    with standoff(server) as scene:
        pid = scene.runs("SELECT SLEEP(600)", "SELECT 4217 FROM t")
        cursor = other._connection.cursor()  # noqa: SLF001
        cursor.execute("START TRANSACTION")
        cursor.execute(f"SELECT * FROM {scene.database}.t")
        until(lambda: scene.shown("x.trx_id IS NOT NULL AND p.db = 'information_schema'") == 1)
        until(lambda: pid in mine(one, scene))
        assert {s.pid for s in session_samples(one).rows} == {pid}
        other.close()
    one.close()


@EACH
def test_times_of_a_server_far_away(
    own_mysql_server: OwnMysqlServers, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """InnoDB tells when a transaction began in the time zone of the machine."""
    monkeypatch.setenv("TZ", "XXX-5:30")
    with standoff(own_mysql_server(engine)) as scene:
        pid = scene.idle("UPDATE t SET v = 1 WHERE id = 1")
        seconds = sampled(scene, pid, state="idle in transaction").transaction_seconds
    assert seconds is not None
    assert 0 <= seconds < 30


def test_waits_that_performance_schema_follows(own_mysql_server: OwnMysqlServers) -> None:
    settings = {
        "performance_schema_consumer_events_waits_current": "ON",
        "performance_schema_instrument": "'wait/%=ON'",
        "innodb_flush_log_at_trx_commit": "1",
    }
    with standoff(own_mysql_server(settings=settings)) as scene:
        scene.do("CREATE PROCEDURE writes() LOOP INSERT INTO t (v) VALUES (1); COMMIT; END LOOP")
        scene.do("ALTER TABLE t MODIFY id int AUTO_INCREMENT")
        pid = scene.runs("CALL writes()")
        assert sampled(scene, pid, wait_type="IO").wait_event.startswith("file/")


@EACH
def test_appliers_of_a_replica(own_mysql_server: OwnMysqlServers, engine: str) -> None:
    primary = own_mysql_server(engine)
    replica = own_mysql_server.replica(primary)
    with opened(replica) as db, standoff(primary) as scene:
        until(lambda: _exists(replica, scene))
        until(lambda: session_samples(db).rows == ())
        holder = replica.connect(database=scene.database, autocommit=False)
        holder.query("UPDATE t SET v = 3 WHERE id = 1")
        scene.do("UPDATE t SET v = 4217 WHERE id = 1")
        until(lambda: any(_applies(s) for s in session_samples(db).rows))
        assert "4217" not in str(session_samples(db).rows)
        holder.close()


def _applies(sample: SessionSample) -> bool:
    waits = (sample.wait_type, sample.wait_event) == ("Lock", "row")
    return sample.backend_type == "replication" and waits and sample.statement_seconds is None


def _exists(replica: MysqlServer, scene: Standoff) -> bool:
    with replica.session() as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM information_schema.tables "
            f"WHERE table_schema = '{scene.database}' AND table_name = 't'"
        )
        return bool(cursor.fetchone())


def test_needs_to_see_other_sessions(mysql_server: MysqlServer) -> None:
    tell(mysql_server, "CREATE USER IF NOT EXISTS blind_to_sessions")
    try:
        with opened(mysql_server, "blind_to_sessions") as db:
            why, *_ = session_samples.unmet(db.server)
        tell(mysql_server, "GRANT PROCESS ON *.* TO blind_to_sessions")
        with opened(mysql_server, "blind_to_sessions") as db:
            still = session_samples.unmet(db.server)
            if not still:
                assert session_samples(db).rows == ()
    finally:
        tell(mysql_server, "DROP USER blind_to_sessions")
    assert why.startswith("needs the privilege PROCESS; blind_to_sessions@% has it not; run GRANT")
    assert len(still) == (mysql_server.product == "MySQL")
