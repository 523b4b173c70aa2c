from __future__ import annotations

import pytest

from collectors.mysql.statements import MysqlStatement
from collectors.snapshots.statements import Statement
from rules.base import Severity
from rules.statements.slow_statement import slow_statement
from tests.make import activity, make, server
from tests.rules.mysql_servers import mariadb, mysql

MB = 1024 * 1024
OTHERS = tuple(
    make(Statement, digest=f"o{n}", calls=1000, exec_seconds=1.0, query="SELECT 1 FROM o")
    for n in range(3)
)


def statement(
    calls: int, mean_seconds: float, query: str = "SELECT * FROM t", **given: object
) -> Statement:
    spent = calls * mean_seconds
    return make(Statement, digest="d1", calls=calls, exec_seconds=spent, query=query, **given)


@pytest.mark.parametrize(
    ("row", "severity"),
    [
        pytest.param(statement(10, 1.5), Severity.MEDIUM, id="seconds a call"),
        pytest.param(statement(1000, 0.15), Severity.MEDIUM, id="often, and over 100 ms"),
        pytest.param(statement(1000, 0.03), Severity.LOW, id="often, and over 20 ms"),
    ],
)
def test_fires(row: Statement, severity: Severity) -> None:
    (finding,) = slow_statement(activity(row, *OTHERS, seconds=100.0), server())
    assert finding.severity is severity
    assert finding.remedy.statements == ("EXPLAIN (GENERIC_PLAN) SELECT * FROM t;",)


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(statement(10, 1.5, temp_written_bytes=90 * MB), id="it spills"),
        pytest.param(
            statement(10, 1.5, rows=1, shared_hit_bytes=80 * MB, shared_read_bytes=0),
            id="it looks at far more than it returns",
        ),
    ],
)
def test_low_where_another_rule_names_the_cause(row: Statement) -> None:
    (finding,) = slow_statement(activity(row, *OTHERS, seconds=100.0), server())
    assert finding.severity is Severity.LOW


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(statement(4, 5.0), id="a report that ran four times"),
        pytest.param(statement(90, 0.9), id="just not slow, just not often"),
        pytest.param(statement(10_000, 0.019), id="often, just under 20 ms"),
        pytest.param(statement(1000, 0.05, "COMMIT"), id="commits wait for the log"),
        pytest.param(statement(10, 9.0, "VACUUM t"), id="upkeep"),
    ],
)
def test_quiet(row: Statement) -> None:
    assert not slow_statement(activity(row, *OTHERS, seconds=100.0), server())


def test_where_all_statements_take_that_long_none_stands_out() -> None:
    rows = [make(Statement, digest=f"{n}", calls=200, exec_seconds=6.0) for n in range(5)]
    assert not slow_statement(activity(*rows, seconds=30.0), server())


def test_an_idle_server_is_quiet() -> None:
    assert not slow_statement(activity(statement(10, 1.5), seconds=3600.0), server())
    assert not slow_statement(activity(seconds=0.0), server())


def test_mysql_explains_only_with_values() -> None:
    about = {
        "database": "shop",
        "entry": f"shop/{'ab' * 32}",
        "query": "SELECT * FROM t WHERE a = ?",
    }
    row = make(MysqlStatement, digest="d1", calls=10, exec_seconds=15.0, **about)
    (finding,) = slow_statement(activity(row, seconds=100.0), mysql(9, 7))
    assert finding.severity is Severity.MEDIUM
    assert "EXPLAIN FORMAT=TREE of it with real values" in finding.remedy.text
    (sample,) = finding.remedy.statements
    assert sample.startswith("SELECT QUERY_SAMPLE_TEXT FROM performance_schema.")
    (maria,) = slow_statement(activity(row, seconds=100.0), mariadb(11, 8))
    assert "EXPLAIN FORMAT=JSON" in maria.remedy.text
    assert not maria.remedy.statements


@pytest.mark.parametrize(
    ("counted", "rule"),
    [
        pytest.param({"full_scans": 10, "rows_examined": 900_000}, "full-scan", id="scans"),
        pytest.param({"full_joins": 10, "rows_examined": 900_000}, "full-join", id="joins"),
        pytest.param({"temp_tables": 20, "disk_temp_tables": 20}, "disk-temporary", id="disk"),
        pytest.param({"sort_merge_passes": 10}, "sort-spilling", id="sorts"),
        pytest.param({"rows_examined": 900_000}, "rows-examined-waste", id="wastes"),
    ],
)
def test_low_where_a_rule_of_mysql_names_the_cause(counted: dict[str, int], rule: str) -> None:
    row = make(
        MysqlStatement, digest="d1", calls=10, exec_seconds=15.0, query="SELECT * FROM t", **counted
    )
    (finding,) = slow_statement(activity(row, seconds=100.0), mysql(9, 7))
    assert finding.severity is Severity.LOW
    assert f"The finding of {rule}" in finding.remedy.text
