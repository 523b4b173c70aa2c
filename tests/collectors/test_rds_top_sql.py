"""Answers are in the documented format, written by hand; none was recorded from AWS."""

from __future__ import annotations

import gc
import re
from typing import Any

import pytest

import tests.collectors.sql_corpus as corpus
from collectors.rds.blocking import blocking
from collectors.rds.insights_join import Match, matched
from collectors.rds.insights_rounds import InsightsRounds
from collectors.rds.insights_texts import named, read, stem
from collectors.rds.insights_waits import wait_of
from collectors.rds.load import load
from collectors.rds.statements import statements
from collectors.rds.top_sql import TopSql, top_sql
from collectors.session import ConnectionLost, NotOffered, PermissionDenied, SessionError
from collectors.snapshots.statements import LOST, Statement
from collectors.sql_text import digest, normalise
from tests.aws.session import FakeAws
from tests.collectors.insights import (
    CPU,
    DETAILS,
    DIMENSIONS,
    END,
    KEYS,
    METRICS,
    SENT,
    STATISTICS,
    STATS,
    asked,
    at,
    groups,
    insights,
    keys,
    metrics,
    offered,
    series,
    statement,
)
from tests.make import make

LONG = "SELECT " + ", ".join(f"column_{n:02}" for n in range(60)) + " FROM orders WHERE a = ?"
CUT = LONG.encode()[:500].decode()
WHOLE = LONG.replace("?", "'secret-7'")


def spent(aws: FakeAws) -> dict[tuple[str, str], float]:
    return {(r.wait_type, r.wait_event): r.load_seconds for r in top_sql(aws).rows}


def test_the_first_round_covers_an_hour_and_the_next_the_minutes_since() -> None:
    aws = insights(describe_dimension_keys=keys(statement(partitions=[0.5]), waits=(CPU,)))
    first = top_sql(aws)
    assert (first.taken_at, first.counting_since) == (END, END - 3600)
    aws.clock += 120
    second = top_sql(aws)
    assert (second.taken_at, second.counting_since) == (END + 120, END - 3600)
    spans = [(a["StartTime"], a["EndTime"]) for a in asked(aws, KEYS)]
    assert spans == [(at(END - 3600), at(END)), (at(END), at(END + 120))]
    assert spent(aws) == {("CPU", ""): 0.5 * 3720, ("", "other"): 0.5 * 3720}


def test_what_is_asked() -> None:
    aws = insights(
        describe_dimension_keys=keys(),
        list_available_resource_metrics=offered("rows_per_sec", "calls_per_sec", "unheard_of"),
    )
    top_sql(aws)
    (request,) = asked(aws, KEYS)
    assert request == {
        "ServiceType": "RDS",
        "Identifier": "db-ORDERS1",
        "StartTime": at(END - 3600),
        "EndTime": at(END),
        "PeriodInSeconds": 60,
        "MaxResults": 25,
        "Metric": "db.load.avg",
        "GroupBy": {"Group": "db.sql_tokenized", "Limit": 25},
        "PartitionBy": {"Group": "db.wait_event", "Limit": 10},
        "AdditionalMetrics": [f"{STATS}.calls_per_sec.avg", f"{STATS}.rows_per_sec.avg"],
    }
    assert asked(aws, STATISTICS)[0]["MetricTypes"] == [STATS]


def test_two_collectors_in_a_minute_make_one_call() -> None:
    aws = insights(describe_dimension_keys=keys(statement()))
    assert top_sql(aws).taken_at == statements(aws).taken_at == top_sql(aws).taken_at
    aws.clock = END + 179
    statements(aws)
    assert len(asked(aws, KEYS)) == 1
    aws.clock = END + 180
    assert statements(aws).taken_at == top_sql(aws).taken_at == END + 60
    assert len(asked(aws, KEYS)) == 2


def test_what_is_offered_is_asked_every_six_hours() -> None:
    aws = insights(describe_dimension_keys=keys())
    for _ in range(3):
        top_sql(aws)
        aws.clock += 6 * 3600 - 60
    assert [len(asked(aws, name)) for name in (STATISTICS, KEYS)] == [2, 3]


def test_after_a_long_pause_the_last_hour_is_asked_and_the_rest_is_said_to_be_missing() -> None:
    aws = insights(describe_dimension_keys=keys(statement()))
    top_sql(aws)
    aws.clock += 3 * 3600
    (gap,) = top_sql(aws).gaps
    assert gap.startswith("120 minutes are missing")
    assert asked(aws, KEYS)[-1]["StartTime"] == at(END + 2 * 3600)
    aws.clock += 60
    assert top_sql(aws).gaps == ()


def test_a_clock_that_was_set_back_begins_anew() -> None:
    aws = insights(describe_dimension_keys=keys(statement()))
    top_sql(aws)
    aws.clock -= 86_400
    assert top_sql(aws).taken_at == END - 86_400
    assert asked(aws, KEYS)[-1]["StartTime"] == at(END - 86_400 - 3600)


@pytest.mark.parametrize("error", [SessionError("throttled"), PermissionDenied("needs pi:…")])
def test_a_minute_that_was_refused_is_asked_again_with_the_next(error: SessionError) -> None:
    answer = keys(statement())
    answers: list[Any] = [answer, error, answer]
    aws = insights(describe_dimension_keys=lambda _: answers.pop(0))
    before = spent(aws)
    aws.clock += 60
    for ask in (top_sql, statements):
        with pytest.raises(type(error), match=str(error)):
            ask(aws)
    assert len(asked(aws, KEYS)) == 2
    aws.clock += 60
    assert asked(aws, KEYS)[-1]["StartTime"] == at(END)
    assert spent(aws)["", "other"] == before["", "other"] + 120
    assert asked(aws, KEYS)[-1]["StartTime"] == at(END)


def test_a_lost_connection_is_tried_again_at_once() -> None:
    answers: list[Any] = [ConnectionLost("gone"), keys(statement())]
    aws = insights(describe_dimension_keys=lambda _: answers.pop(0))
    with pytest.raises(ConnectionLost):
        top_sql(aws)
    assert top_sql(aws).rows


def test_pages_are_followed() -> None:
    def page(given: dict[str, Any]) -> dict[str, Any]:
        if "NextToken" in given:
            return keys(statement("T2", "SELECT 2", partitions=[0.25]), waits=(CPU,))
        first = keys(statement("T1", "SELECT a FROM b", partitions=[1.0]), waits=(CPU,))
        return {**first, "NextToken": "more"}

    aws = insights(describe_dimension_keys=page)
    found = {r.query: (r.wait_type, r.load_seconds) for r in top_sql(aws).rows if r.wait_type}
    assert found == {"SELECT a FROM b": ("CPU", 3600), "SELECT ?": ("CPU", 900)}


def test_pages_without_end_end() -> None:
    endless = {**keys(statement()), "NextToken": "more"}
    aws = insights(describe_dimension_keys=endless)
    top_sql(aws)
    assert len(asked(aws, KEYS)) == 4


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        pytest.param(keys(), {}, id="nothing ran"),
        pytest.param({}, {}, id="an empty answer"),
        pytest.param(keys(statement(total=0.0)), {}, id="no load"),
        pytest.param(keys(statement(total=float("nan"))), {}, id="no number"),
        pytest.param(
            keys(statement(partitions=[0.4, 0.6]), waits=(CPU, ("Lock", "Lock:tuple"))),
            {("CPU", ""): 1440, ("Lock", "tuple"): 2160},
            id="the parts are the whole",
        ),
        pytest.param(
            keys(statement(partitions=[0.4, float("nan")]), waits=(CPU, ("IO", "WALSync"))),
            {("CPU", ""): 1440, ("", "other"): 2160},
            id="a part that is no number",
        ),
        pytest.param(
            keys(statement("T1", total=0.5), statement("T2", total=0.25, text=f"{SENT} -- b")),
            {("", "other"): 2700},
            id="two shapes of one digest add up",
        ),
    ],
)
def test_load(given: dict[str, Any], seconds: dict[tuple[str, str], float]) -> None:
    assert spent(insights(describe_dimension_keys=given)) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("kind", "name", "wait"),
    [
        ("CPU", "CPU", ("CPU", "")),
        ("Lock", "Lock:transactionid", ("Lock", "transactionid")),
        ("Lock", "transactionid", ("Lock", "transactionid")),
        ("LWLock", "LWLock:BufferContent", ("LWLock", "BufferContent")),
        ("io", "wait/io/table/sql/handler", ("IO", "table/sql/handler")),
        ("io", "io/table/sql/handler", ("IO", "table/sql/handler")),
        ("io", "wait/io/file/innodb/innodb_data_file", ("IO", "file/innodb/innodb_data_file")),
        ("io", "io/aurora_redo_log_flush", ("Commit", "aurora_redo_log_flush")),
        ("synch", "wait/synch/cond/innodb/row_lock_wait", ("Lock", "row")),
        ("synch", "synch/cond/innodb/row_lock_wait_cond", ("Lock", "row")),
        ("lock", "wait/lock/metadata/sql/mdl", ("Lock", "metadata")),
        ("lock", "wait/lock/table/sql/handler", ("Lock", "table")),
        ("synch", "wait/synch/mutex/innodb/x_mutex", ("Synch", "mutex/innodb/x_mutex")),
        ("Odd", "a:b", ("Odd", "a:b")),
        ("", "", ("", "")),
    ],
)  # fmt: skip
def test_waits_have_the_words_of_session_samples(
    kind: str, name: str, wait: tuple[str, str]
) -> None:
    assert wait_of({"db.wait_event.type": kind, "db.wait_event.name": name}) == wait


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


def test_load_of_no_statement_is_nobodys() -> None:
    key = {"Dimensions": {}, "Total": 1.0}
    (row,) = top_sql(insights(describe_dimension_keys=keys(key))).rows
    assert (row.digest, row.query) == (LOST, "")


def test_a_vacuum_is_told_as_one() -> None:
    text = "autovacuum: VACUUM public.orders (to prevent wraparound)"
    (row,) = top_sql(insights(describe_dimension_keys=keys(statement(text=text)))).rows
    assert row.query.startswith("VACUUM public.orders")


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


def rounds(aws: FakeAws, count: int) -> list[TopSql]:
    """The rows after so many minutes, the first one over an hour."""
    rows: tuple[TopSql, ...] = ()
    for _ in range(count):
        rows = top_sql(aws).rows
        aws.clock += 60
    return list(rows)


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
    aws.answers[DETAILS] = {"Dimensions": []}  # so that there always is a text to look for
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


def test_the_list_of_statistics_is_optional() -> None:
    aws = insights(
        describe_dimension_keys=keys(statement()),
        list_available_resource_metrics=PermissionDenied("needs pi:ListAvailableResourceMetrics"),
    )
    for _ in range(3):
        (gap,) = top_sql(aws).gaps
        aws.clock += 60
    assert "needs pi:ListAvailableResourceMetrics" in gap
    assert len(asked(aws, STATISTICS)) == 1
    assert "AdditionalMetrics" not in asked(aws, KEYS)[0]


def test_totals_of_what_was_not_seen_for_longest_are_forgotten() -> None:
    ids = iter(range(10_000))

    def answer(_: dict[str, Any]) -> dict[str, Any]:
        return keys(
            *(statement(f"T{n}", f"SELECT c{n} FROM t") for n in (next(ids) for _ in range(25)))
        )

    aws = insights(describe_dimension_keys=answer)
    rows = rounds(aws, 42)
    assert len(rows) == 1000
    assert {"SELECT c1049 FROM t", "SELECT c50 FROM t"} <= {r.query for r in rows}
    assert "SELECT c49 FROM t" not in {r.query for r in rows}


QUERYID = make(Statement, digest="q", entry="10/5/4711/True", query="SELECT x FROM y")
MYSQL = make(Statement, digest="m", entry="shop/ABCDEF", query="SELECT x FROM y")
LONGEST = make(Statement, digest="l", entry="10/5/1/True", query=normalise(LONG))
OTHER = make(Statement, digest="o", entry="10/5/2/True", query=f"{normalise(LONG)} LIMIT ?")


def top(digest: str = "d1", load: float = 1.0, **given: Any) -> TopSql:
    return make(TopSql, digest=digest, load_seconds=load, **given)


@pytest.mark.parametrize(
    ("row", "own", "by"),
    [
        (top("q"), "q", "digest"),
        (top(engine_id="4711"), "q", "engine id"),
        (top(engine_id="abcdef"), "m", "engine id"),
        (top(engine_id="pi-4711"), "", "nothing"),
        (top(engine_id="10"), "", "nothing"),
        (top(), "", "nothing"),
        (top(query=normalise(CUT), truncated=True), "l", "beginning"),
        (top(query=normalise(CUT)), "", "nothing"),
        (top(query="SELECT x FROM y", truncated=True), "", "nothing"),
    ],
)
def test_join(row: TopSql, own: str, by: str) -> None:
    (pair,) = matched([row], [QUERYID, MYSQL, LONGEST]).pairs
    assert (pair.own, pair.by) == (own, by)


def test_a_beginning_that_fits_two_statements_proves_nothing() -> None:
    row = top(query=normalise(CUT), truncated=True)
    assert matched([row], [LONGEST, OTHER]).load_ratio == 0.0


def test_how_much_was_matched() -> None:
    found = matched([top("q", 5.0), top("q", 1.0), top("x", 2.0)], [QUERYID])
    assert (found.load_ratio, found.statement_ratio) == (0.75, 0.5)
    assert [p.digest for p in found.pairs] == ["q", "x"]
    assert (Match(()).load_ratio, Match(()).statement_ratio) == (None, None)


@pytest.mark.parametrize(
    ("cut", "beginning"),
    [
        ("SELECT a FROM ord", "SELECT a FROM"),
        ("SELECT a FROM t WHERE b IN (?, ?, ?", "SELECT a FROM t WHERE b IN"),
        ("INSERT INTO t (a, b) VALUES (?, ?), (?", "INSERT INTO t (a, b) VALUES"),
        ("SELECT", ""),
    ],
)
def test_what_a_cut_text_begins_like(cut: str, beginning: str) -> None:
    assert stem(cut) == beginning


@pytest.mark.parametrize("at_byte", [497, 500])
def test_a_cut_inside_a_character_is_a_cut(at_byte: int) -> None:
    text = "SELECT ä FROM t WHERE " + "é" * 300
    raw = text.encode()[:at_byte].decode(errors="ignore")
    (row,) = top_sql(insights(describe_dimension_keys=keys(statement(text=raw)))).rows
    assert row.truncated
