"""Answers are in the documented format, written by hand; none was recorded from AWS."""

from __future__ import annotations

import gc
import re
from typing import Any

import pytest

import tests.collectors.sql_corpus as corpus
from collectors.rds.blocking import blocking
from collectors.rds.insights_rounds import InsightsRounds
from collectors.rds.insights_texts import InsightsTexts, named, read
from collectors.rds.load import load
from collectors.rds.statements import statements
from collectors.rds.top_sql import top_sql
from collectors.session import ConnectionLost, NotOffered, PermissionDenied, SessionError
from collectors.sql_text import digest, normalise
from tests.aws.session import FakeAws
from tests.collectors.insights import (
    CUT,
    DETAILS,
    DIMENSIONS,
    KEYS,
    LONG,
    METRICS,
    SENT,
    STATISTICS,
    asked,
    groups,
    insights,
    keys,
    metrics,
    rounds,
    series,
    statement,
)

WHOLE = LONG.replace("?", "'secret-7'")


def test_a_whole_text_has_the_digest_of_every_other_source() -> None:
    aws = insights(describe_dimension_keys=keys(statement(text=SENT)))
    (row,) = top_sql(aws).rows
    assert row.digest == digest("SELECT * FROM orders WHERE id = $1")
    assert (row.query, row.truncated, row.engine_id) == (SENT, False, "4711")


def test_postgres_texts_join_with_what_pg_stat_statements_shows() -> None:
    """`N$6` aside, which stands for a string written N'…'."""
    shown = [s for seen in corpus.POSTGRES for s in seen.shown if "N$" not in s]
    assert len(shown) > 100
    for each in shown:
        assert read(re.sub(r"\$\d+", "?", each), "postgres").digest == digest(each)
        assert read(each, "postgres").digest == digest(each)


def test_mysql_texts_join_with_the_digests_of_performance_schema() -> None:
    shown = [s for seen in corpus.MYSQL for s in seen.shown if s]
    assert len(shown) > 50
    for each in shown:
        assert read(each, "mysql").digest == digest(each, "mysql")
    aws = insights(family="mysql", describe_dimension_keys=keys(statement(text=SENT)))
    (row,) = top_sql(aws).rows
    assert row.digest == digest("SELECT * FROM `orders` WHERE `id` = ?", "mysql")


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("SELECT ?||name, a&?|?", "SELECT $1||name, a&$2|$3"),
        ("SELECT 1 WHERE ?@>b AND c ?| ? AND d ? ?", "SELECT 1 WHERE $1@>b AND c ?| $2 AND d ? $3"),
        ("UPDATE t SET a=?-b WHERE c IN (?,?,?)", "UPDATE t SET a=$1-b WHERE c IN ($1)"),
    ],
)  # fmt: skip
def test_a_placeholder_is_no_operator(raw: str, shown: str) -> None:
    assert read(raw, "postgres").digest == digest(shown)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param(None, named("4711"), id="no text"),
        pytest.param("", named("4711"), id="an empty one"),
        pytest.param("<insufficient privilege>", named("4711"), id="a hidden one"),
    ],
)
def test_without_a_text_the_engine_names_it(text: str | None, name: str) -> None:
    aws = insights(describe_dimension_keys=keys(statement(text=text)))
    (row,) = top_sql(aws).rows
    assert (row.digest, row.query, row.truncated) == (name, "", False)
    assert asked(aws, DETAILS) == []


class Aurora:
    """Answers about a statement whose text is cut, with the whole text of one execution."""

    def __init__(self, whole: str = WHOLE, status: str = "AVAILABLE", sql_id: str = "S1") -> None:
        self.whole, self.status, self.sql_id = whole, status, sql_id
        self.text = CUT

    def keys(self, given: dict[str, Any]) -> dict[str, Any]:
        if given["GroupBy"]["Group"] == "db.sql_tokenized":
            return keys(statement(text=self.text))
        assert given["GroupBy"] == {"Group": "db.sql", "Limit": 1}
        assert given["Filter"] == {"db.sql_tokenized.id": "T1"}
        found = {"Dimensions": {"db.sql.id": self.sql_id, "db.sql.statement": self.whole[:500]}}
        return keys(*([{**found, "Total": 1.0}] if self.sql_id else []))

    def details(self, given: dict[str, Any]) -> dict[str, Any]:
        assert given["Group"] == "db.sql"
        assert given["GroupIdentifier"] == self.sql_id
        assert given["RequestedDimensions"] == ["statement"]
        found = {"Dimension": "db.sql.statement", "Value": self.whole, "Status": self.status}
        return {"Dimensions": [found]}

    def session(self) -> FakeAws:
        return insights(describe_dimension_keys=self.keys, get_dimension_key_details=self.details)


def test_a_cut_text_is_named_by_the_engine() -> None:
    (row,) = rounds(Aurora().session(), 1)
    assert (row.digest, row.truncated, row.query) == (named("4711"), True, normalise(CUT))


def test_the_whole_text_is_read_one_call_a_minute_and_counts_on_under_its_digest() -> None:
    aws = Aurora().session()
    calls = []
    for _ in range(5):
        before = len(aws.asked)
        top_sql(aws)
        calls.append([name for name, _ in aws.asked[before:] if name != STATISTICS])
        aws.clock += 60
    assert calls == [[KEYS, KEYS], [KEYS, DETAILS], [KEYS], [KEYS], [KEYS]]
    old, new = top_sql(aws).rows
    assert (old.digest, old.truncated, old.load_seconds) == (named("4711"), True, 3660)
    assert (new.digest, new.truncated, new.load_seconds) == (digest(LONG), False, 240)
    assert (new.query, new.engine_id) == (normalise(LONG), "4711")


def test_a_cut_text_of_ours_is_ours() -> None:
    answers = Aurora()
    answers.text = f"/* dbtriage */ {LONG}"[:500]
    (row,) = statements(answers.session()).rows
    assert (row.own, row.digest) == (True, named("4711"))


def test_no_constant_of_a_whole_text_is_kept() -> None:
    aws = Aurora().session()
    rounds(aws, 4)
    assert "secret-7" not in repr(top_sql(aws))
    reached = {id(each): each for each in gc.get_referents(aws.keep(InsightsRounds))}
    new = list(reached.values())
    while new:
        found = {id(each): each for each in gc.get_referents(*new) if not callable(each)}
        new = [each for key, each in found.items() if key not in reached]
        reached |= found
    texts = [each for each in reached.values() if isinstance(each, str)]
    assert normalise(LONG) in texts
    assert [each for each in texts if "secret-7" in each] == []


def test_three_calls_a_minute_are_enough() -> None:
    aws = Aurora().session()
    aws.answers[METRICS] = metrics(series(1.0))
    aws.answers[DIMENSIONS] = groups("db.wait_event", "db.blocking_sql")
    aws.answers[DETAILS] = {"Dimensions": []}
    made = []
    for minute in range(60):
        before = len(aws.asked)
        for ask in (top_sql, statements, load, *([blocking] if minute % 5 == 0 else [])):
            ask(aws)
        made.append(len(aws.asked) - before)
        aws.clock += 60
    # The first minute asks what is offered, each fifth who blocks.
    assert made[0] == 6
    assert max(n for minute, n in enumerate(made) if minute % 5) == 3
    assert max(made[1:]) <= 4


@pytest.mark.parametrize(
    ("answers", "calls"),
    [
        pytest.param(Aurora(status="UNAVAILABLE", whole=""), 1, id="not there"),
        pytest.param(Aurora(status="PROCESSING", whole=""), 3, id="never ready"),
        pytest.param(Aurora(sql_id=""), 0, id="did not run"),
        pytest.param(Aurora(whole="SELECT 1"), 1, id="another statement"),
        pytest.param(Aurora(whole=f"{WHOLE}{'x' * 4096}"[:4095]), 1, id="cut by the engine too"),
    ],
)
def test_a_text_that_is_not_found_is_given_up(answers: Aurora, calls: int) -> None:
    aws = answers.session()
    (row,) = rounds(aws, 10)
    assert row.truncated
    assert len(asked(aws, DETAILS)) == calls
    sought = [a for a in asked(aws, KEYS) if a["GroupBy"]["Group"] == "db.sql"]
    assert len(sought) <= 4


def test_of_several_statements_in_one_text_the_one_that_fits_is_taken() -> None:
    *_, row = rounds(Aurora(whole=f"BEGIN; {WHOLE}; COMMIT").session(), 3)
    assert row.digest == digest(LONG)


@pytest.mark.parametrize(
    ("error", "calls"),
    [
        (PermissionDenied("needs pi:GetDimensionKeyDetails"), 1),
        (NotOffered("not here"), 1),
        (SessionError("throttled"), 2),
    ],
)
def test_whole_texts_are_optional(error: SessionError, calls: int) -> None:
    aws = Aurora().session()
    aws.answers[DETAILS] = error
    (row,) = rounds(aws, 14)
    assert row.truncated
    assert any(str(error) in gap for gap in top_sql(aws).gaps)
    assert len(asked(aws, DETAILS)) == calls


def test_a_connection_that_is_lost_over_a_text_loses_no_load() -> None:
    aws = Aurora().session()
    aws.answers[DETAILS] = ConnectionLost("gone")
    (before,) = rounds(aws, 1)
    with pytest.raises(ConnectionLost):
        top_sql(aws)
    (row,) = top_sql(aws).rows
    assert row.load_seconds == before.load_seconds + 60


def test_texts_that_came_first_are_forgotten() -> None:
    texts = InsightsTexts()
    for n in range(5_001):
        texts.get(f"T{n}", "", f"SELECT c{n} FROM t", "postgres")
    assert texts.get("T1", "", None, "postgres").query == "SELECT c1 FROM t"
    assert texts.get("T0", "", None, "postgres").query == ""


@pytest.mark.parametrize("at_byte", [497, 500])
def test_a_cut_inside_a_character_is_a_cut(at_byte: int) -> None:
    text = "SELECT ä FROM t WHERE " + "é" * 300
    raw = text.encode()[:at_byte].decode(errors="ignore")
    (row,) = top_sql(insights(describe_dimension_keys=keys(statement(text=raw)))).rows
    assert row.truncated
