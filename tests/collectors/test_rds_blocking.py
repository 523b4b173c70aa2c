"""Answers are in the documented format, written by hand; none was recorded from AWS."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.blocking import blocking
from collectors.rds.insights_texts import named
from collectors.session import NotOffered, PermissionDenied
from collectors.sql_text import digest
from tests.aws.session import FakeAws
from tests.collectors.insights import (
    DIMENSIONS,
    END,
    GROUPS,
    METRICS,
    asked,
    at,
    groups,
    insights,
    metrics,
    series,
)

ALL = ("db.blocking_sql", "db.blocking_session", "db.blocking_object")
SENT = "UPDATE orders SET note = 'secret-7' WHERE id = 42"


def locked(*listed: dict[str, Any], offered: tuple[str, ...] = ALL) -> FakeAws:
    return insights(
        get_resource_metrics=metrics(*listed),
        list_available_resource_dimensions=groups(*GROUPS, *offered),
    )


def test_one_call_asks_for_all_that_is_offered() -> None:
    aws = locked()
    assert (blocking(aws).taken_at, blocking(aws).rows) == (END, ())
    given = asked(aws, METRICS)[0]
    assert [q["GroupBy"]["Group"] for q in given["MetricQueries"]] == list(ALL)
    assert (given["StartTime"], given["EndTime"]) == (at(END - 300), at(END))
    assert sum(1 + q["GroupBy"]["Limit"] for q in given["MetricQueries"]) <= 25
    assert len(asked(aws, DIMENSIONS)) == 1


def test_statements_sessions_and_objects() -> None:
    aws = locked(
        series(3.0, 3.0, 3.0, 3.0, 3.0),
        series(2.0, 2.0, 2.0, 2.0, 2.0, blocking_sql__id="B1", blocking_sql__sql=SENT),
        series(5.0, blocking_session__id="4711"),
        series(1.0, 4.0, blocking_object__type="relation", blocking_object__value="public.orders"),
        series(0.0, 0.0, blocking_session__id="4712"),
    )
    assert [(r.kind, r.name, r.sessions, r.query) for r in blocking(aws).rows] == [
        ("statement", digest(SENT), 2.0, "UPDATE orders SET note = ? WHERE id = ?"),
        ("session", "4711", 1.0, ""),
        ("object", "relation public.orders", 1.0, ""),
    ]


@pytest.mark.parametrize(
    ("about", "name"),
    [
        pytest.param({"blocking_sql__id": "B1"}, named("B1"), id="no text"),
        pytest.param(
            {"blocking_sql__id": "B1", "blocking_sql__sql": f"{SENT} OR note = '{'x' * 460}"[:500]},
            named("B1"),
            id="a text that is cut in a constant",
        ),
        pytest.param(
            {"blocking_sql__sql": SENT},
            digest("UPDATE orders SET note = ? WHERE id = ?"),
            id="no id",
        ),
    ],
)
def test_names_of_statements(about: dict[str, str], name: str) -> None:
    (row,) = blocking(locked(series(1.0, **about))).rows
    assert row.name == name
    assert "secret" not in row.query
    assert "xx" not in row.query


def test_two_texts_of_one_shape_add_up() -> None:
    aws = locked(
        series(5.0, blocking_sql__id="B1", blocking_sql__sql="SELECT 1 FOR UPDATE"),
        series(2.5, blocking_sql__id="B2", blocking_sql__sql="SELECT 2 FOR UPDATE"),
    )
    (row,) = blocking(aws).rows
    assert row.sessions == 1.5


def test_a_point_that_is_no_number_is_nobody() -> None:
    aws = locked(series(float("nan"), 5.0, blocking_session__id="4711"))
    (row,) = blocking(aws).rows
    assert row.sessions == 1.0


def test_not_offered_where_no_dimension_is() -> None:
    with pytest.raises(NotOffered, match="Database Insights Advanced only"):
        blocking(locked(offered=()))


def test_only_what_is_offered_is_asked() -> None:
    aws = locked(offered=("db.blocking_sql",))
    blocking(aws)
    (query,) = asked(aws, METRICS)[0]["MetricQueries"]
    assert query["GroupBy"]["Group"] == "db.blocking_sql"


@pytest.mark.parametrize("operation", [METRICS, DIMENSIONS])
def test_a_denial_passes_through(operation: str) -> None:
    aws = locked()
    aws.answers[operation] = PermissionDenied("needs the action")
    with pytest.raises(PermissionDenied):
        blocking(aws)
