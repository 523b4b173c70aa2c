from __future__ import annotations

from typing import Any

import pytest

from collectors.mysql.statements import MysqlStatement
from rules.base import Severity
from rules.statements.full_join_statement import full_join_statement
from tests.make import activity, snapshot
from tests.rules.mysql_costs import REST, SECONDS, ran, table
from tests.rules.mysql_servers import mariadb, mysql

JOIN = "SELECT * FROM orders o JOIN items i ON i.ref = o.ref WHERE o.id BETWEEN ? AND ?"
LARGE = snapshot(table(), table("items", rows=20_000))


def joined(calls: int = 1000, **given: Any) -> MysqlStatement:
    about = {"rows": 6 * calls, "rows_examined": 20_000 * calls, "full_joins": calls}
    return ran(calls, **{**about, "query": JOIN, **given})


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(joined(), id="two large tables"),
        pytest.param(joined(rows_examined=21_000), id="mariadb counts no rows of a join buffer"),
        pytest.param(joined(query="SELECT * FROM a JOIN b ON a.x = b.x"), id="tables not known"),
        pytest.param(
            joined(query="SELECT a.id FROM orders a JOIN orders b ON a.x = b.y"), id="with itself"
        ),
        pytest.param(
            joined(query="SELECT SUM(o.a) FROM orders o JOIN items i ON o.b = i.b"), id="a sum"
        ),
    ],
)
def test_fires(row: MysqlStatement) -> None:
    statements = activity(row, REST, seconds=SECONDS)
    (finding,) = full_join_statement(statements, mysql(9, 7), LARGE)
    assert finding.severity is Severity.MEDIUM
    assert "join_buffer_size" in finding.remedy.text


def test_the_tables_are_named() -> None:
    statements = activity(joined(), seconds=SECONDS)
    (finding,) = full_join_statement(statements, mariadb(11, 8), LARGE)
    assert "joins shop.orders and shop.items without an index" in finding.summary
    assert finding.severity is Severity.HIGH
    assert "FORMAT=JSON" in finding.remedy.text


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(joined(full_joins=499), id="under half of the calls"),
        pytest.param(joined(calls=8, full_joins=8), id="a nightly report"),
        pytest.param(joined(10_000, rows_examined=210_000), id="fast, and looks at few rows"),
        pytest.param(joined(query="SELECT COUNT(*) FROM orders, items"), id="all rows on purpose"),
        pytest.param(
            joined(query="SELECT * FROM orders o JOIN country c ON c.code = o.country"),
            id="a small table is best read whole",
        ),
        pytest.param(joined(exec_seconds=49.0), id="little load"),
        pytest.param(joined(own=True), id="our own"),
        pytest.param(ran(), id="not counted"),
    ],
)
def test_quiet(row: MysqlStatement) -> None:
    known = snapshot(table(), table("items", rows=20_000), table("country", rows=200))
    assert not full_join_statement(activity(row, REST, seconds=SECONDS), mysql(9, 7), known)


def test_without_table_sizes_the_work_tells() -> None:
    statements = activity(joined(), seconds=SECONDS)
    (finding,) = full_join_statement(statements, mysql(9, 7), None)
    assert "joins tables without an index" in finding.summary
