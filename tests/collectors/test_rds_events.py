"""Fixtures are in the documented format, none was recorded from AWS."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from collectors.rds.events import Event, events
from collectors.session import PermissionDenied
from tests.aws.kinds import aurora, rds
from tests.aws.session import NOW, Answer, FakeAws
from tests.aws.shapes import ARN, AT

KEY = "rds:describe_events"


def event(
    source: str = "orders-1", minutes_ago: float = 5, kind: str = "db-instance", **given: Any
) -> dict[str, Any]:
    """A member of DescribeEvents."""
    return {
        "SourceIdentifier": source,
        "SourceType": kind,
        "Message": "DB instance restarted",
        "EventCategories": ["availability"],
        "Date": AT - timedelta(minutes=minutes_ago),
        "SourceArn": f"{ARN}:db:{source}",
        **given,
    }


def told(aws: FakeAws, *found: dict[str, Any]) -> tuple[Event, ...]:
    aws.answers[KEY] = {"Events": list(found)}
    return events(aws).rows


def durations(aws: FakeAws) -> list[int]:
    return [about["Duration"] for key, about in aws.asked if key == KEY]


def test_an_event() -> None:
    aws = rds()
    assert told(aws, event()) == (
        Event("orders-1", NOW - 300, ("availability",), "DB instance restarted"),
    )
    assert (KEY, {"Duration": 20_160}) in aws.asked


@pytest.mark.parametrize(
    ("found", "ours"),
    [
        (event("shop-1"), True),
        (event("shop", kind="db-cluster"), True),
        (event("shop-apg16", kind="db-parameter-group"), True),
        (event("shop-cluster-apg16", kind="db-parameter-group"), True),
        (event("shop-2"), False),
        (event("shop-10"), False),
        (event("shop"), False),
        (event("shop", kind="db-cluster-snapshot"), False),
        (event("default.postgres16", kind="db-parameter-group"), False),
    ],
    ids=[
        "instance", "cluster", "its group", "the cluster's group", "another member",
        "a name that begins alike", "an instance named as the cluster",
        "a snapshot named as the cluster", "another group",
    ],
)  # fmt: skip
def test_whose_they_are(found: dict[str, Any], ours: bool) -> None:
    assert len(told(aurora(), found)) == ours


@pytest.mark.parametrize(
    ("message", "ours"),
    [
        ("Restored from DB instance orders-1 to orders-1-test.", True),
        ("Restored from snapshot rds:orders-1-2026-11-17-02-04.", True),
        ("Restored from DB instance orders-10 to copy.", False),
        ("Restored from DB instance old-orders-1 to copy.", False),
        ("Restored from snapshot rds:orders-1-test-2026-11-17-02-04.", False),
        ("Restored from DB instance orders-1-test to copy.", False),
    ],
)
def test_restores_of_ours_are_events_of_the_copy(message: str, ours: bool) -> None:
    found = event("copy", Message=message, EventCategories=["restoration"])
    assert len(told(rds(), found)) == ours


def test_a_sentence_that_names_ours_is_no_restore_by_itself() -> None:
    found = event("copy", Message="Replica of orders-1 began", EventCategories=["read replica"])
    assert told(rds(), found) == ()


def test_newest_first_and_at_most_200() -> None:
    found = [event(minutes_ago=n, Message=f"no {n}") for n in (30, *range(210, 0, -1))]
    rows = told(rds(), *found)
    assert len(rows) == 200
    assert rows[0].message == "no 1"
    assert [r.at for r in rows] == sorted((r.at for r in rows), reverse=True)
    assert rows[-1].message == "no 200"  # one was told twice


def test_all_pages_are_read() -> None:
    aws = rds()
    aws.answers[KEY] = [
        {"Events": [event(minutes_ago=9)], "Marker": "more"},
        {"Events": []},
        {"Events": [event(minutes_ago=3)]},
    ]
    assert [NOW - r.at for r in events(aws).rows] == [180, 540]


def test_what_is_left_out_by_aws() -> None:
    timeless = event()
    del timeless["Date"]
    bare = {k: event()[k] for k in ("SourceIdentifier", "SourceType", "Date")}
    assert told(rds(), timeless, bare, {}) == (Event("orders-1", NOW - 300, (), ""),)
    aws = rds()
    aws.answers[KEY] = {}
    assert events(aws).rows == ()


def test_two_weeks_are_read_once_then_the_last_hour() -> None:
    aws = rds()
    old, new = event(minutes_ago=600, Message="old"), event(minutes_ago=-4, Message="new")
    told(aws, old)
    aws.clock += 300
    assert [r.message for r in told(aws, new)] == ["new", "old"]
    aws.clock += 300
    assert [r.message for r in told(aws, new)] == ["new", "old"]
    assert durations(aws) == [20_160, 60, 60]


@pytest.mark.parametrize(
    "seconds", [46 * 60, -60], ids=["a long time without rounds", "a clock set back"]
)
def test_all_are_read_again_after(seconds: float) -> None:
    aws = rds()
    told(aws, event(Message="forgotten"))
    aws.clock += seconds
    assert told(aws) == ()
    assert durations(aws) == [20_160, 20_160]


def test_all_are_read_again_when_it_is_another_s() -> None:
    aws = rds()
    told(aws, event())
    group = {"DBParameterGroupName": "orders-new", "ParameterApplyStatus": "in-sync"}
    found = event("orders-new", kind="db-parameter-group")
    aws.answers["rds:describe_db_instances"] = rds(DBParameterGroups=[group]).answers[
        "rds:describe_db_instances"
    ]
    assert [r.source for r in told(aws, found)] == ["orders-new"]
    assert durations(aws) == [20_160, 20_160]


def test_an_event_is_forgotten_when_aws_forgets_it() -> None:
    aws = rds()
    assert len(told(aws, event(minutes_ago=14 * 24 * 60 - 4))) == 1
    aws.clock += 300
    assert told(aws) == ()


def test_a_refusal_passes_through_and_forgets_nothing() -> None:
    aws = rds()
    told(aws, event(minutes_ago=600))
    refused: Answer = PermissionDenied("needs the IAM action rds:DescribeEvents")
    aws.answers[KEY] = refused
    with pytest.raises(PermissionDenied):
        events(aws)
    assert len(told(aws)) == 1
