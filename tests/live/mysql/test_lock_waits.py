"""Row locks and metadata locks that sessions really wait for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from agent.targets.mysql import MysqlSession
from collectors.mysql.lock_waits import lock_waits
from collectors.snapshot import Snapshot
from collectors.snapshots.locks import LockWait, trees
from tests.live import mysql_binaries
from tests.live.mysql.opened import opened, tell
from tests.live.mysql.standoff import PROGRAM, Standoff, pid_of, standoff, until
from tests.live.mysql_server import MysqlServer, start
from tests.live.own_mysql_servers import OwnMysqlServers

FOLLOWED = {"performance_schema_instrument": "'wait/lock/metadata/sql/mdl=ON'"}
MARIADB = pytest.mark.engines("maria1011", "maria118")
IDLE = "idle in transaction"


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in mysql_binaries.ENGINES
    ],
)
def followed(request: pytest.FixtureRequest) -> Iterator[MysqlServer]:
    """A server that follows metadata locks, which MariaDB has to be told."""
    with start(request.param, FOLLOWED) as server:
        yield server


@pytest.fixture
def scene(mysql_server: MysqlServer) -> Iterator[Standoff]:
    with standoff(mysql_server) as made:
        yield made


@pytest.fixture
def followed_scene(followed: MysqlServer) -> Iterator[Standoff]:
    with standoff(followed) as made:
        yield made


def looked(db: MysqlSession, waits: int) -> Snapshot[LockWait]:
    """What the collector says once it sees so many waits."""
    seen: list[Snapshot[LockWait]] = []

    def complete() -> bool:
        seen.append(lock_waits(db))
        return len(seen[-1].rows) == waits

    until(complete)
    return seen[-1]


def seen(scene: Standoff, waits: int) -> tuple[LockWait, ...]:
    with opened(scene.server) as db:
        found = looked(db, waits)
    assert found.gaps == ()
    assert all(w.waiter != w.blocker for w in found.rows)
    return found.rows


def pairs(rows: tuple[LockWait, ...]) -> set[tuple[int, int]]:
    return {(w.waiter, w.blocker) for w in rows}


def test_nobody_waits(scene: Standoff) -> None:
    scene.idle("UPDATE t SET v = 1 WHERE id = 1")
    assert seen(scene, 0) == ()


def test_a_chain_of_row_locks_behind_an_idle_transaction(scene: Standoff) -> None:
    root = scene.idle("UPDATE t SET v = 4217 WHERE id = 1")
    second = scene.blocked("UPDATE t SET v = 1 WHERE id = 1", "UPDATE t SET v = 1 WHERE id = 2")
    third = scene.blocked("UPDATE t SET v = 2 WHERE id = 2", "UPDATE t SET v = 2 WHERE id = 3")
    fourth = scene.blocked("SELECT * FROM t WHERE id = 3 FOR UPDATE")
    rows = seen(scene, 3)
    (tree,) = trees(rows)
    assert (tree.root, tree.depth, tree.blocked_sessions) == (root, 3, 3)
    assert pairs(rows) == {(second, root), (third, second), (fourth, third)}
    first = tree.first
    assert (first.database, first.object) == (scene.database, f"{scene.database}.t")
    assert first.kind.startswith("X")
    assert (first.blocker_state, first.blocker_idle) == (IDLE, True)
    assert (first.blocker_user, first.blocker_application) == ("root", PROGRAM)
    assert (first.waiter_user, first.waiter_application) == ("root", PROGRAM)
    assert first.waiter_query == "UPDATE t SET v = ? WHERE id = ?"
    assert 0 <= first.waited_seconds < 20
    assert first.blocker_transaction_seconds is not None
    assert 0 <= first.blocker_transaction_seconds < 30
    assert {w.blocker_state for w in rows if w.blocker != root} == {"active"}
    assert "4217" not in str(rows)


@pytest.mark.engines("mysql97")
def test_the_last_statement_of_an_idle_blocker(scene: Standoff) -> None:
    scene.idle("UPDATE t SET v = 4217 WHERE id = 1")
    scene.blocked("DELETE FROM t WHERE id = 1")
    (wait,) = seen(scene, 1)
    assert wait.blocker_query == "UPDATE t SET v = ? WHERE id = ?"


@MARIADB
def test_the_last_statement_where_it_is_kept(
    own_mysql_server: OwnMysqlServers, mysql_server: MysqlServer
) -> None:
    kept = {"performance_schema_consumer_events_statements_current": "ON"}
    with standoff(own_mysql_server(mysql_server.name, settings=kept)) as scene:
        scene.idle("UPDATE t SET v = 4217 WHERE id = 1")
        scene.blocked("DELETE FROM t WHERE id = 1")
        (wait,) = seen(scene, 1)
    assert wait.blocker_query == "UPDATE t SET v = ? WHERE id = ?"


def test_readers_queue_behind_an_alter_that_waits(followed_scene: Standoff) -> None:
    scene = followed_scene
    root = scene.idle("SELECT * FROM t")
    alter = scene.blocked("ALTER TABLE t ADD COLUMN w int")
    readers = [scene.blocked("SELECT * FROM t WHERE v = 4217") for _ in range(2)]
    rows = seen(scene, 3)
    assert pairs(rows) == {(alter, root), *((reader, alter) for reader in readers)}
    (tree,) = trees(rows)
    assert (tree.root, tree.depth) == (root, 2)
    assert (tree.first.object, tree.first.kind) == (f"{scene.database}.t", "EXCLUSIVE")
    assert tree.first.blocker_state == IDLE
    assert tree.first.waiter_query == "ALTER TABLE t ADD COLUMN w int"
    assert {w.kind for w in rows if w.waiter != alter} == {"SHARED_READ"}
    assert "4217" not in str(rows)


def test_a_tree_of_row_locks_and_metadata_locks(followed_scene: Standoff) -> None:
    scene = followed_scene
    root = scene.idle("UPDATE t SET v = 1 WHERE id = 1")
    writer = scene.blocked("UPDATE t SET v = 2 WHERE id = 1")
    alter = scene.blocked("ALTER TABLE t ADD COLUMN w int")
    reader = scene.blocked("SELECT * FROM t")
    rows = seen(scene, 4)
    assert pairs(rows) == {(writer, root), (alter, root), (alter, writer), (reader, alter)}
    (tree,) = trees(rows)
    assert (tree.root, tree.blocked_sessions) == (root, 3)


def test_flush_tables_with_read_lock(followed_scene: Standoff) -> None:
    scene = followed_scene
    holder = pid_of(scene.open("FLUSH TABLES WITH READ LOCK"))
    writer = scene.blocked("UPDATE t SET v = 1 WHERE id = 1")
    (wait,) = seen(scene, 1)
    assert (wait.waiter, wait.blocker) == (writer, holder)
    assert wait.object in ("global read lock", "backup lock")
    assert wait.blocker_state == "idle in transaction (explicit lock)"
    assert wait.blocker_idle


def test_a_commit_waits_for_a_read_lock_too(followed_scene: Standoff) -> None:
    scene = followed_scene
    # Begun before the lock, or its first write would wait.
    writer = scene.open("UPDATE t SET v = 1 WHERE id = 1", autocommit=False)
    holder = pid_of(scene.open("FLUSH TABLES WITH READ LOCK"))
    scene.continues(writer, "COMMIT")
    (wait,) = seen(scene, 1)
    assert (wait.waiter, wait.blocker) == (pid_of(writer), holder)
    assert (wait.object, wait.waiter_query) in (
        ("commit lock", "COMMIT"),
        ("backup lock", "COMMIT"),
    )


def test_user_level_locks_keep_their_names_to_themselves(followed_scene: Standoff) -> None:
    scene = followed_scene
    holder = pid_of(scene.open("SELECT GET_LOCK('hunter2', 1)"))
    waiter = scene.blocked("SELECT GET_LOCK('hunter2', 600)")
    (wait,) = seen(scene, 1)
    assert (wait.waiter, wait.blocker, wait.object) == (waiter, holder, "user level lock")
    assert wait.blocker_idle
    assert "hunter2" not in str(wait)


def test_lock_tables(followed_scene: Standoff) -> None:
    scene = followed_scene
    holder = pid_of(scene.open("LOCK TABLES t WRITE"))
    waiter = scene.blocked("SELECT * FROM t")
    (wait,) = seen(scene, 1)
    assert (wait.waiter, wait.blocker, wait.kind) == (waiter, holder, "SHARED_READ")
    assert wait.blocker_idle


def test_a_prepared_transaction_without_a_session(scene: Standoff) -> None:
    name = f"gid-{scene.database}"
    begin, *rest = (f"XA {what} '{name}'" for what in ("START", "END", "PREPARE"))
    scene.open(begin, "UPDATE t SET v = 1 WHERE id = 1", *rest).close()
    try:
        waiter = scene.blocked("UPDATE t SET v = 2 WHERE id = 1")
        (wait,) = seen(scene, 1)
    finally:
        scene.do(f"XA ROLLBACK '{name}'")
    assert (wait.waiter, wait.blocker, wait.blocker_state) == (waiter, 0, "prepared")
    assert not wait.blocker_idle
    assert wait.blocker_transaction_seconds is not None


@MARIADB
def test_says_how_to_see_holders_of_metadata_locks(scene: Standoff) -> None:
    scene.idle("SELECT * FROM t")
    scene.blocked("ALTER TABLE t ADD COLUMN w int")
    with opened(scene.server) as db:
        found = lock_waits(db)
    assert found.rows == ()
    (gap,) = found.gaps
    assert gap.startswith("1 session waits for a metadata lock and the holder is not shown; ")
    assert "UPDATE performance_schema.setup_instruments SET ENABLED = 'YES'" in gap


@pytest.mark.parametrize("engine", mysql_binaries.ENGINES)
def test_without_performance_schema(own_mysql_server: OwnMysqlServers, engine: str) -> None:
    server = own_mysql_server(engine, settings={"performance_schema": "OFF"})
    with standoff(server) as scene, opened(server) as db:
        root = scene.idle("UPDATE t SET v = 1 WHERE id = 1")
        waiter = scene.blocked("UPDATE t SET v = 2 WHERE id = 1")
        scene.blocked("ALTER TABLE t ADD COLUMN w int")
        found = looked(db, 0 if server.product == "MySQL" else 1)
        assert lock_waits.unmet(db.server) == []
    if server.product == "MySQL":
        row, metadata = found.gaps
        assert row.startswith("1 session waits for a row lock and the holder is not shown; needs ")
        assert "performance_schema = ON" in metadata
    else:
        assert pairs(found.rows) == {(waiter, root)}
        (gap,) = found.gaps
        assert "run INSTALL SONAME 'metadata_lock_info'" in gap


def test_needs_to_see_other_sessions(mysql_server: MysqlServer) -> None:
    tell(mysql_server, "CREATE USER IF NOT EXISTS blind_to_locks")
    try:
        with opened(mysql_server, "blind_to_locks") as db:
            why, *more = lock_waits.unmet(db.server)
    finally:
        tell(mysql_server, "DROP USER blind_to_locks")
    assert why.startswith("needs the privilege PROCESS; blind_to_locks@% has it not; run GRANT")
    assert len(more) == (mysql_server.product == "MySQL")
