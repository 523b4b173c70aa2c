from __future__ import annotations

import pytest

from collectors.mysql.statements import MysqlStatement
from rules.base import Confidence, Finding, Severity
from rules.statements.full_scan_statement import full_scan_statement
from tests.make import activity, snapshot
from tests.rules.mysql_costs import REST, SECONDS, index, ran, scanned, table
from tests.rules.mysql_servers import mariadb, mysql

COUNT = "SELECT COUNT(*) FROM orders WHERE customer = ?"
UPDATE = "UPDATE orders SET status = ? WHERE customer = ?"


def only(row: MysqlStatement, *, seconds: float = SECONDS) -> Finding:
    (finding,) = full_scan_statement(
        activity(row, REST, seconds=seconds), mysql(9, 7), snapshot(table()), None
    )
    return finding


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(scanned(), id="one row of a large table"),
        pytest.param(scanned(rows=0), id="finds nothing"),
        pytest.param(scanned(no_index_calls=0), id="an index read from end to end"),
        pytest.param(scanned(full_scans=0), id="a join without an index for a later table"),
        pytest.param(
            scanned(full_scans=0, no_index_calls=0, no_good_index_calls=1000), id="no good index"
        ),
        pytest.param(scanned(query="SELECT * FROM nowhere WHERE a = ?"), id="table unknown"),
        pytest.param(scanned(query="SELECT * FROM orders WHERE a IN (?"), id="text cut"),
        pytest.param(scanned(query=UPDATE), id="an update that mariadb says uses no index"),
        pytest.param(
            scanned(query=UPDATE, no_index_calls=0, full_scans=0),
            id="an update that looks at as many rows as the table has",
        ),
    ],
)
def test_fires(row: MysqlStatement) -> None:
    finding = only(row)
    assert finding.severity is Severity.MEDIUM
    assert finding.evidence["rows_examined_per_call"] == 300_000
    assert finding.impact.value == pytest.approx(60 / SECONDS * 3600 * 0.9)


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(scanned(rows=3001 * 1000), id="just over a hundredth is used"),
        pytest.param(scanned(rows_examined=9_999_000), id="a small table"),
        pytest.param(scanned(rows=300_000_000, query="SELECT * FROM orders"), id="an export"),
        pytest.param(scanned(no_index_calls=499, full_scans=499), id="under half of the calls"),
        pytest.param(scanned(query="SELECT MAX(total) FROM orders"), id="summary of all rows"),
        pytest.param(
            scanned(query="SELECT status, COUNT(*) FROM orders WHERE a = ? GROUP BY status"),
            id="summary by group",
        ),
        pytest.param(
            scanned(query="SELECT DISTINCT status FROM orders WHERE a = ?"), id="distinct values"
        ),
        pytest.param(scanned(query="UPDATE orders SET a = ?", rows=0), id="changes every row"),
        pytest.param(
            scanned(query=UPDATE, no_index_calls=0, full_scans=0, rows_examined=100_000_000),
            id="an update of a third of the table that finds all as they should be",
        ),
        pytest.param(scanned(exec_seconds=49.0), id="little load"),
        pytest.param(scanned(own=True), id="our own"),
        pytest.param(scanned(query="SELECT SQL_NO_CACHE * FROM orders WHERE a = ?"), id="a dump"),
        pytest.param(ran(full_scans=1000), id="rows examined not counted"),
        pytest.param(ran(calls=0), id="never ran"),
    ],
)
def test_quiet(row: MysqlStatement) -> None:
    statements = activity(row, REST, seconds=SECONDS)
    assert not full_scan_statement(statements, mysql(9, 7), snapshot(table()), None)


def test_a_hundredth_of_all_time_is_needed() -> None:
    rest = [ran(digest=f"r{n}", exec_seconds=600.0) for n in range(10)]
    statements = activity(scanned(), *rest, seconds=SECONDS)
    assert not full_scan_statement(statements, mysql(9, 7), snapshot(table()), None)


def test_high_from_a_fifth_of_all_time() -> None:
    assert only(scanned(exec_seconds=80.0)).severity is Severity.HIGH


def test_of_a_filtered_count_nobody_knows_what_fits() -> None:
    finding = only(scanned(query=COUNT, exec_seconds=80.0))
    assert finding.severity is Severity.MEDIUM
    assert finding.confidence is Confidence.HEURISTIC


def test_a_join_without_an_index_is_told_by_its_own_rule() -> None:
    query = "SELECT * FROM orders o JOIN items i ON i.ref = o.ref WHERE o.status = ?"
    row = scanned(query=query, full_joins=1000)
    large = snapshot(table(), table("items"))
    small = snapshot(table(), table("items", rows=200))
    statements = activity(row, REST, seconds=SECONDS)
    assert not full_scan_statement(statements, mysql(9, 7), large, None)
    assert full_scan_statement(statements, mysql(9, 7), small, None)


def test_an_index_that_is_not_used_is_named() -> None:
    indexes = snapshot(index("PRIMARY", "id"), index("k_ref", "ext_ref", "status"))
    for server, note in ((mysql(9, 7), "1739 or 1740"), (mariadb(11, 8), "1105")):
        (finding,) = full_scan_statement(
            activity(scanned(), seconds=SECONDS), server, snapshot(table()), indexes
        )
        assert finding.evidence["unused_index"] == "shop.k_ref"
        assert "own type: index k_ref" in finding.remedy.text
        assert f"note {note}" in finding.remedy.text
        assert finding.remedy.statements[0] == "SHOW CREATE TABLE shop.orders;"


@pytest.mark.parametrize(
    ("query", "indexes"),
    [
        pytest.param(
            "SELECT * FROM orders WHERE customer = ?", [index("k", "ext_ref")], id="another column"
        ),
        pytest.param(
            "SELECT * FROM orders WHERE ext_ref = ? OR id = ?", [index("k", "ext_ref")], id="or"
        ),
        pytest.param(
            "SELECT * FROM orders WHERE ext_ref <> ?", [index("k", "ext_ref")], id="no equality"
        ),
        pytest.param(
            "SELECT * FROM orders WHERE ext_ref = ?",
            [index("k", "ext_ref", visible=False)],
            id="invisible",
        ),
        pytest.param(
            "SELECT * FROM orders WHERE ext_ref = ?",
            [index("k", "ext_ref", table="other"), index("k2", "status", "ext_ref")],
            id="of another table, or not first",
        ),
    ],
)
def test_an_index_that_could_not_be_used_is_not(query: str, indexes: list[object]) -> None:
    (finding,) = full_scan_statement(
        activity(scanned(query=query), seconds=SECONDS),
        mysql(9, 7),
        snapshot(table()),
        snapshot(*indexes),  # type: ignore[arg-type]
    )
    assert finding.evidence["unused_index"] is None
    assert finding.remedy.text.startswith("Give it an index")


def test_the_columns_for_an_index_are_named() -> None:
    row = scanned(query="SELECT * FROM orders WHERE customer = ? AND `key` = ? AND total > ?")
    assert "equal a value first (here customer, `key`)," in only(row).remedy.text
    joined = scanned(query="SELECT * FROM orders o, orders p WHERE o.a = ?")
    assert "(here" not in only(joined).remedy.text


def test_changes_lock_what_they_look_at() -> None:
    assert "locks all rows" in only(scanned(query=UPDATE)).remedy.text
    assert "locks" not in only(scanned()).remedy.text


def test_paging_asks_for_another_way() -> None:
    paging = scanned(query="SELECT * FROM orders ORDER BY id LIMIT ?, ?")
    assert only(paging).remedy.text.startswith("It pages with OFFSET")
    assert "OFFSET" not in only(scanned()).remedy.text


@pytest.mark.parametrize(
    ("version", "statements"),
    [pytest.param((8, 0), 1, id="8.0 keeps a sample"), pytest.param((5, 7), 0, id="5.7 does not")],
)
def test_a_call_with_values_to_explain(version: tuple[int, ...], statements: int) -> None:
    (finding,) = full_scan_statement(
        activity(scanned(), seconds=SECONDS), mysql(*version), snapshot(table()), None
    )
    assert len(finding.remedy.statements) == statements
    where = f"DIGEST = '{'ab' * 32}' AND SCHEMA_NAME = 'shop';"
    assert all(where in s for s in finding.remedy.statements)
