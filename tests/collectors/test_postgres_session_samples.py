from __future__ import annotations

from typing import Any

import pytest

from collectors.postgres.session_samples import _Sampled, session_samples
from collectors.sql_text import digest
from collectors.statement_texts import TEXTS, Entry, StatementTexts, _Read
from tests.fakes import FakeSession
from tests.make import row, server

RAW = "SELECT * FROM orders WHERE customer = 'secret'"
SHOWN = "SELECT * FROM orders WHERE customer = ?"


def sampled(**given: Any) -> dict[str, Any]:
    return row(_Sampled, **{"backend_type": "client backend", "raw": RAW, **given})


@pytest.mark.parametrize(
    ("version", "column"),
    [((13,), "NULL::int8 AS query_id"), ((14,), "query_id AS query_id")],
)
def test_statements_have_an_id_from_14_on(version: tuple[int, ...], column: str) -> None:
    db = FakeSession(server(*version), [sampled(pid=7, state="active", wait_type="CPU")])
    (sample,) = session_samples(db).rows
    assert (sample.pid, sample.state, sample.wait_type) == (7, "active", "CPU")
    assert column in db.ran[0]


def test_a_text_is_shown_without_literals_under_its_digest() -> None:
    (sample,) = session_samples(FakeSession(server(13), [sampled()])).rows
    assert sample.query == SHOWN
    assert sample.digest == digest(RAW, "postgres")


def test_the_text_of_the_statistics_wins_for_it_is_not_cut() -> None:
    read = {"queryid": 5, "userid": 1, "dbid": 2, "query": "SELECT $1 AS whole"}
    given = sampled(query_id=5, userid=1, dbid=2)
    db = FakeSession(server(18), [given], {_Read: [read]})
    db.keep(StatementTexts).learn(db, [Entry(5, 1, 2)])
    (sample,) = session_samples(db).rows
    assert sample.query == "SELECT ? AS whole"
    assert sample.digest == digest("SELECT $1 AS whole", "postgres")
    assert db.ran[0] == TEXTS.pick(db.server.versions)


@pytest.mark.parametrize(
    ("given", "query"),
    [
        (sampled(raw=""), ""),
        (sampled(raw="<insufficient privilege>"), ""),
        (
            sampled(raw="autovacuum: VACUUM public.t", backend_type="autovacuum worker"),
            "autovacuum: VACUUM public.t",
        ),
        (
            sampled(raw="START_REPLICATION 0/3000000", backend_type="walsender"),
            "start_replication ? / ?",
        ),
    ],
    ids=["nothing", "hidden", "autovacuum", "replication"],
)
def test_what_is_no_statement_has_no_digest(given: dict[str, Any], query: str) -> None:
    (sample,) = session_samples(FakeSession(server(18), [given])).rows
    assert sample.query == query
    assert sample.digest == ""


def test_says_what_it_needs() -> None:
    assert session_samples.unmet(server(12)) == ["needs postgres >= 13; found postgres 12"]
