from __future__ import annotations

import pytest

from collectors.snapshots.statements import Statement
from rules.statements.chatty_statement import chatty_statement
from tests.make import activity, make


def statements(**calls: int) -> tuple[Statement, ...]:
    texts = {
        "ping": "SELECT $1", "set": "SET application_name = $1", "begin": "BEGIN",
        "commit": "COMMIT", "work": "UPDATE t SET a = $1", "mysql_ping": "SELECT ?",
    }  # fmt: skip
    return tuple(
        make(Statement, database="shop", digest=kind, calls=count, query=texts[kind])
        for kind, count in calls.items()
    )


@pytest.mark.parametrize(
    ("rows", "ratio"),
    [
        pytest.param(statements(ping=6000, work=6000), 0.5, id="a pool that asks each time"),
        pytest.param(statements(mysql_ping=6000, work=6000), 0.5, id="the same on mysql"),
        pytest.param(statements(set=6000, work=6000), 0.5, id="settings sent again and again"),
        pytest.param(
            statements(begin=6000, commit=6000, work=6000), 2 / 3, id="one statement a transaction"
        ),
    ],
)
def test_fires(rows: tuple[Statement, ...], ratio: float) -> None:
    (finding,) = chatty_statement(activity(*rows, seconds=100.0))
    assert finding.evidence["empty_ratio"] == pytest.approx(ratio)
    assert finding.subject.name == "shop"


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param(statements(ping=6000, work=14_000), id="just under a third"),
        pytest.param(statements(ping=4900, work=100), id="few round trips"),
        pytest.param(
            statements(begin=60_000, commit=60_000, work=120_000), id="two statements a transaction"
        ),
        pytest.param((), id="nothing ran"),
    ],
)
def test_quiet(rows: tuple[Statement, ...]) -> None:
    assert not chatty_statement(activity(*rows, seconds=100.0))


def test_our_own_statements_do_not_count() -> None:
    own = make(Statement, database="shop", calls=9000, query="SHOW work_mem", own=True)
    assert not chatty_statement(activity(own, seconds=100.0))


def test_first_look() -> None:
    assert not chatty_statement(activity(*statements(ping=6000), seconds=0.0))
