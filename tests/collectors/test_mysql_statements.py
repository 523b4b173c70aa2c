from __future__ import annotations

from typing import Any

import pytest

from agent.ledger import Ledger
from collectors.mysql.digest_texts import _Read, was_cut
from collectors.mysql.own_statements import OwnStatements
from collectors.mysql.prepared_executions import _All, _Instance
from collectors.mysql.statement_consumers import Consumers
from collectors.mysql.statement_counters import COUNTS, Packed, Together
from collectors.mysql.statement_rounds import WHOLE_SECONDS, StatementRounds
from collectors.mysql.statements import MysqlStatement, statements
from collectors.session import PermissionDenied, Server, SessionError
from collectors.snapshots.statements import LOST
from collectors.sql_text import digest
from collectors.variants import Variants
from tests.fakes import FakeSession
from tests.make import row

RAW = "SELECT * FROM orders WHERE customer = 7"
SHOWN = "SELECT * FROM `orders` WHERE `customer` = ?"
ALL_ON = {"instrumented": True, "digests": True, "current": True, "cpu": None}
LONG = "SELECT " + " , ".join(f"`column_{n}`" for n in range(66)) + " , `x`"


def server(engine: Any = "mysql", *version: int, **given: Any) -> Server:
    about: dict[str, Any] = {
        "settings": {"performance_schema": "ON"},
        "grants": frozenset({"SELECT"}),
        "user": "dbtriage@%",
        "database": "information_schema",
        "started_at": 100.0,
        **given,
    }
    return Server("db", engine, {engine: version or (9, 7)}, **about)


def packed(calls: int = 1, *, first: str = "200.5", told: str = ",1,2,3,4") -> str:
    zeros = ",0" * (COUNTS - 2)
    return f"{first},300.5,{calls},{calls}000000000000{zeros}{told}"


def counted(name: str = "d1 shop", calls: int = 1, **given: str) -> dict[str, Any]:
    return row(Packed, name=name, packed=packed(calls, **given))


def fake(
    *given: dict[str, Any], on: Server | None = None, consumers: Any = (), **texts: str | None
) -> FakeSession:
    read = [{"digest": name, "text": text, "sample": None} for name, text in texts.items()]
    by_type: dict[type[Any], Any] = {
        Packed: given,
        Consumers: [{**ALL_ON, **dict(consumers)}],
        _Read: read,
        _Instance: (),
        _All: (),
    }
    return FakeSession(on or server(), (), by_type)


@pytest.mark.parametrize(
    ("engine", "version", "asked", "not_asked"),
    [
        ("mysql", (5, 7), "SUM_NO_GOOD_INDEX_USED ) AS packed", "QUANTILE"),
        ("mysql", (8, 0), "QUANTILE_999) AS packed", "SUM_CPU_TIME"),
        ("mysql", (8, 0, 28), "QUANTILE_999, SUM_CPU_TIME) AS packed", "nothing"),
        ("mariadb", (10, 5), "AS packed", "QUANTILE"),
    ],
)
def test_asks_for_what_a_version_has(
    engine: str, version: tuple[int, ...], asked: str, not_asked: str
) -> None:
    db = fake(on=server(engine, *version))
    statements(db)
    together, by_row = [" ".join(s.split()) for s in db.ran if "LAST_SEEN >=" in s]
    assert asked in by_row
    assert asked.removesuffix(" AS packed") in together
    assert not_asked not in by_row + together


def test_a_statement_has_its_counters_and_its_text() -> None:
    answer = statements(fake(counted("d1 shop", 3), d1=SHOWN))
    (one,) = answer.rows
    assert (one.database, one.entry, one.calls, one.exec_seconds) == ("shop", "shop/d1", 3, 3.0)
    assert one.query == "SELECT * FROM orders WHERE customer = ?"
    assert one.digest == digest(RAW, "mysql")
    assert (one.p95_seconds, one.p999_seconds) == (1e-12, 3e-12)
    assert (one.cpu_seconds, one.own, one.truncated, one.plans) == (None, False, False, None)
    assert (one.counting_since, one.last_seen_at) == (200.5, 300.5)
    assert (answer.counting_since, answer.gaps, answer.partial) == (200.5, (), False)


def test_all_in_one_row_is_the_same_as_row_by_row() -> None:
    each = (counted("d1 shop", 3), counted("d2", 1), counted("", 5))
    by_row = statements(fake(*each, d1=SHOWN))
    db = fake(d1=SHOWN)
    names = "\0".join(one["name"] for one in each)
    whole = "],[".join(one["packed"] for one in each)
    db.by_type[Together] = [row(Together, digests=3, names=names, packed=whole)]
    assert statements(db).rows == by_row.rows


@pytest.mark.parametrize("cut", [{"names": "d1 sh"}, {"packed": "200,3"}, {"digests": 2}])
def test_an_answer_that_was_cut_is_read_row_by_row(cut: dict[str, Any]) -> None:
    db = fake(counted("d1 shop", 3), counted("d2", 4))
    given = {"digests": 2, "names": "d1 shop\0d2", "packed": packed(1), **cut}
    db.by_type[Together] = [row(Together, **given)]
    assert [one.calls for one in statements(db).rows] == [3, 4]


def test_time_on_a_processor_where_it_is_measured() -> None:
    (one,) = statements(fake(counted(), consumers={"cpu": True})).rows
    assert one.cpu_seconds == 4e-12


def test_a_start_in_whole_seconds_is_not_told_too_early() -> None:
    answer = statements(fake(counted(first="200", told=""), on=server("mariadb", 11, 8)))
    (one,) = answer.rows
    assert one.counting_since == 201.0
    assert answer.counting_since == 200.0
    assert one.p95_seconds is None


def test_a_text_is_read_once_and_forgotten_when_gone() -> None:
    db = fake(counted(), d1=SHOWN)
    first, second = statements(db), statements(db)
    assert first.rows == second.rows
    assert (first.partial, second.partial) == (False, True)
    assert len([sql for sql in db.ran if "DIGEST_TEXT" in sql]) == 1
    db.by_type[Packed] = ()
    for _ in range(2):
        db.keep(StatementRounds).whole_at = 0.0
        statements(db)
        db.by_type[Packed] = [counted()]
    assert len([sql for sql in db.ran if "DIGEST_TEXT" in sql]) == 2


def test_all_of_it_is_read_from_time_to_time_and_of_another_server() -> None:
    rounds, first = StatementRounds(), server(instance="a")
    assert rounds.since(1000.0, first) == 1.0
    rounds.ended(1000.0, first, [])
    assert rounds.since(1060.0, first) == 995.0
    assert rounds.since(1000.0 + WHOLE_SECONDS, first) == 1.0
    assert rounds.since(1060.0, server(instance="b")) == 1.0
    assert rounds.since(1060.0, server(instance="a", started_at=1050.0)) == 1.0
    assert rounds.since(900.0, first) == 1.0  # its clock was set back


def test_what_found_no_room() -> None:
    answer = statements(fake(counted("", 1234), counted(), d1=SHOWN))
    (lost,) = [one for one in answer.rows if one.digest == LOST]
    assert (lost.database, lost.query, lost.calls) == ("", "", 1234)
    assert answer.gaps == (
        "1,234 executions found no room in performance_schema and are counted under no "
        "statement; raise performance_schema_digests_size, then restart the server",
    )


def test_our_own_statements_are_marked() -> None:
    db = fake(
        counted("d1 information_schema"), counted("d1 shop"), counted("d2 information_schema"),
        d1="SELECT `a` FROM `b`", d2="SELECT `c`",
    )  # fmt: skip
    db.keep(OwnStatements).ran("SELECT a FROM b")
    assert [one.own for one in statements(db).rows] == [True, False, False]


def test_a_text_that_was_cut_is_ours_only_at_home() -> None:
    db = fake(counted("d1 information_schema"), counted("d1 shop"), d1=LONG)
    assert [(one.own, one.truncated) for one in statements(db).rows] == [
        (True, True),
        (False, True),
    ]


def test_a_whole_sample_stands_for_a_text_that_was_cut() -> None:
    db = fake(counted())
    db.by_type[_Read] = [{"digest": "d1", "text": LONG, "sample": "SELECT 's3cret', b"}]
    (one,) = statements(db).rows
    assert (one.query, one.truncated) == ("SELECT ?, b", False)


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("SELECT ?", False),
        (LONG, True),
        (LONG[:600], False),
        ("SELECT " + "(...) /* , ... */ , " * 200, False),
        ("SELECT " + "(...) /* , ... */ , " * 255, True),
    ],
    ids=["short", "no room for a name", "room", "long signs, few tokens", "no room for a sign"],
)
def test_what_has_no_room_left_was_cut(text: str, cut: bool) -> None:
    assert was_cut(text, 1024) == cut


def test_a_missing_text_costs_no_counter() -> None:
    answer = statements(fake(counted("0123456789abcdefff shop", 3)))
    (one,) = answer.rows
    assert (one.calls, one.query, one.digest) == (3, "", "0123456789abcdef")
    assert answer.gaps == ("the server has no text for 1 statements",)


def prepared(id: str, calls: int, schema: str = "shop") -> dict[str, Any]:
    numbers = f"{calls},{calls}000000000000" + ",0" * (COUNTS - 2)
    return row(_Instance, id=id, schema=schema, text=RAW, packed=numbers)


def test_executions_of_prepared_statements_on_mariadb() -> None:
    db = fake(on=server("mariadb", 11, 8))
    ledger = Ledger(MysqlStatement, 3600.0)
    for instances in ([prepared("7/1", 4)], [prepared("7/1", 6, "other"), prepared("7/2", 3)], []):
        db.by_type[_Instance] = instances
        ledger.add(statements(db))
    window = ledger.window()
    assert window is not None
    assert {(one.database, one.digest, one.calls) for one in window.rows} == {
        ("shop", digest(RAW, "mysql"), 2),
        ("shop", digest(RAW, "mysql"), 3),
    }


def test_executions_that_are_digests_too_are_not_counted_twice() -> None:
    assert not [sql for sql in _ran(server("mysql", 9, 7), SHOWN) if "prepared_" in sql]
    assert not [
        sql for sql in _ran(server("mysql", 8, 4), f"EXECUTE {SHOWN}") if "prepared_" in sql
    ]
    assert [sql for sql in _ran(server("mysql", 8, 4), "EXECUTE `mine`") if "prepared_" in sql]


def test_execute_immediate_is_no_execution_of_a_prepared_statement() -> None:
    for on in (server("mariadb", 11, 8), server("mysql", 8, 4)):
        assert [sql for sql in _ran(on, "EXECUTE IMMEDIATE ?") if "prepared_" in sql]
    assert [sql for sql in _ran(server("mariadb", 11, 8), f"EXECUTE {SHOWN}") if "prepared_" in sql]


def test_another_server_tells_anew_whether_it_digests_executions() -> None:
    db = fake(counted(), on=server("mysql", 8, 4), d1=f"EXECUTE {SHOWN}")
    statements(db)
    db.server = server("mysql", 8, 4, started_at=500.0)
    db.by_type[_Read] = [{"digest": "d1", "text": SHOWN, "sample": None}]
    statements(db)
    assert any("prepared_" in sql for sql in db.ran)


def test_ids_that_a_restarted_server_gives_again() -> None:
    db = fake(on=server("mariadb", 11, 8))
    db.by_type[_Instance] = [prepared("7/1", 4)]
    (before,) = statements(db).rows
    db.server = server("mariadb", 11, 8, started_at=500.0)
    db.by_type[_Instance] = [prepared("7/1", 4, "other")]
    (after,) = statements(db).rows
    assert (before.database, after.database) == ("shop", "other")


class Refused(FakeSession):
    def rows(self, query: Variants, into: Any, **_: object) -> Any:
        if into is _Instance:
            raise PermissionDenied("SELECT command denied")
        return super().rows(query, into)


def test_prepared_statements_that_are_refused_cost_no_digest() -> None:
    db = fake(counted(), on=server("mariadb", 11, 8), d1=SHOWN)
    answer = statements(Refused(db.server, (), db.by_type))
    assert len(answer.rows) == 1
    assert answer.partial  # what was counted before is not gone
    assert answer.gaps == (
        "executions of prepared statements cannot be read: SELECT command denied",
    )


def _ran(on: Server, text: str) -> list[str]:
    db = fake(counted(), on=on, d1=text)
    statements(db)
    return db.ran


@pytest.mark.parametrize("off", ["digests", "instrumented"])
def test_a_consumer_that_is_off(off: str) -> None:
    name = {"digests": "statements_digest", "instrumented": "global_instrumentation"}[off]
    with pytest.raises(SessionError, match=f"needs the consumer {name}; it is off; run UPDATE"):
        statements(fake(consumers={off: None}))


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (server(settings={"performance_schema": "OFF"}), "needs performance_schema; it is off;"),
        (server(grants=frozenset()), "needs the privilege SELECT ON performance_schema.*;"),
        (server("mysql", 5, 6), "needs mariadb >= 10.5 or mysql >= 5.7; found mysql 5.6"),
    ],
    ids=["off", "no grant", "old"],
)
def test_says_what_it_needs(found: Server, why: str) -> None:
    (said,) = statements.unmet(found)
    assert said.startswith(why)
