"""The processors of the instance are used up."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import Confidence, Finding, Gain, Impact, Remedy, Severity, rule
from rules.capacity.minutes import last, latest, mean
from rules.rds_wording import of_instance
from rules.wording import share


@rule(
    title="The CPU is used up",
    severity=Severity.HIGH,
    confidence=Confidence.VALIDATED,
    engines=("rds",),
    see=(
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_BestPractices.html",
    ),
)
def cpu_saturated(
    minutes: Snapshot[CloudWatch],
    instances: Snapshot[Instance],
    *,
    full_ratio: float = 0.9,
    sustained_minutes: int = 5,
) -> Iterator[Finding]:
    """The CPU was more than 90 % busy in each of the last five minutes.

    Why it matters
        At that level every further statement waits for its turn, locks are held longer, and the
        next peak finds no reserve.

    What to do
        Look at the statements with most load on CPU first: one missing index is often all of it.
        Then spread work that need not run now. A bigger class comes last, for it costs an
        interruption and money.

    When to ignore
        A batch that is meant to use all there is, at an hour without users. Serverless instances
        are not told of here: their figure is of the most they may scale to.
    """
    (instance,) = instances.rows
    busy = last(minutes.rows, sustained_minutes, lambda m: m.cpu_ratio)
    if instance.serverless or not busy or min(busy) <= full_ratio:
        return
    average = mean(busy) or 0.0
    cpus = f" of its {instance.vcpus} CPUs" if instance.vcpus else ""
    yield Finding(
        subject=of_instance(instance),
        summary=(
            f"{instance.identifier} uses {share(average)}{cpus} for {len(busy)} minutes: speed up "
            "the statements with most load."
        ),
        evidence={
            "cpu_ratio": average,
            "cpu_min_ratio": min(busy),
            "sustained_minutes": len(busy),
            "vcpus": instance.vcpus,
            "instance_class": instance.instance_class,
            "load_cpu_sessions": latest(minutes.rows, lambda m: m.load_cpu_sessions),
        },
        impact=Impact(Gain.HEADROOM, average),
        remedy=Remedy(
            text=(
                "Work on the statements with most load on CPU (the report lists them by time). If "
                "none stands out, the class is too small for what it has to do: take one with more "
                "CPUs."
            ),
            risk=(
                "Indexes and other plans: as their own findings say. A change of class interrupts "
                "connections for as long as a failover takes with Multi-AZ or a reader to switch "
                "to, for minutes without."
            ),
            verify="At the same hour CPUUtilization stays below 70 %.",
            rollback="None needed for statements; a class can be changed back in the same way.",
        ),
    )
