"""Answers are in the documented format, written by hand; none was recorded from AWS."""

from __future__ import annotations

import pytest

from agent.ledger import Ledger, accumulated
from collectors.rds.needs import Action
from collectors.rds.statements import InsightsStatement, statements
from collectors.rds.top_sql import top_sql
from collectors.session import PermissionDenied
from collectors.sql_text import digest
from tests.aws.session import FakeAws
from tests.collectors.insights import END, KEYS, asked, insights, keys, offered, statement

POSTGRES = {
    "calls_per_sec": 10.0,
    "rows_per_sec": 0.5,
    "shared_blks_hit_per_sec": 100.0,
    "shared_blks_read_per_sec": 2.0,
    "temp_blks_written_per_sec": 0.25,
}
MYSQL = {
    "count_star_per_sec": 2.0,
    "sum_rows_affected_per_sec": 1.0,
    "sum_rows_sent_per_sec": 3.0,
    "sum_rows_examined_per_sec": 5000.0,
}


def counting(family: str, rates: dict[str, float]) -> FakeAws:
    return insights(
        family,
        describe_dimension_keys=keys(statement(rates=rates, total=0.5)),
        list_available_resource_metrics=offered(*rates, "total_time_per_sec"),
    )


def test_postgres_counts_calls_rows_and_blocks() -> None:
    (row,) = statements(counting("postgres", POSTGRES)).rows
    assert (row.calls, row.rows, row.exec_seconds) == (36_000, 1800, 1800)
    assert row.shared_hit_bytes == 100 * 3600 * 8192
    assert row.shared_read_bytes == 2 * 3600 * 8192
    assert row.temp_written_bytes == 900 * 8192
    assert (row.shared_written_bytes, row.rows_examined, row.wal_bytes) == (None, None, None)
    assert (row.database, row.entry, row.own, row.nested) == ("", "T1", False, False)
    assert row.digest == digest("SELECT * FROM orders WHERE id = $1")


def test_mysql_counts_rows_it_sends_changes_and_examines() -> None:
    (row,) = statements(counting("mysql", MYSQL)).rows
    assert (row.calls, row.rows, row.rows_examined) == (7200, 14_400, 18_000_000)
    assert (row.shared_hit_bytes, row.temp_written_bytes) == (None, None)


def test_where_nothing_is_counted_there_is_the_load() -> None:
    (row,) = statements(insights(describe_dimension_keys=keys(statement()))).rows
    assert (row.calls, row.rows, row.rows_examined, row.exec_seconds) == (0, None, None, 3600)


def test_a_statement_without_counts_in_one_minute_counts_on_in_the_next() -> None:
    answers = [
        keys(statement(rates=POSTGRES)),
        keys(statement()),
        keys(statement(rates={"calls_per_sec": float("nan"), "rows_per_sec": -1.0})),
        keys(statement(rates=POSTGRES)),
    ]
    aws = insights(
        describe_dimension_keys=lambda _: answers.pop(0),
        list_available_resource_metrics=offered(*POSTGRES),
    )
    calls = []
    for _ in range(4):
        (row,) = statements(aws).rows
        calls.append((row.calls, row.rows))
        aws.clock += 60
    assert calls == [(36_000, 1800), (36_000, 1800), (36_000, 1800), (36_600, 1830)]


def test_a_statement_without_load_is_none() -> None:
    idle = keys(statement("T1", total=0.0), statement("T2", total=0.5))
    assert [r.entry for r in statements(insights(describe_dimension_keys=idle)).rows] == ["T2"]


def test_two_shapes_of_one_digest_are_two_entries() -> None:
    two = keys(statement("T1", "SELECT 1"), statement("T2", "SELECT ?"))
    first, second = statements(insights(describe_dimension_keys=two)).rows
    assert first.digest == second.digest
    assert {first.entry, second.entry} == {"T1", "T2"}


def test_our_own_are_marked() -> None:
    text = "/* dbtriage */ SELECT 1"
    (row,) = statements(insights(describe_dimension_keys=keys(statement(text=text)))).rows
    assert (row.own, row.query) == (True, "SELECT ?")


def test_differences_are_those_of_the_minutes_between() -> None:
    aws = counting("postgres", POSTGRES)
    ledger = Ledger(InsightsStatement, 3600.0)
    first = statements(aws)
    assert ledger.add(first) is None
    whole = accumulated(first)
    assert whole is not None
    assert (whole.seconds, whole.rows[0].calls) == (3600, 36_000)
    aws.clock += 120
    ran = ledger.add(statements(aws))
    assert ran is not None
    assert (ran.seconds, ran.rows[0].calls, ran.rows[0].exec_seconds) == (120, 1200, 60)


def test_what_top_sql_learned_is_told_without_a_call() -> None:
    aws = counting("postgres", POSTGRES)
    top_sql(aws)
    told = statements(aws)
    assert (told.taken_at, told.counting_since, len(asked(aws, KEYS))) == (END, END - 3600, 1)


def test_a_denial_passes_through() -> None:
    aws = insights(describe_dimension_keys=PermissionDenied("needs pi:DescribeDimensionKeys"))
    with pytest.raises(PermissionDenied, match="pi:DescribeDimensionKeys"):
        statements(aws)


def test_what_it_needs_of_iam() -> None:
    needs = {n.name: n.optional for n in statements.needs if isinstance(n, Action)}
    assert needs == {
        "pi:DescribeDimensionKeys": False,
        "pi:ListAvailableResourceMetrics": True,
        "pi:GetDimensionKeyDetails": True,
    }
