from __future__ import annotations

from typing import Any

import pytest

from collectors.mysql.statements import MysqlStatement
from rules.base import Severity
from rules.statements.rows_examined_waste import rows_examined_waste
from tests.make import activity, snapshot
from tests.rules.mysql_costs import REST, SECONDS, ran, scanned, table
from tests.rules.mysql_servers import mysql


def wasted(calls: int = 1000, **given: Any) -> MysqlStatement:
    """By an index that leads to 50,000 rows, of which one fits."""
    return ran(calls, **{"rows": calls, "rows_examined": 50_000 * calls, **given})


@pytest.mark.parametrize(
    ("row", "verb"),
    [
        pytest.param(wasted(), "return", id="one of many"),
        pytest.param(wasted(rows=0), "return", id="finds nothing"),
        pytest.param(
            wasted(query="DELETE FROM orders WHERE a = ? AND b = ?"), "delete", id="delete"
        ),
    ],
)
def test_fires(row: MysqlStatement, verb: str) -> None:
    statements = activity(row, REST, seconds=SECONDS)
    (finding,) = rows_examined_waste(statements, mysql(9, 7), snapshot(table()))
    assert finding.severity is Severity.MEDIUM
    assert f"looks at 50,000 rows a call to {verb}" in finding.summary


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(wasted(rows=51_000), id="just under a thousand"),
        pytest.param(wasted(rows_examined=9_999_000), id="under ten thousand rows"),
        pytest.param(wasted(query="SELECT SUM(a) FROM orders WHERE b = ?"), id="a sum"),
        pytest.param(
            wasted(rows=0, query="UPDATE orders SET a = ? WHERE b = ?"),
            id="an update that finds all as they should be",
        ),
        pytest.param(scanned(), id="full-scan-statement tells it"),
        pytest.param(
            wasted(rows_examined=300_000_000, query="DELETE FROM orders WHERE b = ?"),
            id="full-scan-statement tells of a delete that looks at the whole table",
        ),
        pytest.param(wasted(full_joins=1000), id="full-join-statement tells it"),
        pytest.param(wasted(exec_seconds=49.0), id="little load"),
        pytest.param(wasted(own=True), id="our own"),
        pytest.param(ran(), id="not counted"),
    ],
)
def test_quiet(row: MysqlStatement) -> None:
    joined = "SELECT * FROM orders a JOIN orders b ON a.c = b.d"
    if row.full_joins:
        row = wasted(full_joins=1000, query=joined)
    statements = activity(row, REST, seconds=SECONDS)
    assert not rows_examined_waste(statements, mysql(9, 7), snapshot(table()))
