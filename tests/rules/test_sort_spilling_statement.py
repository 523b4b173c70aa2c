from __future__ import annotations

from typing import Any

import pytest

from collectors.mysql.statements import MysqlStatement
from collectors.session import Server
from rules.base import Severity
from rules.statements.sort_spilling_statement import sort_spilling_statement
from tests.make import activity
from tests.rules.mysql_costs import REST, SECONDS, ran, scanned
from tests.rules.mysql_servers import mariadb, mysql

KB, MB = 1024, 1024 * 1024
SORT = "SELECT * FROM orders WHERE customer = ? ORDER BY note"


def sorted_(**given: Any) -> MysqlStatement:
    about = {"rows": 5_000_000, "sorted_rows": 5_000_000, "sort_merge_passes": 1000}
    return ran(**{"query": SORT, **about, **given})


def test_fires() -> None:
    statements = activity(sorted_(), REST, seconds=SECONDS)
    (finding,) = sort_spilling_statement(statements, mysql(9, 7))
    assert finding.severity is Severity.MEDIUM
    assert "sorts 5,000 rows a call through files, 1 merge pass;" in finding.summary


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(sorted_(sort_merge_passes=999), id="not every call"),
        pytest.param(sorted_(exec_seconds=49.0), id="little load"),
        pytest.param(sorted_(own=True), id="our own"),
        pytest.param(sorted_(sort_merge_passes=None), id="not counted"),
        pytest.param(scanned(sort_merge_passes=14_000), id="full-scan-statement tells it"),
    ],
)
def test_quiet(row: MysqlStatement) -> None:
    assert not sort_spilling_statement(activity(row, REST, seconds=SECONDS), mysql(9, 7))


@pytest.mark.parametrize(
    ("server", "passes", "way"),
    [
        pytest.param(
            mysql(9, 7, settings={"sort_buffer_size": str(256 * KB)}),
            1,
            "SET_VAR(sort_buffer_size = 4194304) */",
            id="mysql by a hint",
        ),
        pytest.param(
            mariadb(10, 11, settings={"sort_buffer_size": str(2 * MB)}),
            1,
            "SET STATEMENT sort_buffer_size = 33554432 FOR",
            id="mariadb before the statement",
        ),
        pytest.param(
            mysql(5, 7, settings={"sort_buffer_size": str(256 * KB)}),
            1,
            "SET SESSION sort_buffer_size = 4194304",
            id="5.7 in the session",
        ),
        pytest.param(
            mysql(9, 7, settings={"sort_buffer_size": str(256 * KB)}), 40, None, id="too large"
        ),
        pytest.param(
            mysql(9, 7, settings={"sort_buffer_size": str(8 * MB)}), 1, None, id="generous already"
        ),
        pytest.param(mysql(9, 7), 1, None, id="not known"),
    ],
)
def test_memory_for_this_statement_alone(server: Server, passes: int, way: str | None) -> None:
    row = sorted_(sort_merge_passes=1000 * passes)
    (finding,) = sort_spilling_statement(activity(row, seconds=SECONDS), server)
    assert (way or "leave sort_buffer_size as it is") in finding.remedy.text
    assert not any(s.startswith("SET ") for s in finding.remedy.statements)
