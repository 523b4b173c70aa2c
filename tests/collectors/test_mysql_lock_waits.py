from __future__ import annotations

from typing import Any

import pytest

from collectors.base import Right
from collectors.mysql.detached_transactions import Detached
from collectors.mysql.lock_gaps import MOST_PAIRS, crowd_gaps
from collectors.mysql.lock_waits import ROW_WAITS, _RowWait, lock_waits
from collectors.mysql.metadata_locks import MetadataLock, edges
from collectors.mysql.sessions import CROWD, OpenSession, SeesStatements
from collectors.mysql.wait_clock import WaitClock
from collectors.session import Server, SessionError
from collectors.variants import Variants
from tests.fakes import FakeSession
from tests.make import make, row

TABLE = {"kind": "TABLE", "schema": "shop", "name": "orders"}
BACKUP = {"kind": "BACKUP", "schema": "", "name": ""}


def server(engine: Any = "mysql", **given: Any) -> Server:
    version = {"mysql": (9, 7), "mariadb": (10, 11)}[engine]
    about = {"grants": frozenset({"ALL PRIVILEGES"}), "user": "dbtriage@%", **given}
    about.setdefault("settings", {"performance_schema": "ON"})
    return Server("db", engine, {engine: version}, **about)


def held(pid: int, mode: str, **given: Any) -> MetadataLock:
    return make(MetadataLock, **{**TABLE, "pid": pid, "mode": mode, **given})


def asked(pid: int, mode: str, **given: Any) -> MetadataLock:
    return held(pid, mode, pending=True, **given)


@pytest.mark.parametrize(
    ("locks", "expected"),
    [
        pytest.param(
            [held(1, "SHARED_READ"), asked(2, "EXCLUSIVE"), asked(3, "SHARED_READ")],
            {(2, 1), (3, 2)},
            id="readers queue behind an ALTER, not behind the reader it waits for",
        ),
        pytest.param(
            [held(1, "SHARED_READ"), held(2, "SHARED_UPGRADABLE"), asked(2, "EXCLUSIVE")],
            {(2, 1)},
            id="never behind oneself",
        ),
        pytest.param(
            [held(1, "SHARED_READ"), asked(2, "EXCLUSIVE"), asked(3, "SHARED_HIGH_PRIO")],
            {(2, 1)},
            id="high priority does not queue",
        ),
        pytest.param(
            [held(1, "SHARED_NO_READ_WRITE"), asked(2, "SHARED_WRITE"), asked(3, "SHARED_READ")],
            {(2, 1), (3, 1)},
            id="LOCK TABLES WRITE",
        ),
        pytest.param(
            [held(1, "SHARED_UPGRADABLE"), asked(2, "SHARED_UPGRADABLE")],
            {(2, 1)},
            id="two schema changes",
        ),
        pytest.param(
            [held(1, "SHARED_UPGRADABLE"), asked(2, "SHARED_WRITE")],
            {(2, 1)},
            id="an ALTER that has made its lock stronger since",
        ),
        pytest.param(
            [held(1, "SHARED_READ"), held(2, "SHARED_NO_WRITE"), asked(3, "SHARED_WRITE")],
            {(3, 2)},
            id="only who stands in the way",
        ),
        pytest.param(
            [held(1, "SHARED", **BACKUP), asked(2, "INTENTION_EXCLUSIVE", **BACKUP)],
            {(2, 1)},
            id="a backup lock of MySQL",
        ),
        pytest.param(
            [held(1, "BACKUP_FTWRL1", **BACKUP), asked(2, "BACKUP_COMMIT", **BACKUP)],
            {(2, 1)},
            id="a commit under FLUSH TABLES WITH READ LOCK of MariaDB, shown at its first step",
        ),
        pytest.param(
            [held(1, "BACKUP_TRANS_DML", **BACKUP), asked(2, "BACKUP_FTWRL1", **BACKUP)],
            {(2, 1)},
            id="FLUSH TABLES WITH READ LOCK waits for a writer",
        ),
        pytest.param(
            [held(1, "EXCLUSIVE"), asked(2, "SHARED_READ", name="other")],
            set(),
            id="another table",
        ),
    ],
)
def test_who_stands_in_the_way(locks: list[MetadataLock], expected: set[tuple[int, int]]) -> None:
    assert {(edge.waiter, edge.blocker) for edge in edges(locks)} == expected


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ({}, "shop.orders"),
        ({"kind": "USER LEVEL LOCK", "schema": "", "name": "secret"}, "user level lock"),
        ({"kind": "GLOBAL", "schema": "", "name": ""}, "global read lock"),
        ({"kind": "SCHEMA", "name": ""}, "schema shop"),
        ({"kind": "PROCEDURE", "name": "p"}, "procedure shop.p"),
    ],
)
def test_names_of_objects(given: dict[str, str], shown: str) -> None:
    assert held(1, "EXCLUSIVE", **given).object == shown


def session(**given: Any) -> dict[str, Any]:
    return row(OpenSession, **{"command": "Query", "database": "shop", "user": "app", **given})


def test_asks_no_more_where_nobody_waits() -> None:
    db = FakeSession(server(), by_type={OpenSession: [session(pid=7, status="executing")]})
    assert lock_waits(db).rows == ()
    assert len(db.ran) == 1


def test_row_and_metadata_locks_in_one_answer() -> None:
    sessions = [
        session(pid=7, command="Sleep", trx="70", trx_state="RUNNING", state_seconds=9.0),
        session(
            pid=8,
            trx="80",
            trx_state="LOCK WAIT",
            row_wait_seconds=3.0,
            statement_seconds=2.5,
            raw="UPDATE orders SET a = 'secret'",
        ),
        session(pid=9, status="Waiting for table metadata lock", statement_seconds=1.5),
    ]
    by_type: dict[type[Any], Any] = {
        OpenSession: sessions,
        Detached: [],
        _RowWait: [{"waiter": "80", "blocker": "70", "object": "shop.orders", "mode": "X"}],
        MetadataLock: [
            row(MetadataLock, **TABLE, pid=7, mode="SHARED_WRITE"),
            row(MetadataLock, **TABLE, pid=9, mode="EXCLUSIVE", pending=True),
        ],
    }
    db = FakeSession(server(), by_type=by_type)
    rows, metadata = lock_waits(db).rows
    assert (rows.waiter, rows.blocker, rows.kind, rows.waited_seconds) == (8, 7, "X", 2.5)
    assert (rows.blocker_state, rows.blocker_state_seconds) == ("idle in transaction", 9.0)
    assert rows.waiter_query == "UPDATE orders SET a = ?"
    assert (metadata.waiter, metadata.blocker, metadata.kind) == (9, 7, "EXCLUSIVE")
    assert metadata.object == "shop.orders"


class Queue(FakeSession):
    """Each who waits for a row waits for all before it, as InnoDB tells it."""

    def rows(self, query: Variants, into: Any, **given: Any) -> Any:
        if into is not _RowWait:
            return super().rows(query, into)
        self.ran.append("row waits")
        pairs = ((w, b) for w in given["waiters"] for b in given["blockers"] if b < w)
        return tuple(_RowWait(str(w), str(b), "shop.orders", "X") for w, b in pairs)


def queue(waiters: int, asked_of: Server) -> Queue:
    """Who came first holds the row and does nothing."""
    first = session(pid=1, command="Sleep", trx="1", trx_state="RUNNING")
    others = (
        session(pid=n, trx=f"{n}", trx_state="LOCK WAIT", statement_seconds=1.0)
        for n in range(2, waiters + 2)
    )
    return Queue(asked_of, by_type={OpenSession: [first, *others], Detached: []})


def test_a_crowd_is_shown_behind_who_waits_for_nobody() -> None:
    found = lock_waits(queue(CROWD + 1, server()))
    assert {wait.blocker for wait in found.rows} == {1}
    assert len(found.rows) == CROWD + 1
    assert found.gaps == (
        "101 sessions wait for rows, each for many others; the tree shows a part of these pairs",
    )


def test_few_that_wait_for_more_than_is_sent() -> None:
    (gap,) = crowd_gaps([make(OpenSession, trx_state="LOCK WAIT")], MOST_PAIRS)
    assert gap.startswith("1 session waits for rows, ")
    for has in ({"mysql": (5, 7)}, {"mysql": (9, 7)}, {"mariadb": (10, 11)}):
        assert f"LIMIT {MOST_PAIRS}\n" in (ROW_WAITS.pick(has) or "")


def test_all_pairs_of_few_are_shown() -> None:
    found = lock_waits(queue(3, server()))
    pairs = {(wait.waiter, wait.blocker) for wait in found.rows}
    assert pairs == {(2, 1), (3, 1), (3, 2), (4, 1), (4, 2), (4, 3)}
    assert found.gaps == ()


@pytest.mark.parametrize(
    ("asked_of", "asks"),
    [
        (server(settings={}), 0),
        (server(), 1),
        (server("mariadb", settings={}), 1),
        (Server("db", "mysql", {"mysql": (5, 7)}), 1),
    ],
)
def test_row_waits_are_not_asked_for_where_they_are_refused(asked_of: Server, asks: int) -> None:
    db = queue(1, asked_of)
    found = lock_waits(db)
    assert db.ran.count("row waits") == asks
    assert [gap.partition(";")[0] for gap in found.gaps] == [
        "1 session waits for a row lock and the holder is not shown"
    ] * (1 - asks)


class Unshown(FakeSession):
    """A statement that runs holds what is not valid in its character set."""

    def rows(self, query: Variants, into: Any, **_: object) -> Any:
        if "innodb_trx" in (query.pick(self.server.versions) or ""):
            raise SessionError("error 3854")
        return super().rows(query, into)


@pytest.mark.parametrize("settings", [{"performance_schema": "ON"}, {}])
def test_says_that_transactions_are_not_shown(settings: dict[str, str]) -> None:
    db = Unshown(server(settings=settings), by_type={OpenSession: [session(pid=7)]})
    (gap,) = lock_waits(db).gaps
    assert gap.startswith("the server can't show its transactions now; ")
    assert gap.endswith("; row locks and idle transactions are not seen")


def test_sight_of_statements_is_a_right() -> None:
    assert isinstance(SeesStatements(), Right)


def test_a_wait_is_not_older_than_the_last_look_without_it() -> None:
    clock, waiter = WaitClock(), make(OpenSession, pid=7, statement_seconds=3600.0)
    assert clock.waited(1000.0, [waiter]) == {7: 3600.0}
    clock.nobody(1010.0)
    assert clock.waited(1020.0, [waiter]) == {7: 10.0}
    assert clock.waited(1030.0, [waiter]) == {7: 20.0}
    assert clock.waited(1040.0, [make(OpenSession, pid=7, statement_seconds=2.0)]) == {7: 2.0}


@pytest.mark.parametrize(
    ("asked_of", "remedy"),
    [
        (server("mariadb"), "UPDATE performance_schema.setup_instruments SET ENABLED = 'YES'"),
        (server("mariadb", settings={}), "run INSTALL SONAME 'metadata_lock_info'"),
        (server("mysql", settings={}), "set performance_schema = ON under [mysqld]"),
    ],
)
def test_says_what_would_show_the_holder(asked_of: Server, remedy: str) -> None:
    waiter = session(pid=9, status="Waiting for table metadata lock")
    db = FakeSession(asked_of, by_type={OpenSession: [waiter]})
    (gap,) = lock_waits(db).gaps
    assert gap.startswith("1 session waits for a metadata lock and the holder is not shown; ")
    assert remedy in gap


def test_says_what_it_needs() -> None:
    process, reads = lock_waits.unmet(server(grants=frozenset()))
    assert process.startswith("needs the privilege PROCESS; ")
    assert reads.startswith("needs the privilege SELECT ON performance_schema.*; ")
    assert len(lock_waits.unmet(server("mariadb", grants=frozenset()))) == 1
