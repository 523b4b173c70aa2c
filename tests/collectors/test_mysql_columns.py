from __future__ import annotations

from typing import Any

import pytest

from collectors.mysql.columns import Described, Leading, Statistic, columns
from collectors.mysql.relations import TableCount
from collectors.mysql.tables import Name
from collectors.session import Server
from tests.collectors.test_mysql_tables import FEW, server
from tests.fakes import FakeSession
from tests.make import row

A = {"schema": "shop", "table": "t", "column": "a"}


def answers(**of: list[dict[str, Any]]) -> dict[type[Any], list[dict[str, Any]]]:
    found = {kind: of.get(kind.__name__, []) for kind in (Described, Leading, Statistic)}
    return {**found, **FEW, Name: [row(Name, schema="shop", table="t")]}


@pytest.mark.parametrize(
    ("leading", "statistic", "distinct", "nulls"),
    [
        pytest.param([], [], None, None, id="nothing is known"),
        pytest.param([{"distinct_values": 5.0}], [], 5.0, None, id="an index leads with it"),
        pytest.param([], [{"distinct_values": 7.0, "null_ratio": 0.5}], 7.0, 0.5, id="statistics"),
        pytest.param(
            [{"distinct_values": 5.0}],
            [{"distinct_values": 7.0, "null_ratio": 0.5}],
            *(5.0, 0.5),
            id="those of the index are kept up",
        ),
    ],
)
def test_what_is_known(
    leading: list[Any], statistic: list[Any], distinct: float | None, nulls: float | None
) -> None:
    found = answers(
        Described=[row(Described, type="int", position=2, **A)],
        Leading=[row(Leading, **A, **each) for each in leading],
        Statistic=[row(Statistic, **A, **each) for each in statistic],
    )
    (a,) = columns(FakeSession(server(), by_type=found)).rows
    assert (a.type, a.position, a.distinct_values, a.null_ratio) == ("int", 2, distinct, nulls)
    assert (a.common_values, a.histogram) == ((), ())


def test_a_column_that_cannot_be_null() -> None:
    found = answers(Described=[row(Described, not_null=True, **A)])
    assert columns(FakeSession(server(), by_type=found)).rows[0].null_ratio == 0


@pytest.mark.parametrize(
    ("number", "gaps"),
    [
        (50_000, ()),
        (50_001, ("there are 50001 tables: columns are not read above 50000",)),
    ],
)
def test_too_many_tables(number: int, gaps: tuple[str, ...]) -> None:
    found = answers(Described=[row(Described, **A)]) | {TableCount: [{"number": number}]}
    snapshot = columns(FakeSession(server(), by_type=found))
    assert (snapshot.gaps, snapshot.partial) == (gaps, bool(gaps))
    assert len(snapshot.rows) == (not gaps)


def test_columns_of_views_are_left_out() -> None:
    found = answers(Described=[row(Described, schema="shop", table="v", column="a")])
    assert columns(FakeSession(server(), by_type=found)).rows == ()


GRANTED = server().grants | {"AVG_FREQUENCY) ON mysql.column_stats"}


@pytest.mark.parametrize(
    ("asked", "table"),
    [
        pytest.param(server("mysql", 5, 7), "", id="MySQL 5.7 has none"),
        pytest.param(server("mysql", 8, 0), "COLUMN_STATISTICS", id="MySQL 8"),
        pytest.param(server("mariadb", 11, 8), "", id="MariaDB without a grant"),
        pytest.param(server("mariadb", 11, 8, grants=GRANTED), "column_stats", id="with one"),
    ],
)
def test_statistics_where_they_may_be_read(asked: Server, table: str) -> None:
    db = FakeSession(asked, by_type=answers())
    columns(db)
    asked_for = [t for t in ("COLUMN_STATISTICS", "mysql.column_stats") if t in "".join(db.ran)]
    assert len(asked_for) == bool(table)
    assert all(each.endswith(table) for each in asked_for)
    assert not any(word in "".join(db.ran) for word in ("min_value", "max_value"))
