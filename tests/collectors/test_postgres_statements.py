from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from collectors.postgres.counting_since import Reset
from collectors.postgres.statements import _Counted, statements
from collectors.session import Server
from collectors.sql_text import digest
from collectors.statement_texts import _Read, unknown
from tests.fakes import FakeSession
from tests.make import row, server

RAW = "SELECT * FROM orders WHERE customer = $1"


def with_extension(*version: int, **settings: str) -> Server:
    versions = {"postgres": (14,), "pg_stat_statements": version}
    return replace(server(14, settings=settings), versions=versions)


def counted(**given: Any) -> dict[str, Any]:
    return row(_Counted, **{"database": "shop", "queryid": 5, "userid": 1, "dbid": 2, **given})


def fake(*given: dict[str, Any], texts: tuple[dict[str, Any], ...] = ()) -> FakeSession:
    by_type = {_Counted: given, Reset: [{"at": 5.0}], _Read: texts}
    return FakeSession(with_extension(1, 11), (), by_type)


@pytest.mark.parametrize(
    ("extension", "columns"),
    [
        ((1, 8), ("(s.blk_read_time)", "true AS toplevel", "NULL::float8 AS counting_since")),
        ((1, 9), ("(s.blk_read_time)", "s.toplevel AS toplevel", "(NULL::float8) / 1e3")),
        ((1, 10), ("s.temp_blk_read_time", "s.jit_emission_time", "(s.blk_read_time)")),
        ((1, 11), ("s.shared_blk_read_time + s.local_blk_read_time", "s.stats_since")),
        ((1, 12), ("s.shared_blk_read_time + s.local_blk_read_time", "s.stats_since")),
    ],
)
def test_follows_the_extension_not_the_server(
    extension: tuple[int, ...], columns: tuple[str, ...]
) -> None:
    db = FakeSession(with_extension(*extension), (), {Reset: [{"at": None}]})
    statements(db)
    assert [column for column in columns if column not in db.ran[-1]] == []


def test_a_statement_has_its_counters_and_its_text() -> None:
    text = {"queryid": 5, "userid": 1, "dbid": 2, "query": RAW}
    answer = statements(fake(counted(calls=3, exec_seconds=1.5, toplevel=True), texts=(text,)))
    (statement,) = answer.rows
    assert (statement.database, statement.calls, statement.exec_seconds) == ("shop", 3, 1.5)
    assert statement.query == "SELECT * FROM orders WHERE customer = ?"
    assert statement.digest == digest(RAW, "postgres")
    assert statement.entry == "1/2/5/True"
    assert not statement.own
    assert answer.counting_since == 5.0
    assert answer.gaps == ()


def test_a_text_is_read_once() -> None:
    db = fake(counted(), texts=({"queryid": 5, "userid": 1, "dbid": 2, "query": RAW},))
    first, second = statements(db), statements(db)
    assert first.rows == second.rows
    assert len([sql for sql in db.ran if "pg_stat_statements(true)" in sql]) == 1


def test_our_own_statements_are_marked() -> None:
    mine = {"queryid": 5, "userid": 1, "dbid": 2, "query": "SELECT $1 /* dbtriage */"}
    (statement,) = statements(fake(counted(), texts=(mine,))).rows
    assert statement.own


def test_a_missing_text_costs_no_counter() -> None:
    nothing = {"queryid": 5, "userid": 1, "dbid": 2, "query": None}
    answer = statements(fake(counted(calls=3), texts=(nothing,)))
    (statement,) = answer.rows
    assert (statement.calls, statement.query) == (3, "")
    assert statement.digest == unknown(5).digest
    assert answer.gaps == ("the server has no text for 1 statements",)


def test_hidden_statements_are_named() -> None:
    answer = statements(fake(counted(queryid=None), counted(queryid=None)))
    assert answer.rows == ()
    assert answer.gaps == (
        '2 statements of other users are hidden; run GRANT pg_read_all_stats TO "dbtriage"',
    )


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (
            replace(server(16), versions={"postgres": (16,)}),
            "needs pg_stat_statements >= 1.8; found none; "
            "run CREATE EXTENSION pg_stat_statements, or ALTER EXTENSION … UPDATE",
        ),
        (
            with_extension(1, 9, shared_preload_libraries="auto_explain"),
            "needs pg_stat_statements in shared_preload_libraries; found auto_explain; "
            "add it there and restart the server",
        ),
    ],
    ids=["no extension", "not loaded"],
)
def test_says_what_it_needs(found: Server, why: str) -> None:
    assert statements.unmet(found) == [why]


@pytest.mark.parametrize("libraries", ['auto_explain, "pg_stat_statements"', "pg_stat_statements"])
def test_is_content_where_the_library_is_loaded(libraries: str) -> None:
    assert statements.unmet(with_extension(1, 9, shared_preload_libraries=libraries)) == []
