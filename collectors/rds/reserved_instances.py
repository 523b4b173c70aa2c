"""How much of the running fleet reserved instances pay for, by family."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from collectors.base import collector
from collectors.fields import gauge, label, note, row
from collectors.rds.instance import fleet, unix
from collectors.rds.needs import Action
from collectors.session import AwsSession
from collectors.snapshot import Snapshot

_FRESH_SECONDS = 6 * 3600 - 60.0  # a little less than the time between two rounds
_DAY_SECONDS = 86_400
_STEADY_DAYS = 30
_SIZES = {"nano": 0.25, "micro": 0.5, "small": 1.0, "medium": 2.0, "large": 4.0}
_XLARGE = 8.0
# An hour of Aurora I/O-Optimized takes so much more of a reservation.
_IO_OPTIMIZED = 1.3
# Only of these does a reservation of one size pay for others: engine to product.
_PRODUCTS = {
    "postgres": "postgresql",
    "postgresql": "postgresql",
    "mysql": "mysql",
    "mariadb": "mariadb",
    "aurora": "aurora-mysql",
    "aurora-mysql": "aurora-mysql",
    "aurora-postgresql": "aurora-postgresql",
}
_NOT_CHARGED = frozenset({"stopped", "stopping", "deleting"})


@row(noun="rds_reserved")
class ReservedCoverage:
    """One group in which a reservation of one size pays for others, in the whole region.

    Sizes count as units: large is 4, xlarge 8; with Multi-AZ twice as many. Only instances that
    were made `steady_days` ago or earlier, and are not stopped, count as running.
    """

    family: str = label("As db.r7g.")
    product: str = label("As postgresql, aurora-mysql.")
    ours: bool = note("This target's instance is of the group.")
    our_units: float = note("Units of this target's instance, 0 where not ours.")
    speaks: bool = note("It is the first by name of those that count as running.")
    running_units: float = gauge("Units of the instances that run all the time.")
    reserved_units: float = gauge("Units that are paid for in advance.")
    next_end_at: float | None = gauge("When the first of the reservations ends.", min)
    steady_days: int = note()


@collector(
    Action("rds:DescribeReservedDBInstances"),
    Action("rds:DescribeDBInstances"),
    every=timedelta(hours=6),
)
def reserved_instances(aws: AwsSession) -> Snapshot[ReservedCoverage]:
    """Groups that run or are reserved; none of them for serverless."""
    reservations = aws.pages(
        "rds",
        "describe_reserved_db_instances",
        "ReservedDBInstances",
        fresh_seconds=_FRESH_SECONDS,
    )
    return Snapshot(aws.now(), coverage(fleet(aws), reservations, aws.now(), aws.instance))


@dataclass(frozen=True, slots=True)
class _Units:
    """What one instance or reservation counts; `group` is its family and product."""

    group: tuple[str, str]
    units: float
    name: str = ""
    steady: bool = False
    ours: bool = False
    end_at: float | None = None


def coverage(
    instances: Iterable[Mapping[str, Any]],
    reservations: Iterable[Mapping[str, Any]],
    now: float,
    ours: str,
) -> tuple[ReservedCoverage, ...]:
    """Of members of DescribeDBInstances and DescribeReservedDBInstances; `ours` identifies us."""
    running = [u for i in instances if (u := _running(i, now, ours)) is not None]
    reserved = [u for r in reservations if (u := _reserved(r, now)) is not None]
    return tuple(
        _covered(
            group,
            [u for u in running if u.group == group],
            [u for u in reserved if u.group == group],
        )
        for group in sorted({u.group for u in running + reserved})
    )


def _covered(
    group: tuple[str, str], running: Sequence[_Units], reserved: Sequence[_Units]
) -> ReservedCoverage:
    steady = [u for u in running if u.steady]
    return ReservedCoverage(
        family=group[0],
        product=group[1],
        ours=any(u.ours for u in running),
        our_units=sum(u.units for u in running if u.ours),
        speaks=any(u.ours for u in steady if u.name == min(s.name for s in steady)),
        running_units=sum(u.units for u in steady),
        reserved_units=sum(u.units for u in reserved),
        next_end_at=min((u.end_at for u in reserved if u.end_at is not None), default=None),
        steady_days=_STEADY_DAYS,
    )


def _running(found: Mapping[str, Any], now: float, ours: str) -> _Units | None:
    group = _group(found.get("DBInstanceClass", ""), found["Engine"])
    units = units_of(found.get("DBInstanceClass", ""))
    if group is None or units is None or found.get("DBInstanceStatus") in _NOT_CHARGED:
        return None
    created = unix(found.get("InstanceCreateTime"))
    # Members of a Multi-AZ DB cluster are instances of their own, each counted for itself.
    twice = found.get("MultiAZ") and not found.get("DBClusterIdentifier")
    dearer = _IO_OPTIMIZED if found.get("StorageType") == "aurora-iopt1" else 1.0
    return _Units(
        group,
        units * dearer * (2 if twice else 1),
        name=found["DBInstanceIdentifier"],
        steady=created is not None and created <= now - _STEADY_DAYS * _DAY_SECONDS,
        ours=found["DBInstanceIdentifier"] == ours,
    )


def _reserved(found: Mapping[str, Any], now: float) -> _Units | None:
    product = found.get("ProductDescription", "").lower().replace(" ", "-")
    group = _group(found.get("DBInstanceClass", ""), product)
    units = units_of(found.get("DBInstanceClass", ""))
    start, length = unix(found.get("StartTime")), found.get("Duration")
    end = None if start is None or length is None else start + length
    over = end is not None and end <= now
    if group is None or units is None or found.get("State") != "active" or over:
        return None
    count = found.get("DBInstanceCount", 1)
    return _Units(group, units * count * (2 if found.get("MultiAZ") else 1), end_at=end)


def _group(instance_class: str, engine: str) -> tuple[str, str] | None:
    product = _PRODUCTS.get(engine)
    return None if product is None else (instance_class.rpartition(".")[0], product)


def units_of(instance_class: str) -> float | None:
    """In one zone; None for serverless and for sizes that are not known."""
    size = instance_class.rpartition(".")[2]
    if found := re.fullmatch(r"(\d*)xlarge", size):
        return _XLARGE * int(found[1] or 1)
    return _SIZES.get(size)
