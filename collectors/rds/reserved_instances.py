"""How much of the running fleet reserved instances pay for, by family."""

from __future__ import annotations

from datetime import timedelta

from collectors.base import collector
from collectors.fields import gauge, label, note, row
from collectors.rds.needs import Action
from collectors.session import AwsSession
from collectors.snapshot import Snapshot


@row(noun="rds_reserved")
class ReservedCoverage:
    """One group in which a reservation of one size pays for others, in the whole region.

    Sizes count as units: large is 4, xlarge 8; with Multi-AZ twice as many. Only instances that
    have run for `steady_days` or longer count as running.
    """

    family: str = label("As db.r7g.")
    product: str = label("As postgresql, aurora-mysql.")
    ours: bool = note("This target's instance is of the group.")
    our_units: float = note("Units of this target's instance, 0 where not ours.")
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
    raise NotImplementedError
