from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from agent.targets import postgres_planner
from agent.targets.postgres_planner import PostgresPlanner, Refusals
from collectors.postgres import explain
from collectors.session import ConnectionLost, PermissionDenied, QueryTimeout, Server, SessionError
from rules.planner import Plan, ProposedIndex
from tests.make import server

QUERY = "SELECT * FROM orders WHERE customer_id = ?"
PROPOSED = [ProposedIndex("public", "My orders", (c,)) for c in ("status", "order")]


class FakeServer:
    """Answers with one plan, or fails with `error` where a statement contains `at`."""

    def __init__(
        self, *version: int, error: SessionError | None = None, at: str = "EXPLAIN"
    ) -> None:
        versions = {"postgres": version, "hypopg": (1, 4)}
        self.server = Server("db", "postgres", versions)
        self.ran: list[str] = []
        self.now = 0.0
        self.seconds_each = 0.0
        self.error = error
        self.at = at
        self.tables = ["orders", "another", *(f"t{number}" for number in range(30))]
        self.document: Any = [{"Plan": {"Total Cost": 12.5}}]

    @contextmanager
    def lend(self, database: str) -> Iterator[FakeServer]:
        assert database == "shop"
        yield self

    def placed(self, sql: str) -> str:
        return sql.replace("@extschema:hypopg@", "public")

    @contextmanager
    def transaction(self) -> Iterator[Callable[[str], Sequence[tuple[Any, ...]]]]:
        self.ran.append("BEGIN")
        try:
            yield self.run
        finally:
            self.ran.append("ROLLBACK")

    def run(self, sql: str) -> Sequence[tuple[Any, ...]]:
        self.ran.append(sql)
        self.now += self.seconds_each
        if self.error and self.at in sql:
            raise self.error
        if sql == explain.NAMES:
            return [(name, True) for name in self.tables]
        if "set_config" in sql:
            return [("public", "force_generic_plan", "1s", False)]
        if "hypopg_create_index" in sql:
            return [(100 + sum("hypopg_create_index" in s for s in self.ran),)]
        if "parameter_types" in sql:
            return [(1,)]
        return [(self.document,)] if sql.startswith("EXPLAIN") else []

    def planner(self, refusals: Refusals | None = None) -> PostgresPlanner:
        lend = self.lend
        kept = refusals or Refusals()
        return PostgresPlanner(lend, kept, hypothetical=True, clock=lambda: self.now)

    @property
    def explained(self) -> int:
        return sum(sql.startswith("EXPLAIN") for sql in self.ran)


def test_a_generic_plan_since_16() -> None:
    fake = FakeServer(16, 1)
    assert fake.planner().plan("shop", QUERY) == Plan(12.5, (), ())
    assert fake.ran[-2:] == [
        "EXPLAIN (GENERIC_PLAN, FORMAT JSON) SELECT * FROM orders WHERE customer_id = $1",
        "ROLLBACK",
    ]


def test_a_prepared_statement_before() -> None:
    fake = FakeServer(15, 1)
    assert fake.planner().plan("shop", QUERY) == Plan(12.5, (), ())
    assert "EXPLAIN (FORMAT JSON) EXECUTE dbtriage_plan(NULL)" in fake.ran
    assert fake.ran[-4:] == ["ROLLBACK", "BEGIN", "DEALLOCATE dbtriage_plan", "ROLLBACK"]


def test_hypothetical_indexes_by_their_oids() -> None:
    fake = FakeServer(15, 1)
    index = {"Node Type": "Index Scan", "Index Name": "<102>btree_orders_order"}
    other = {"Node Type": "Index Scan", "Index Name": "orders_pkey"}
    fake.document = [{"Plan": {"Total Cost": 3.0, "Plans": [{"Plans": [index]}, other]}}]
    assert fake.planner().plan("shop", QUERY, PROPOSED) == Plan(3.0, ("orders_pkey",), (1,))
    made = [sql for sql in fake.ran if "hypopg_create_index" in sql]
    assert 'CREATE INDEX ON public."My orders" ("order")' in made[1]
    assert fake.ran[-3:] == ["SELECT public.hypopg_reset()", "DEALLOCATE dbtriage_plan", "ROLLBACK"]


@pytest.mark.parametrize("at", ["hypopg_create_index", "PREPARE", "EXPLAIN"])
def test_an_error_leaves_nothing_behind(at: str) -> None:
    fake = FakeServer(15, 1, error=SessionError("no"), at=at)
    assert fake.planner().plan("shop", QUERY, PROPOSED) is None
    prepared = at == "EXPLAIN"
    assert ("DEALLOCATE dbtriage_plan" in fake.ran) is prepared
    assert "SELECT public.hypopg_reset()" in fake.ran[fake.ran.index("ROLLBACK") :]


def test_without_hypopg_in_this_database() -> None:
    fake = FakeServer(16, 1)
    fake.server = server(16, 1)
    assert fake.planner().plan("shop", QUERY, PROPOSED) is None
    assert fake.ran == []


def test_folded_parameters_are_no_plan() -> None:
    fake = FakeServer(15, 1)
    fake.document = [{"Plan": {"Total Cost": 0.01, "One-Time Filter": "false"}}]
    assert fake.planner().plan("shop", QUERY) is None


@pytest.mark.parametrize("error", [SessionError("no"), PermissionDenied("no"), QueryTimeout("no")])
def test_a_refusal_is_asked_again_after_a_pause_that_doubles(error: SessionError) -> None:
    refusals = Refusals()
    fake = FakeServer(16, 1, error=error)
    for after, tries in ((0, 1), (1, 1), (3598, 1), (1, 2), (3600, 2), (3600, 3)):
        fake.now += after
        assert fake.planner(refusals).plan("shop", QUERY) is None
        assert fake.explained == tries


def test_a_document_of_another_shape_is_a_refusal() -> None:
    fake = FakeServer(16, 1)
    fake.document = []
    refusals = Refusals()
    assert fake.planner(refusals).plan("shop", QUERY) is None
    assert len(refusals.errors) == 1


def test_the_error_budget_of_an_hour() -> None:
    refusals = Refusals()
    fake = FakeServer(16, 1, error=SessionError("no"))
    for number in range(30):
        fake.planner(refusals).plan("shop", f"SELECT * FROM t{number}")
    assert fake.explained == postgres_planner.MOST_ERRORS
    fake.now += postgres_planner.ERROR_SPAN_SECONDS
    fake.planner(refusals).plan("shop", "SELECT * FROM another")
    assert fake.explained == postgres_planner.MOST_ERRORS + 1


def test_the_budget_of_a_judgement() -> None:
    fake = FakeServer(16, 1)
    planner = fake.planner()
    answers = [planner.plan("shop", QUERY) for _ in range(300)]
    assert sum(a is not None for a in answers) == postgres_planner.MOST_PLANS
    slow = FakeServer(16, 1)
    slow.seconds_each = 0.5
    planner = slow.planner()
    answers = [planner.plan("shop", QUERY) for _ in range(10)]
    assert sum(a is not None for a in answers) == 3
    assert slow.planner().plan("shop", QUERY) is not None


def test_a_lost_connection_is_no_refusal_but_ends_the_judgement() -> None:
    fake = FakeServer(16, 1, error=ConnectionLost("gone"))
    refusals = Refusals()
    planner = fake.planner(refusals)
    assert [planner.plan("shop", QUERY) for _ in range(3)] == [None] * 3
    assert fake.explained == 1
    assert not refusals.errors


def test_what_is_refused_does_not_grow_without_end() -> None:
    refusals = Refusals()
    for number in range(postgres_planner.MOST_REFUSED + 10):
        refusals.add(("shop", str(number), ()), 0.0)
    assert len(refusals.refused) == postgres_planner.MOST_REFUSED
