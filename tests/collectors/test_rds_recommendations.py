"""Fixtures are in the documented format, none was recorded from AWS."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from collectors.rds.recommendations import AwsRecommendation, RecommendedAction, recommendations
from collectors.session import NotOffered, PermissionDenied, SessionError
from tests.aws.kinds import aurora, rds
from tests.aws.session import NOW, FakeAws
from tests.aws.shapes import ARN, AT

KEY = "rds:describe_db_recommendations"
GUIDE = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide"


def found(resource: str = "db:orders-1", **given: Any) -> dict[str, Any]:
    """A member of DescribeDBRecommendations."""
    return {
        "RecommendationId": "12ab3cde-f456-7g8h-9012-i3j45678k9lm",
        "TypeId": "config_recommendation::multi_az_instance",
        "Severity": "medium",
        "ResourceArn": f"{ARN}:{resource}",
        "Status": "active",
        "CreatedTime": AT - timedelta(days=9),
        "UpdatedTime": AT - timedelta(days=2),
        "Detection": "**[orders-1](https://console.aws.amazon.com/rds)** isn't Multi-AZ",
        "Recommendation": "Set up <b>Multi-AZ</b>",
        "Description": "We recommend Multi-AZ.",
        "Reason": "Your DB instance isn't in `Multi-AZ`.",
        "Impact": "A failure takes the database away.",
        "Category": "reliability",
        "Source": "RDS",
        "TypeDetection": "Instances that are not Multi-AZ",
        "TypeRecommendation": "Set up Multi-AZ for all of them",
        "AdditionalInfo": f"See [Multi-AZ]({GUIDE}/Concepts.MultiAZ.html).",
        "Links": [
            {"Text": "Pricing", "Url": "https://aws.amazon.com/rds/pricing/"},
            {"Text": "Old", "Url": "http://aws.amazon.com/"},
        ],
        "RecommendedActions": [
            {
                "ActionId": "1",
                "Title": "Set up *Multi-AZ*",
                "Operation": "modify-db-instance",
                "Parameters": [{"Key": "MultiAZ", "Value": "true"}],
                "ApplyModes": ["immediately", "next-maintainance-window"],
                "Status": "ready",
            }
        ],
        **given,
    }


def told(aws: FakeAws, *given: dict[str, Any]) -> tuple[AwsRecommendation, ...]:
    aws.answers[KEY] = {"DBRecommendations": list(given)}
    return recommendations(aws).rows


def test_a_recommendation() -> None:
    assert told(rds(), found()) == (
        AwsRecommendation(
            recommendation="12ab3cde-f456-7g8h-9012-i3j45678k9lm",
            type_id="config_recommendation::multi_az_instance",
            severity="medium",
            status="active",
            category="reliability",
            resource="orders-1",
            detection="orders-1 isn't Multi-AZ",
            advice="Set up Multi-AZ",
            reason="Your DB instance isn't in Multi-AZ.",
            impact="A failure takes the database away.",
            actions=(
                RecommendedAction("Set up Multi-AZ", "modify-db-instance", (("MultiAZ", "true"),)),
            ),
            links=(
                "https://aws.amazon.com/rds/pricing/",
                "https://console.aws.amazon.com/rds",
                f"{GUIDE}/Concepts.MultiAZ.html",
            ),
            updated_at=NOW - 2 * 86_400,
        ),
    )


def test_the_fleet_is_asked_for_what_is_open() -> None:
    aws = rds()
    told(aws)
    open_ones = [{"Name": "status", "Values": ["active", "pending"]}]
    assert [about for key, about in aws.asked if key == KEY] == [{"Filters": open_ones}]


@pytest.mark.parametrize(
    ("status", "kept"),
    [("active", True), ("pending", True), ("resolved", False), ("dismissed", False)],
)
def test_only_open_ones(status: str, kept: bool) -> None:
    assert len(told(rds(), found(Status=status))) == kept


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        ("db:shop-1", "shop-1"),
        ("cluster:shop", "shop"),
        ("pg:shop-apg16", "shop-apg16"),
        ("cluster-pg:shop-cluster-apg16", "shop-cluster-apg16"),
        ("db:shop-2", None),
        ("cluster:shop-1", None),
        ("pg:shop-cluster-apg16", None),
        ("cluster-pg:default.aurora-postgresql16", None),
    ],
)
def test_whose_they_are(resource: str, name: str | None) -> None:
    assert [r.resource for r in told(aurora(), found(resource))] == ([name] if name else [])


def test_all_pages_are_read() -> None:
    aws = rds()
    aws.answers[KEY] = [
        {"DBRecommendations": [found("db:orders-2")], "Marker": "more"},
        {"DBRecommendations": [found(RecommendationId="second")]},
    ]
    assert [r.recommendation for r in recommendations(aws).rows] == ["second"]


def test_what_aws_does_not_tell() -> None:
    assert told(rds(), {}, {"ResourceArn": "orders-1", "Status": "active"}) == ()
    (row,) = told(rds(), {"ResourceArn": f"{ARN}:db:orders-1", "Status": "active"})
    assert (row.severity, row.detection, row.advice, row.reason, row.impact) == ("",) * 5
    assert (row.actions, row.links, row.updated_at) == ((), (), None)


def test_what_is_said_of_the_type_stands_in() -> None:
    given = found(Detection="", CreatedTime=AT)
    del given["Recommendation"], given["UpdatedTime"]
    (row,) = told(rds(), given)
    assert row.detection == "Instances that are not Multi-AZ"
    assert row.advice == "Set up Multi-AZ for all of them"
    assert row.updated_at == NOW


def test_actions_that_are_done_are_left_out() -> None:
    actions = [
        {"Title": "Done", "Operation": "modify-db-instance", "Status": "resolved"},
        {"Description": "By <i>hand</i>"},
    ]
    (row,) = told(rds(), found(RecommendedActions=actions))
    assert row.actions == (RecommendedAction("By hand", "", ()),)


@pytest.mark.parametrize("error", [PermissionDenied, NotOffered, SessionError])
def test_a_refusal_passes_through(error: type[SessionError]) -> None:
    aws = rds()
    aws.answers[KEY] = error("rds:DescribeDBRecommendations: not offered in this region")
    with pytest.raises(error, match="not offered in this region"):
        recommendations(aws)
