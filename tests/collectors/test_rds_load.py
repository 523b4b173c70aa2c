"""Answers are in the documented format, written by hand; none was recorded from AWS."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.load import DatabaseLoad, load
from collectors.session import PermissionDenied, SessionError
from tests.collectors.insights import (
    DIMENSIONS,
    END,
    METRICS,
    asked,
    at,
    groups,
    insights,
    metrics,
    series,
)

ROW_LOCK = "synch/cond/innodb/row_lock_wait"
LOCK = {"wait_event__type": "Lock", "wait_event__name": "Lock:tuple"}


def told(*listed: dict[str, Any], family: str = "postgres") -> dict[tuple[str, ...], DatabaseLoad]:
    aws = insights(family, get_resource_metrics=metrics(*listed))
    return {(r.dimension, r.wait_type, r.name): r for r in load(aws).rows}


def test_one_call_asks_for_the_total_and_what_it_is_made_of() -> None:
    aws = insights(get_resource_metrics=metrics())
    assert load(aws).taken_at == END
    load(aws)
    assert len(asked(aws, DIMENSIONS)) == 1
    assert asked(aws, DIMENSIONS)[0]["Metrics"] == ["db.load"]
    first, _ = asked(aws, METRICS)
    assert first == {
        "ServiceType": "RDS",
        "Identifier": "db-ORDERS1",
        "StartTime": at(END - 900),
        "EndTime": at(END),
        "PeriodInSeconds": 60,
        "MaxResults": 25,
        "MetricQueries": [
            {"Metric": "db.load.avg"},
            {"Metric": "db.load.avg", "GroupBy": {"Group": "db.wait_event", "Limit": 10}},
            {"Metric": "db.load.avg", "GroupBy": {"Group": "db.user", "Limit": 5}},
            {"Metric": "db.load.avg", "GroupBy": {"Group": "db.host", "Limit": 3}},
            {"Metric": "db.load.avg", "GroupBy": {"Group": "db", "Limit": 3}},
        ],
    }
    wanted = [q["GroupBy"]["Limit"] for q in first["MetricQueries"][1:]]
    assert 5 - 1 + sum(wanted) <= 25, "all but the first total fit in one page"


def test_what_is_offered_is_asked_every_six_hours() -> None:
    aws = insights(get_resource_metrics=metrics())
    for _ in range(3):
        load(aws)
        aws.clock += 6 * 3600 - 60
    assert len(asked(aws, DIMENSIONS)) == 2


def test_only_what_the_instance_offers_is_asked() -> None:
    aws = insights(
        get_resource_metrics=metrics(),
        list_available_resource_dimensions=groups("db.wait_event", "db.application"),
    )
    load(aws)
    (given,) = asked(aws, METRICS)
    assert [q.get("GroupBy", {}).get("Group") for q in given["MetricQueries"]] == [
        None,
        "db.wait_event",
    ]


def test_all_dimensions() -> None:
    found = told(
        series(2.0, 4.0),
        series(2.0, 4.0),
        series(1.0, 3.0, wait_event__type="CPU", wait_event__name="CPU"),
        series(1.0, 1.0, **LOCK),
        series(2.0, 4.0),
        series(2.0, 4.0, user__id="U1", user__name="shop"),
        series(2.0, 4.0),
        series(2.0, 4.0, host__id="H1", host__name="10.0.0.7"),
        series(0.5, 0.5, host__id="H2"),
        series(1.0, 1.0, name="orders"),
    )
    assert {place: row.sessions for place, row in found.items()} == {
        ("total", "", ""): 3.0,
        ("wait", "CPU", ""): 2.0,
        ("wait", "Lock", "tuple"): 1.0,
        ("user", "", "shop"): 3.0,
        ("host", "", "10.0.0.7"): 3.0,
        ("host", "", "H2"): 0.5,
        ("database", "", "orders"): 1.0,
    }
    assert found["total", "", ""].points == ((END - 120, 2.0), (END - 60, 4.0))


def test_a_minute_without_a_point_is_not_zero() -> None:
    late = series(2.0, float("nan"))
    assert told(late)["total", "", ""].points == ((END - 120, 2.0),)
    assert told(late)["total", "", ""].sessions == 2.0


def test_of_a_minute_with_a_total_a_part_without_a_point_did_nothing() -> None:
    found = told(series(4.0, 4.0, 4.0, 4.0), series(2.0, **LOCK))
    assert found["wait", "Lock", "tuple"].sessions == 0.5


def test_two_names_of_one_wait_add_up() -> None:
    found = told(
        series(2.0, 2.0),
        series(1.0, 0.5, wait_event__type="synch", wait_event__name=ROW_LOCK),
        series(0.5, wait_event__type="synch", wait_event__name=f"{ROW_LOCK}_cond"),
        family="mysql",
    )
    assert found["wait", "Lock", "row"].points == ((END - 120, 1.0), (END - 60, 1.0))


def test_the_parts_of_all_pages_are_told() -> None:
    def page(given: dict[str, Any]) -> dict[str, Any]:
        if given.get("NextToken") == "more":
            return metrics(series(1.0, **LOCK))
        return {**metrics(series(2.0)), "NextToken": "more"}

    rows = load(insights(get_resource_metrics=page)).rows
    assert [(r.dimension, r.sessions) for r in rows] == [("total", 2.0), ("wait", 1.0)]


@pytest.mark.parametrize(
    "answer", [{}, metrics(), metrics(series()), metrics(series(user__id="U"))]
)
def test_nothing_is_known(answer: dict[str, Any]) -> None:
    assert load(insights(get_resource_metrics=answer)).rows == ()


@pytest.mark.parametrize("operation", [METRICS, DIMENSIONS])
@pytest.mark.parametrize(
    "error",
    [PermissionDenied("needs the action"), SessionError("pi: InvalidArgumentException: no group")],
)
def test_a_refusal_passes_through(operation: str, error: SessionError) -> None:
    aws = insights(get_resource_metrics=metrics())
    aws.answers[operation] = error
    with pytest.raises(type(error), match=str(error)):
        load(aws)
