"""Credits for I/O: those of a gp2 volume, and those of a class for its link to the storage."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.instance import Instance
from rules.capacity.minutes import last, points
from rules.capacity.trend import seconds_until

_BALANCES: tuple[tuple[str, Callable[[CloudWatch], float | None]], ...] = (
    ("BurstBalance", lambda m: m.burst_balance_ratio),
    ("EBSIOBalance%", lambda m: m.ebs_io_balance_ratio),
    ("EBSByteBalance%", lambda m: m.ebs_byte_balance_ratio),
)


@dataclass(frozen=True, slots=True)
class Balance:
    """`metric` as CloudWatch names it; `left_ratio` is the most of the last minutes."""

    metric: str
    left_ratio: float
    empty_in_seconds: float | None


def low_balance(
    instance: Instance,
    rows: Sequence[CloudWatch],
    *,
    low_ratio: float = 0.1,
    falling_ratio: float = 0.3,
    sustained_minutes: int = 3,
) -> Balance | None:
    """The lowest of those that are low, or below `falling_ratio` and falling; none on Aurora."""
    found = [
        Balance(metric, max(values), seconds_until(points(rows, read), 0))
        for metric, read in _BALANCES
        if not instance.aurora and (values := last(rows, sustained_minutes, read))
    ]
    low = [
        balance
        for balance in found
        if balance.left_ratio < low_ratio
        or (balance.left_ratio < falling_ratio and balance.empty_in_seconds is not None)
    ]
    return min(low, key=lambda balance: balance.left_ratio, default=None)
