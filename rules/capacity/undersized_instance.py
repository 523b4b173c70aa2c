from __future__ import annotations

from collections.abc import Iterator, Sequence

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.instance import Instance
from collectors.rds.usage import UsedHour
from collectors.snapshot import Snapshot
from rules.base import Finding, Gain, Impact, Remedy, Severity, rule
from rules.capacity.busy_cpu import full_minutes
from rules.capacity.class_change import class_change, class_may_change
from rules.capacity.class_sizes import bigger
from rules.capacity.percentiles import known, last_week, percentile
from rules.rds_wording import of_instance
from rules.wording import share


@rule(
    title="The instance is too small for its load",
    severity=Severity.MEDIUM,
    engines=("rds",),
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_BestPractices.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PerfInsights.UsingDashboard.Components.AvgActiveSessions.html",
    ),
)
def undersized_instance(
    instances: Snapshot[Instance],
    usage: Snapshot[UsedHour],
    minutes: Snapshot[CloudWatch] | None,
    *,
    tolerated_cpu_ratio: float = 0.8,
    least_known_hours: int = 160,
) -> Iterator[Finding]:
    """For a week the busiest hours took nearly all CPU, or wanted more than there is.

    Why it matters
        Without CPU to spare each burst makes everybody wait, and a failover, a vacuum or a backup
        has no room.

    What to do
        Speed up the statements at the top of the load first. What is left needs one size up.

    When to ignore
        A batch machine that may be busy all day. Less than a week of data says nothing. While
        the CPU is full right now, cpu-saturated or load-over-vcpu tells it; serverless is told by
        serverless-ceiling.
    """
    (instance,) = instances.rows
    if instance.serverless or not instance.vcpus or not class_may_change(instance):
        return
    if minutes is not None and full_minutes(instance, minutes.rows):
        return
    week = last_week(usage.rows)
    cpu = _busy([h.cpu_ratio for h in week], least_known_hours)
    wanting = _busy([h.load_cpu_sessions for h in week], least_known_hours)
    if (cpu or 0) > tolerated_cpu_ratio or (wanting or 0) > instance.vcpus:
        yield _finding(instance, week, cpu, wanting)


def _busy(values: Sequence[float | None], least_known: int) -> float | None:
    """The 95th percentile of hours; None where too few of them are known."""
    return percentile(values, 0.95) if len(known(values)) >= least_known else None


def _finding(
    instance: Instance, week: Sequence[UsedHour], cpu: float | None, wanting: float | None
) -> Finding:
    cpus = instance.vcpus or 0
    sessions = known(h.load_cpu_sessions for h in week) if wanting is not None else []
    queued = sum(max(0.0, s - cpus) for s in sessions) / len(sessions) if sessions else 0.0
    seen = [f"{share(cpu)} of its CPU was in use"] if cpu is not None else []
    if wanting is not None:
        seen.append(f"{wanting:.3g} sessions wanted one of {cpus} CPUs")
    return Finding(
        subject=of_instance(instance),
        summary=f"{instance.identifier} ({instance.instance_class}) is too small for its load: in "
        f"the busiest hours of a week {' and '.join(seen)}.",
        evidence={
            "instance_class": instance.instance_class,
            "vcpus": cpus,
            "cpu_p95_ratio": cpu,
            "load_cpu_p95_sessions": wanting,
            "seen_hours": len(week),
            "next_class": bigger(instance.instance_class),
        },
        impact=Impact(Gain.TIME, queued * 3600) if queued else Impact(),
        remedy=_remedy(instance, bigger(instance.instance_class)),
    )


def _remedy(instance: Instance, wanted: str | None) -> Remedy:
    first = "Speed up the statements at the top of the load first."
    verify = "A week later the 95th percentile of CPUUtilization by the hour is below 80 %."
    if wanted is None:
        text = f"{first} The family has no bigger class: share the load with a reader or replica."
        return Remedy(text=text, verify=verify)
    return class_change(
        instance,
        wanted,
        f"{first} If they are as fast as they can be, move to {wanted}.",
        "It costs more by the hour, and formulas of the parameter group give more "
        "memory and connections. Instances that may take over need the same class.",
        verify,
    )
