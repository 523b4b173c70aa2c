"""AWS's own recommendations for the instance, its cluster and their parameter groups."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from collectors.base import collector
from collectors.fields import label, note, row
from collectors.rds.needs import Action
from collectors.session import AwsSession
from collectors.snapshot import Snapshot


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


@collector(Action("rds:DescribeDBRecommendations"), every=timedelta(hours=1))
def recommendations(aws: AwsSession) -> Snapshot[AwsRecommendation]:
    raise NotImplementedError
