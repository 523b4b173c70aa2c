"""Entries of one digest add up; the rest follows from the sums."""

from __future__ import annotations

import pytest

from collectors.postgres.databases import Database
from collectors.snapshots.statements import Statement
from rules.statements.by_digest import (
    by_digest,
    calls_per_transaction,
    explaining,
    heavy,
    transactions_per_second,
)
from tests.make import activity, make, server

ALICE = make(
    Statement, database="shop", digest="d1", entry="1", calls=3, exec_seconds=6.0, user="alice",
    rows=30, exec_seconds_squared=14.0, shared_hit_bytes=300, shared_read_bytes=100,
)  # fmt: skip
BOB = make(
    Statement, database="shop", digest="d1", entry="2", calls=1, exec_seconds=2.0, user="bob",
    rows=10, exec_seconds_squared=4.0, shared_hit_bytes=100, shared_read_bytes=0, query="SELECT",
)  # fmt: skip
ELSEWHERE = make(Statement, database="logs", digest="d1", calls=1, exec_seconds=2.0)


def test_entries_of_one_digest_in_one_database_add_up() -> None:
    first, second = by_digest(activity(ALICE, ELSEWHERE, BOB, seconds=16.0))
    assert (first.total.calls, first.total.exec_seconds, first.total.rows) == (4, 8.0, 40)
    assert (first.total.user, first.total.query) == ("alice", "SELECT")
    assert (first.mean_seconds, first.share_ratio, first.active_sessions) == (2.0, 0.8, 0.5)
    assert (first.touched_bytes, first.read_ratio, first.per_call(40)) == (500, 0.2, 10.0)
    assert second.subject.database == "logs"


def test_the_deviation_is_that_of_all_entries() -> None:
    (cost,) = by_digest(activity(ALICE, BOB))
    assert cost.deviation_seconds == pytest.approx(0.5**0.5)


def test_what_is_not_counted_stays_unknown() -> None:
    (cost,) = by_digest(activity(ELSEWHERE))
    assert cost.deviation_seconds is None
    assert cost.touched_bytes is None
    assert cost.total.wal_bytes is None


def test_nothing_ran() -> None:
    assert by_digest(activity()) == ()
    (cost,) = by_digest(activity(make(Statement, digest="d1"), seconds=0.0))
    assert (cost.mean_seconds, cost.share_ratio, cost.active_sessions) == (0.0, 0.0, 0.0)


def test_a_statement_of_ours_is_ours_only_if_every_entry_is() -> None:
    ours = make(Statement, digest="d1", own=True, exec_seconds=2.0)
    theirs = make(Statement, digest="d1", exec_seconds=1.0)
    assert by_digest(activity(ours))[0].total.own
    assert not by_digest(activity(ours, theirs))[0].total.own


@pytest.mark.parametrize(
    ("query", "weighs"),
    [
        ("SELECT * FROM orders", True),
        ("", True),
        ("UPDATE copy SET analyze = $1", True),
        ("VACUUM orders", False),
        ("COPY orders TO STDOUT", False),
        ("CREATE UNIQUE INDEX i ON orders (id)", False),
        ("SELECT SQL_NO_CACHE * FROM orders", False),
        ("LOAD DATA INFILE ? INTO TABLE orders", False),
        ("CHECK TABLE orders", False),
        ("UPDATE checks SET a = ?", True),
    ],
)
def test_upkeep_is_not_heavy(query: str, *, weighs: bool) -> None:
    row = make(Statement, digest="d1", calls=1, exec_seconds=10.0, query=query)
    assert bool(list(heavy(activity(row, seconds=10.0), 0.1))) is weighs


def test_light_and_own_statements_are_not_heavy() -> None:
    light = make(Statement, digest="d1", calls=1, exec_seconds=0.9)
    own = make(Statement, digest="d2", calls=1, exec_seconds=9.0, own=True)
    assert not list(heavy(activity(light, own, seconds=10.0), 0.1))


def test_calls_per_transaction_compares_rates() -> None:
    (cost,) = by_digest(activity(make(Statement, database="shop", calls=200), seconds=100.0))
    ended = transactions_per_second(
        activity(make(Database, database="shop", commits=8, rollbacks=2), seconds=50.0)
    )
    assert calls_per_transaction(cost, ended) == 10.0
    assert calls_per_transaction(cost, {}) == 0.0
    assert not transactions_per_second(activity(make(Database, commits=1), seconds=0.0))


@pytest.mark.parametrize(
    ("major", "query", "shown"),
    [
        (16, "SELECT * FROM t WHERE a = ? AND b IN (?)",
         "EXPLAIN (GENERIC_PLAN) SELECT * FROM t WHERE a = $1 AND b IN ($2);"),
        (15, "SELECT * FROM t WHERE a = ?", None),
        (16, "SELECT now() - interval ?", None),
        (16, "INSERT INTO t VALUES (?)", None),
        (16, "SET work_mem TO ?", None),
        (16, "", None),
    ],
)  # fmt: skip
def test_a_generic_plan_is_shown_where_the_server_can_make_one(
    major: int, query: str, shown: str | None
) -> None:
    (cost,) = by_digest(activity(make(Statement, calls=1, query=query)))
    assert explaining(server(major, 0), cost) == ((shown,) if shown else ())
