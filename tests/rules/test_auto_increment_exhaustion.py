from __future__ import annotations

from typing import Any

import pytest

from collectors.mysql.auto_increment import AutoIncrement
from collectors.mysql.tables import MysqlTable
from collectors.snapshots.schema import ForeignKey
from rules.base import Finding, Severity
from rules.tables.auto_increment_exhaustion import auto_increment_exhaustion
from tests.make import make, snapshot


def numbered(next_value: int, ceiling: int = 1000, **given: Any) -> AutoIncrement:
    about = {"database": "shop", "schema": "shop", "table": "t", "column": "id"}
    counted = {"next_value": next_value, "ceiling": ceiling, "column_type": "int"}
    return make(AutoIncrement, **{**about, **counted, **given})


def judged(
    it: AutoIncrement, *keys: ForeignKey, held: int | None = None, **limits: float
) -> list[Finding]:
    where = {"database": "shop", "schema": "shop", "table": "t"}
    tables = None if held is None else snapshot(make(MysqlTable, **where, heap_bytes=held))
    return auto_increment_exhaustion(snapshot(it), tables, snapshot(*keys), **limits)


@pytest.mark.parametrize(
    ("it", "severities"),
    [
        pytest.param(numbered(699), [], id="under 70 %"),
        pytest.param(numbered(700), [Severity.MEDIUM], id="70 %"),
        pytest.param(numbered(850), [Severity.HIGH], id="85 %"),
        pytest.param(numbered(950), [Severity.CRITICAL], id="95 %"),
        pytest.param(numbered(1001), [Severity.CRITICAL], id="all are used"),
        pytest.param(numbered(120, 127), [Severity.HIGH], id="a tinyint: few rows, same end"),
        pytest.param(numbered(2**31, 2**63 - 1), [], id="over an int, but a bigint"),
        pytest.param(numbered(5, 0), [], id="no ceiling known"),
    ],
)
def test_auto_increment_exhaustion(it: AutoIncrement, severities: list[Severity]) -> None:
    assert [f.severity for f in judged(it)] == severities


def test_numbers_left() -> None:
    (finding,) = judged(numbered(1000))
    assert finding.evidence["numbers_left"] == 1
    (finding,) = judged(numbered(1001))
    assert finding.evidence["numbers_left"] == 0
    assert finding.evidence["used_ratio"] == 1


def test_limits_are_tunable() -> None:
    assert len(judged(numbered(500), medium_ratio=0.5)) == 1


@pytest.mark.parametrize(
    ("kind", "wide"),
    [
        ("int", "BIGINT"),
        ("smallint(6)", "BIGINT"),
        ("int unsigned", "BIGINT UNSIGNED"),
        ("bigint", "BIGINT UNSIGNED"),
    ],
)
def test_it_is_widened(kind: str, wide: str) -> None:
    (finding,) = judged(numbered(999, column_type=kind), held=2**20)
    assert finding.remedy.statements == (
        "SET SESSION lock_wait_timeout = 5;",
        f"ALTER TABLE shop.t MODIFY COLUMN id {wide} NOT NULL AUTO_INCREMENT, "
        "ALGORITHM=COPY, LOCK=SHARED;",
    )


@pytest.mark.parametrize("held", [None, 0, 2**30], ids=["no tables", "size not known", "big"])
def test_a_big_table_is_copied_beside_the_traffic(held: int | None) -> None:
    (finding,) = judged(numbered(999), held=held)
    assert finding.remedy.statements[0].startswith("gh-ost ")


def test_what_refers_to_it_is_widened_too() -> None:
    child = {"schema": "shop", "table": "items", "name": "fk", "columns": ("t_id",)}
    parent = {"referenced_schema": "shop", "referenced_columns": ("id",)}
    ours = make(ForeignKey, **child, **parent, referenced_table="t")
    other = make(ForeignKey, **child, **parent, referenced_table="u")
    (finding,) = judged(numbered(999), ours, other, held=1)
    assert "shop.items (t_id)" in finding.remedy.text
    assert finding.remedy.statements[1] == "ALTER TABLE shop.items DROP FOREIGN KEY fk;"
    (finding,) = judged(numbered(999), other, held=1)
    assert "items" not in finding.remedy.text
