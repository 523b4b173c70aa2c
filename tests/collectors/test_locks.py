from __future__ import annotations

import pytest

from collectors.postgres.postgres_table import PostgresTable
from collectors.snapshots.locks import LockWait, named, trees
from tests.make import make, snapshot


def waits(*pairs: tuple[int, int]) -> list[LockWait]:
    return [make(LockWait, waiter=w, blocker=b, waited_seconds=float(w)) for w, b in pairs]


@pytest.mark.parametrize(
    ("pairs", "found"),
    [
        pytest.param([], [], id="nobody waits"),
        pytest.param([(2, 1)], [(1, 1, 1, 2.0)], id="one waits"),
        pytest.param([(2, 1), (3, 2), (4, 2)], [(1, 2, 3, 9.0)], id="a queue behind a waiter"),
        pytest.param([(2, 1), (3, 1), (3, 2)], [(1, 2, 2, 5.0)], id="one waits for two: once"),
        pytest.param(
            [(2, 1), (6, 5), (7, 5)], [(5, 1, 2, 13.0), (1, 1, 1, 2.0)], id="the bigger tree first"
        ),
        pytest.param([(2, 3), (3, 2)], [], id="a deadlock has no root; the server breaks it"),
        pytest.param([(2, 1), (2, 3), (3, 2)], [(1, 3, 2, 5.0)], id="a cycle under a root ends"),
    ],
)
def test_trees(pairs: list[tuple[int, int]], found: list[tuple[int, int, int, float]]) -> None:
    made = [(t.root, t.depth, t.blocked_sessions, t.waited_seconds) for t in trees(waits(*pairs))]
    assert made == found


def test_relations_of_other_databases_are_named_by_the_walk() -> None:
    far = make(LockWait, database="shop", relation=7, object="relation 7 in shop")
    strange = make(LockWait, database="crm", relation=7, object="relation 7 in crm")
    row = make(LockWait, database="shop", object="advisory")
    tables = snapshot(make(PostgresTable, database="shop", oid=7, schema="public", table="orders"))
    found = named(snapshot(far, strange, row), tables)
    assert [w.object for w in found.rows] == ["public.orders", "relation 7 in crm", "advisory"]
