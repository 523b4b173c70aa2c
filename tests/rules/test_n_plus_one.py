from __future__ import annotations

import pytest

from collectors.postgres.databases import Database
from collectors.snapshot import Activity
from collectors.snapshots.statements import Statement
from rules.base import Severity
from rules.statements.n_plus_one import n_plus_one
from tests.make import activity, make

LOOKUP = "SELECT * FROM lines WHERE order_id = $1"


def statement(digest: str, calls: int, rows: int, query: str = LOOKUP) -> Statement:
    return make(
        Statement, database="shop", digest=digest, calls=calls, rows=rows, query=query,
        exec_seconds=1.0,
    )  # fmt: skip


def ended(commits: int) -> Activity[Database]:
    return activity(make(Database, database="shop", commits=commits), seconds=100.0)


PARENT = statement("list", 500, 25_000, "SELECT * FROM orders LIMIT $1")


@pytest.mark.parametrize(
    ("rows", "commits", "severity"),
    [
        pytest.param(
            (PARENT, statement("one", 25_000, 25_000)), 25_500, Severity.MEDIUM,
            id="as often as the list has rows",
        ),
        pytest.param(
            (statement("one", 10_000, 10_000),), 500, Severity.LOW, id="twenty times a transaction"
        ),
    ],
)  # fmt: skip
def test_fires(rows: tuple[Statement, ...], commits: int, severity: Severity) -> None:
    (finding,) = n_plus_one(activity(*rows, seconds=100.0), ended(commits))
    assert (finding.subject.name, finding.severity) == ("one", severity)


def test_the_parent_is_named() -> None:
    rows = (PARENT, statement("one", 25_000, 25_000))
    (finding,) = n_plus_one(activity(*rows, seconds=100.0), ended(25_500))
    assert finding.evidence["parent_digest"] == "list"


@pytest.mark.parametrize(
    ("lookup", "commits"),
    [
        pytest.param(statement("one", 1900, 1900), 10, id="under twenty a second"),
        pytest.param(statement("one", 40_000, 40_000), 40_000, id="one lookup a transaction"),
        pytest.param(statement("one", 25_000, 90_000), 25_500, id="several rows each"),
        pytest.param(
            statement("one", 25_000, 25_000, LOOKUP + " FOR UPDATE SKIP LOCKED"), 25_500,
            id="a queue's worker",
        ),
        pytest.param(
            statement("one", 25_000, 25_000, "UPDATE t SET a = $1 WHERE id = $2"), 25_500,
            id="a write",
        ),
        pytest.param(statement("one", 25_000, 25_000, "SELECT $1"), 25_500, id="a ping"),
    ],
)  # fmt: skip
def test_quiet(lookup: Statement, commits: int) -> None:
    assert not n_plus_one(activity(PARENT, lookup, seconds=100.0), ended(commits))


def test_first_look() -> None:
    assert not n_plus_one(activity(statement("one", 9, 9), seconds=0.0), ended(0))
