from __future__ import annotations

from dataclasses import replace

import pytest

from collectors.snapshots.statements import Statement
from rules.statements.chatty_statement import chatty_statement
from tests.make import activity, make, server
from tests.rules.mysql_servers import mysql


def statements(**calls: int) -> tuple[Statement, ...]:
    texts = {
        "ping": "SELECT $1", "set": "SET application_name = $1", "begin": "BEGIN",
        "commit": "COMMIT", "work": "UPDATE t SET a = $1", "mysql_ping": "SELECT ?",
        "mysql_variable": "SELECT @@session.transaction_isolation",
        "mysql_where": "SELECT DATABASE ()",
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
        pytest.param(
            statements(mysql_variable=3000, mysql_where=3000, work=6000), 0.5, id="a driver's"
        ),
        pytest.param(statements(set=6000, work=6000), 0.5, id="settings sent again and again"),
        pytest.param(
            statements(begin=6000, commit=6000, work=6000), 2 / 3, id="one statement a transaction"
        ),
    ],
)
def test_fires(rows: tuple[Statement, ...], ratio: float) -> None:
    (finding,) = chatty_statement(activity(*rows, seconds=100.0), server())
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
    assert not chatty_statement(activity(*rows, seconds=100.0), server())


def test_our_own_statements_do_not_count() -> None:
    own = make(Statement, database="shop", calls=9000, query="SHOW work_mem", own=True)
    assert not chatty_statement(activity(own, seconds=100.0), server())


def test_first_look() -> None:
    assert not chatty_statement(activity(*statements(ping=6000), seconds=0.0), server())


def test_each_engine_has_its_own_remedy() -> None:
    rows = activity(*statements(set=6000, work=6000), seconds=100.0)
    (postgres,) = chatty_statement(rows, server())
    assert "defaults of the role" in postgres.remedy.text
    (finding,) = chatty_statement(rows, mysql())
    assert "useLocalSessionState" in finding.remedy.text
    assert "role" not in finding.remedy.text


def test_sessions_without_a_schema() -> None:
    rows = [replace(s, database="") for s in statements(ping=6000, work=6000)]
    (finding,) = chatty_statement(activity(*rows, seconds=100.0), mysql())
    assert "of sessions without a default schema" in finding.summary
