"""A burstable class spends CPU credits faster than it earns them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import Finding, Gain, Impact, Remedy, Severity, rule
from rules.capacity.class_change import outage
from rules.capacity.minutes import latest, mean, points
from rules.locks.blockers import counted
from rules.rds_wording import of_instance
from rules.wording import duration, share

# Credits an hour by generation and size, as EC2 documents them; a day's worth is the most kept.
_T2: dict[str, float] = {
    "micro": 6,
    "small": 12,
    "medium": 24,
    "large": 36,
    "xlarge": 54,
    "2xlarge": 81.6,
}
_T3: dict[str, float] = {
    "micro": 12,
    "small": 24,
    "medium": 24,
    "large": 36,
    "xlarge": 96,
    "2xlarge": 192,
}
_EARNED = {"t2": _T2, "t3": _T3, "t4g": _T3}
_HOURS_KEPT = 24
_MINUTES_PER_HOUR = 60


@dataclass(frozen=True, slots=True)
class _Credits:
    """`spent_per_hour` is net of what is earned; `charged` is what was billed beyond them.

    `throttles`: without credits it gets its baseline only, instead of a bill.
    """

    left: float | None
    most: float
    spent_per_hour: float
    baseline_ratio: float
    cpu_ratio: float | None
    charged: float | None
    throttles: bool

    @property
    def left_ratio(self) -> float | None:
        return None if self.left is None else min(1.0, self.left / self.most)

    @property
    def left_seconds(self) -> float | None:
        if self.left is None or self.spent_per_hour <= 0:
            return None
        return self.left / self.spent_per_hour * 3600


@rule(
    title="CPU credits run out",
    severity=Severity.MEDIUM,
    engines=("rds",),
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Types.html",
        "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/burstable-credits-baseline-concepts.html",
    ),
)
def credits_running_out(
    minutes: Snapshot[CloudWatch],
    instances: Snapshot[Instance],
    *,
    low_ratio: float = 0.2,
    urgent_ratio: float = 0.05,
) -> Iterator[Finding]:
    """A class of the T family uses more CPU than it earns credits for, and few are left.

    Why it matters
        Without credits a db.t2 falls to a fraction of its CPUs, at once. A db.t3 or db.t4g goes
        on, but what it uses above its baseline is billed.

    What to do
        Speed up the statements that use the CPU, or change to a class of the M or R family, which
        has its CPUs all the time. AWS advises T classes for development and tests only.

    When to ignore
        An instance that was just started has few credits by nature; it is told only while it
        spends more than it earns.
    """
    (instance,) = instances.rows
    credits = _credits(instance, minutes)
    if credits is None:
        return
    ratio = credits.left_ratio
    drained = ratio is not None and ratio < low_ratio and credits.spent_per_hour > 0
    billed = bool(credits.charged)
    if not drained and not billed:
        return
    urgent = credits.throttles and drained and ratio is not None and ratio < urgent_ratio
    yield Finding(
        subject=of_instance(instance),
        severity=Severity.HIGH if urgent else None,
        summary=_summary(instance, credits),
        evidence={
            "credits_left": credits.left,
            "credits_most": credits.most,
            "credits_left_ratio": ratio,
            "credits_spent_per_hour": credits.spent_per_hour,
            "surplus_credits_charged": credits.charged,
            "cpu_ratio": credits.cpu_ratio,
            "baseline_ratio": credits.baseline_ratio,
            "left_seconds": credits.left_seconds,
        },
        impact=Impact(Gain.HEADROOM, 1 - (ratio if ratio is not None else 0.0)),
        remedy=_remedy(instance, credits),
    )


def _generation(instance: Instance) -> str:
    return instance.instance_class.split(".")[1] if instance.instance_class.count(".") > 1 else ""


def _credits(instance: Instance, minutes: Snapshot[CloudWatch]) -> _Credits | None:
    size = instance.instance_class.rpartition(".")[2]
    earned = _EARNED.get(_generation(instance), {}).get(size)
    if earned is None or not instance.vcpus:
        return None
    most_an_hour = instance.vcpus * _MINUTES_PER_HOUR
    cpu = mean(tuple(v for _, v in points(minutes.rows, lambda m: m.cpu_ratio)))
    charged = [v for _, v in points(minutes.rows, lambda m: m.cpu_surplus_credits_charged)]
    return _Credits(
        left=latest(minutes.rows, lambda m: m.cpu_credits),
        most=earned * _HOURS_KEPT,
        spent_per_hour=0.0 if cpu is None else cpu * most_an_hour - earned,
        baseline_ratio=earned / most_an_hour,
        cpu_ratio=cpu,
        charged=min(charged) if charged else None,
        throttles=_generation(instance) == "t2",
    )


def _summary(instance: Instance, credits: _Credits) -> str:
    if credits.charged:
        return (
            f"{instance.identifier} ({instance.instance_class}) uses more CPU than its credits pay "
            "for, and the surplus is billed."
        )
    used, base = share(credits.cpu_ratio or 0.0), share(credits.baseline_ratio)
    then = (
        f"it then falls to {base} of its CPUs"
        if credits.throttles
        else f"use above {base} then costs"
    )
    left = "" if not credits.left_seconds else f" for {duration(credits.left_seconds)}"
    return (
        f"{instance.identifier} ({instance.instance_class}) uses {used} of its CPUs and has "
        f"{counted(round(credits.left or 0), 'credit')} left{left}; {then}."
    )


def _remedy(instance: Instance, credits: _Credits) -> Remedy:
    return Remedy(
        text=(
            f"Bring the use of CPU below {share(credits.baseline_ratio)} by speeding up the top "
            "statements, or change to a class of the M or R family. Compare its price with what "
            + (
                "a slow database costs you."
                if credits.throttles
                else "the surplus credits cost a month."
            )
        ),
        risk=outage(instance),
        verify="CPUCreditBalance rises over an hour, and CPUSurplusCreditsCharged is 0.",
        rollback="The class can be changed back in the same way.",
    )
