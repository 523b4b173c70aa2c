"""The processors of the instance are used up."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.instance import Instance
from collectors.rds.load import DatabaseLoad
from collectors.snapshot import Snapshot
from rules.base import Confidence, Finding, Gain, Impact, Remedy, Severity, rule
from rules.capacity.busy_cpu import full_minutes, queue_for_cpu
from rules.capacity.class_change import class_change, class_may_change
from rules.capacity.class_sizes import bigger
from rules.capacity.minutes import latest, mean
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
    load: Snapshot[DatabaseLoad] | None,
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
        A batch that is meant to use all there is, at an hour without users. Where Performance
        Insights sees the queue for the CPUs, load-over-vcpu tells it instead. Not told of
        serverless instances: their figure is of the most they may scale to.
    """
    (instance,) = instances.rows
    busy = full_minutes(
        instance, minutes.rows, full_ratio=full_ratio, sustained_minutes=sustained_minutes
    )
    if not busy or (load is not None and queue_for_cpu(instance, load)):
        return
    average = mean(busy) or 0.0
    cpus = f" of its {instance.vcpus} CPUs" if instance.vcpus else ""
    yield Finding(
        subject=of_instance(instance),
        summary=(
            f"{instance.identifier} has used {share(average)}{cpus} for {len(busy)} minutes: "
            "statements wait for their turn."
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
        remedy=_remedy(instance),
    )


def _remedy(instance: Instance) -> Remedy:
    first = "Work on the statements with most load on CPU: the report lists them by time."
    verify = "At the same hour CPUUtilization stays below 70 %."
    above = bigger(instance.instance_class)
    if above is None or not class_may_change(instance):
        return Remedy(text=first, verify=verify)
    text = f"{first} If none stands out, the class is too small for its work: move to {above}."
    return class_change(instance, above, text, "", verify)
