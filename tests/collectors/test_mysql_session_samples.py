from __future__ import annotations

from typing import Any

import pytest

from collectors.mysql.own_connections import OwnConnections, others
from collectors.mysql.programs import Programs, _Program
from collectors.mysql.session_samples import RowQueue, _Waiting, session_samples
from collectors.mysql.sessions import OpenSession
from collectors.mysql.waits import quiet, wait_of
from tests.collectors.test_mysql_lock_waits import server, session
from tests.fakes import FakeSession
from tests.make import make


@pytest.mark.parametrize(
    ("status", "event", "wait"),
    [
        ("executing", "", ("CPU", "")),
        ("System lock", "", ("CPU", "")),
        ("Waiting for table metadata lock", "", ("Lock", "metadata")),
        ("Waiting for schema metadata lock", "", ("Lock", "metadata")),
        ("Waiting for table level lock", "", ("Lock", "table")),
        ("Waiting for table flush", "", ("Lock", "table flush")),
        ("Waiting for global read lock", "", ("Lock", "global read lock")),
        ("Waiting for backup lock", "", ("Lock", "backup lock")),
        ("Waiting for commit lock", "", ("Lock", "commit lock")),
        ("User lock", "", ("Lock", "user level lock")),
        ("waiting for handler commit", "", ("Commit", "handler commit")),
        ("Waiting for semi-sync ACK from replica", "", ("Commit", "semi-sync ack from replica")),
        ("Waiting for prior transaction to commit", "", ("Commit", "prior transaction to commit")),
        ("Commit", "", ("Commit", "commit")),
        ("Sending to client", "", ("Client", "sending to client")),
        ("Writing to net", "", ("Client", "writing to net")),
        ("User sleep", "", ("Timeout", "user sleep")),
        ("Waiting for disk space", "", ("IO", "disk space")),
        (
            "executing",
            "wait/io/file/innodb/innodb_data_file",
            ("IO", "file/innodb/innodb_data_file"),
        ),
        ("executing", "wait/io/table/sql/handler", ("CPU", "")),
        ("executing", "wait/synch/mutex/innodb/buf_pool", ("Synch", "mutex/innodb/buf_pool")),
        ("executing", "wait/lock/table/sql/handler", ("Lock", "table")),
        ("executing", "idle", ("CPU", "")),
    ],
)
def test_what_it_waits_for(status: str, event: str, wait: tuple[str, str]) -> None:
    assert wait_of(make(OpenSession, command="Query", status=status), event) == wait


def test_a_row_lock_is_told_by_its_transaction() -> None:
    waiter = make(OpenSession, command="Query", status="updating", trx_state="LOCK WAIT")
    assert wait_of(waiter, "wait/io/table/sql/handler") == ("Lock", "row")


@pytest.mark.parametrize(
    ("user", "status", "expected"),
    [
        ("system user", "Waiting for source to send event", True),
        ("system user", "Slave has read all relay log; waiting for more updates", True),
        ("system user", "Waiting for an event from Coordinator", True),
        ("system user", "Waiting for preceding transaction to commit", False),
        ("system user", "Applying batch of row changes (update)", False),
        ("app", "Waiting for source to send event", False),
    ],
)
def test_appliers_with_nothing_to_do(user: str, status: str, expected: bool) -> None:
    assert quiet(make(OpenSession, user=user, status=status)) is expected


def rows(given: list[dict[str, Any]], **by_type: Any) -> FakeSession:
    types = {OpenSession: given, _Program: by_type.get("programs", []), _Waiting: []}
    return FakeSession(server(), by_type=types)


def test_leaves_out_dbtriage_and_strangers_that_log_in() -> None:
    given = [
        session(pid=1, own=True),
        session(pid=2),
        session(pid=3),
        session(pid=4, user="unauthenticated user"),
        session(pid=5),
    ]
    programs = [{"pid": 2, "program": "dbtriage"}, {"pid": 5, "program": "shop"}]
    db = rows(given, programs=programs)
    db.keep(OwnConnections).opened(db.server, 3)
    (sample,) = session_samples(db).rows
    assert (sample.pid, sample.application) == (5, "shop")


@pytest.mark.parametrize("user", [None, "unauthenticated user"])
def test_who_logs_in_is_asked_its_name_when_it_is_done(user: str | None) -> None:
    db = rows([])
    others(db, (make(OpenSession, pid=7, user=user),))
    db.by_type[_Program] = [{"pid": 7, "program": "shop"}]
    assert db.keep(Programs).of(db, [make(OpenSession, pid=7, user="app")]) == {7: "shop"}


class Clocked(FakeSession):
    at = 1000.0

    def now(self) -> float:
        return self.at


def waiter(pid: int, statement_seconds: float, **given: Any) -> dict[str, Any]:
    return session(pid=pid, statement_seconds=statement_seconds, **given)


@pytest.mark.parametrize("asked_of", [server(), server(settings={}), server("mariadb")])
def test_transactions_of_a_crowd_are_read_now_and_then(asked_of: Any) -> None:
    waits = {"trx": "1", "trx_state": "LOCK WAIT", "transaction_seconds": 5.0}
    db = Clocked(asked_of, by_type={_Program: [], _Waiting: []})
    db.keep(RowQueue).crowd = 1
    db.by_type[OpenSession] = [waiter(1, 2.0, **waits), waiter(2, 2.0, **waits)]
    assert session_samples(db).gaps == ()

    db.at, db.ran = 1004.0, []
    db.by_type[OpenSession] = [waiter(1, 6.0), waiter(2, 0.5), waiter(3, 9.0)]
    found = session_samples(db)
    assert not any("innodb_trx" in sql for sql in db.ran)
    assert [(s.pid, s.wait_event) for s in found.rows] == [(1, "row"), (2, ""), (3, "")]
    assert found.rows[0].transaction_seconds == 9.0
    (gap,) = found.gaps
    assert gap.startswith("2 sessions wait for rows: to spare the server, transactions are read ")

    db.at = 1010.0
    assert session_samples(db).gaps == ()
    assert any("innodb_trx" in sql for sql in db.ran)
    db.at = 1011.0
    assert session_samples(db).gaps == ()


def test_an_applier_has_the_clock_of_its_source() -> None:
    given = session(pid=5, user="system user", statement_seconds=99.0, state_seconds=99.0)
    (sample,) = session_samples(rows([given])).rows
    assert sample.backend_type == "replication"
    assert (sample.statement_seconds, sample.state_seconds) == (None, None)


def test_shows_no_literal() -> None:
    (sample,) = session_samples(rows([session(pid=5, raw="SELECT 'secret'")])).rows
    assert sample.query == "SELECT ?"
    assert sample.digest


def test_says_what_it_needs() -> None:
    process, _ = session_samples.unmet(server(grants=frozenset()))
    assert process.startswith("needs the privilege PROCESS; dbtriage@% has it not; run GRANT")
