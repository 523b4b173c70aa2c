"""AWS's own recommendations for the instance, its cluster and their parameter groups."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from collectors.base import collector
from collectors.fields import label, note, row
from collectors.rds.instance import unix
from collectors.rds.markup import links, plain
from collectors.rds.needs import Action
from collectors.rds.resources import kind_and_name, resources
from collectors.session import AwsSession
from collectors.snapshot import Snapshot

_FRESH_SECONDS = 3540.0  # a little less than the time between two rounds
_OPEN = ("active", "pending")


@dataclass(frozen=True, slots=True)
class RecommendedAction:
    """`operation` is an API action as modify-db-instance; `parameters` are pairs."""

    title: str
    operation: str
    parameters: tuple[tuple[str, str], ...]


@row(exported=False)
class AwsRecommendation:
    """Texts are plain: markup that AWS puts in is taken out."""

    recommendation: str = label("Its id.")
    type_id: str = note("As config_recommendation::multi_az_instance.")
    severity: str = note("high, medium, low or informational.")
    status: str = note("active or pending; others are left out.")
    category: str = note("performance efficiency, security, reliability, cost optimization, …")
    resource: str = note("Identifier of the instance, cluster or group.")
    detection: str = note("What was found.")
    advice: str = note("What to do.")
    reason: str = note()
    impact: str = note()
    actions: tuple[RecommendedAction, ...] = note()
    links: tuple[str, ...] = note("https addresses of AWS's documentation.")
    updated_at: float | None = note("Unix seconds.")


@collector(
    Action("rds:DescribeDBRecommendations"),
    Action("rds:DescribeDBInstances"),
    Action("rds:DescribeDBClusters"),
    every=timedelta(hours=1),
)
def recommendations(aws: AwsSession) -> Snapshot[AwsRecommendation]:
    ours = resources(aws)
    found = aws.pages(
        "rds",
        "describe_db_recommendations",
        "DBRecommendations",
        fresh_seconds=_FRESH_SECONDS,
        Filters=[{"Name": "status", "Values": list(_OPEN)}],
    )
    return Snapshot(
        aws.now(),
        tuple(
            _recommendation(r)
            for r in found
            if r.get("Status") in _OPEN and kind_and_name(r.get("ResourceArn", "")) in ours
        ),
    )


def _recommendation(found: Mapping[str, Any]) -> AwsRecommendation:
    """What AWS says of all of a type stands in for what it does not say of this one."""

    def first(*names: str) -> str:
        return next((text for name in names if (text := plain(found.get(name, "")))), "")

    return AwsRecommendation(
        recommendation=found.get("RecommendationId", ""),
        type_id=found.get("TypeId", ""),
        severity=found.get("Severity", ""),
        status=found["Status"],
        category=found.get("Category", ""),
        resource=kind_and_name(found["ResourceArn"])[1],
        detection=first("Detection", "TypeDetection", "Description"),
        advice=first("Recommendation", "TypeRecommendation"),
        reason=first("Reason"),
        impact=first("Impact"),
        actions=tuple(
            _action(a) for a in found.get("RecommendedActions", ()) if a.get("Status") != "resolved"
        ),
        links=_links(found),
        updated_at=unix(found.get("UpdatedTime", found.get("CreatedTime"))),
    )


def _action(found: Mapping[str, Any]) -> RecommendedAction:
    return RecommendedAction(
        title=plain(found.get("Title", "") or found.get("Description", "")),
        operation=found.get("Operation", ""),
        parameters=tuple(
            (p.get("Key", ""), p.get("Value", "")) for p in found.get("Parameters", ())
        ),
    )


def _links(found: Mapping[str, Any]) -> tuple[str, ...]:
    """Those it lists, then those within its texts, each once."""
    listed = [link.get("Url", "") for link in found.get("Links", ())]
    texts = ("Detection", "Recommendation", "Description", "Reason", "Impact", "AdditionalInfo")
    within = [link for name in texts for link in links(found.get(name, ""))]
    return tuple(dict.fromkeys(u for u in listed + within if u.startswith("https://")))
