"""Answers are in the documented format, written by hand; none was recorded from AWS."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.insights_waits import wait_of
from collectors.rds.statements import statements
from collectors.rds.top_sql import top_sql
from collectors.session import ConnectionLost, PermissionDenied, SessionError
from collectors.snapshots.statements import LOST
from tests.aws.session import FakeAws
from tests.collectors.insights import (
    CPU,
    END,
    KEYS,
    SENT,
    STATISTICS,
    STATS,
    asked,
    at,
    insights,
    keys,
    offered,
    rounds,
    statement,
)


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
            return keys(statement("T2", "SELECT 2", partitions=[0.25]))
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


def test_load_of_no_statement_is_nobodys() -> None:
    key = {"Dimensions": {}, "Total": 1.0}
    (row,) = top_sql(insights(describe_dimension_keys=keys(key))).rows
    assert (row.digest, row.query) == (LOST, "")


def test_a_vacuum_is_told_as_one() -> None:
    text = "autovacuum: VACUUM public.orders (to prevent wraparound)"
    (row,) = top_sql(insights(describe_dimension_keys=keys(statement(text=text)))).rows
    assert row.query.startswith("VACUUM public.orders")


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
        some = [next(ids) for _ in range(25)]
        seen = [statement(f"T{n}", f"SELECT c{n} FROM t") for n in some]
        return keys(*seen, statement("always", "SELECT a FROM t"))

    aws = insights(describe_dimension_keys=answer)
    rows = {r.query: r.load_seconds for r in rounds(aws, 42)}
    assert len(rows) == 1000
    assert {"SELECT c1049 FROM t", "SELECT c51 FROM t"} <= set(rows)
    assert "SELECT c50 FROM t" not in rows
    assert rows["SELECT a FROM t"] == 3600 + 41 * 60
