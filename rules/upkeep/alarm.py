"""An alarm of CloudWatch as AWS recommends it, and what its threshold is made from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from collectors.rds.cluster import Cluster
from collectors.rds.instance import Instance

PERIOD_SECONDS = 60
OVER, UNDER = "GreaterThanThreshold", "LessThanThreshold"
NOT_OVER = "LessThanOrEqualToThreshold"

Unit = Literal["percent", "bytes", "seconds", "sessions", "count"]


@dataclass(frozen=True, slots=True)
class RecommendedAlarm:
    """`datapoints` of `periods` minutes must be beyond the threshold; `why` is a sentence.

    `statistic` is Average, Minimum, Maximum or a percentile as p90. `when_missing` is what a
    minute without data counts as, in CloudWatch's words.
    """

    metric: str
    comparison: str
    threshold: float
    unit: Unit
    periods: int
    why: str
    statistic: str = "Average"
    when_missing: str = "missing"
    dimensions: tuple[tuple[str, str], ...] = ()
    essential: bool = False

    @property
    def datapoints(self) -> int:
        """AWS asks for all of them in each alarm it recommends."""
        return self.periods

    @property
    def name(self) -> str:
        """``orders-1-CPUUtilization-high``: of what, which metric and which way."""
        (_, about), *_ = self.dimensions
        way = "low" if is_below(self.comparison) else "high"
        return f"{about}-{self.metric.rstrip('%')}-{way}"

    @property
    def of_cluster(self) -> bool:
        return self.dimensions[0][0] == "DBClusterIdentifier"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An alarm of AWS's list that this instance could have, and what is not known for it."""

    metric: str
    why: str


@dataclass(frozen=True, slots=True)
class About:
    """What thresholds are made from; None is not known."""

    instance: Instance
    cluster: Cluster | None
    max_connections: int | None

    @property
    def own(self) -> tuple[tuple[str, str], ...]:
        return (("DBInstanceIdentifier", self.instance.identifier),)

    @property
    def of_cluster(self) -> tuple[tuple[str, str], ...]:
        return (("DBClusterIdentifier", self.instance.cluster or ""),)

    @property
    def of_writer(self) -> tuple[tuple[str, str], ...]:
        return (*self.of_cluster, ("Role", "WRITER"))

    @property
    def gap(self) -> str:
        """No data is an alarm too, but not of a serverless cluster that may pause."""
        pauses = self.instance.serverless and self.cluster and self.cluster.min_acu == 0
        return "notBreaching" if pauses else "breaching"


Choice = Iterator[RecommendedAlarm | LeftOut]


def is_below(comparison: str) -> bool:
    return comparison.startswith("Less")
