"""Reads or writes of the storage take long."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import Finding, Gain, Impact, Remedy, Severity, rule
from rules.capacity.balances import low_balance
from rules.capacity.minutes import last, latest, mean
from rules.capacity.volume import saturated
from rules.rds_wording import of_instance
from rules.wording import duration

_MINUTES = 5
Read = Callable[[CloudWatch], float | None]


@rule(
    title="The storage answers slowly",
    severity=Severity.HIGH,
    engines=("rds",),
    see=(
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html",
    ),
)
def slow_io(
    minutes: Snapshot[CloudWatch],
    instances: Snapshot[Instance],
    *,
    slow_read_seconds: float = 0.02,
    slow_write_seconds: float = 0.01,
    least_operations_per_second: float = 50,
) -> Iterator[Finding]:
    """One read in ten took more than 20 ms, or one write in ten more than 10 ms, for five minutes.

    Why it matters
        A statement that misses the cache waits that long for each page, and a commit for each
        write of the log.

    What to do
        See first whether the storage is asked for more than before: a new plan that scans, a cache
        that has become too small, a backup. If not, it is the volume: its type, or a change of
        storage that is still going on.

    When to ignore
        Fewer than 50 reads or writes a second, whose figures jump: those are not told. Nor is
        what io-saturated or burst-balance-low tells already.
    """
    (instance,) = instances.rows
    reads = _slow(
        minutes, _MINUTES, lambda m: m.read_latency_p90_seconds,
        lambda m: m.read_operations_per_second, least_operations_per_second,
    )  # fmt: skip
    writes = _slow(
        minutes, _MINUTES, lambda m: m.write_latency_p90_seconds,
        lambda m: m.write_operations_per_second, least_operations_per_second,
    )  # fmt: skip
    slow = [
        f"{what} take {duration(seconds)}"
        for what, seconds, limit in (
            ("reads", reads, slow_read_seconds),
            ("writes", writes, slow_write_seconds),
        )
        if seconds > limit
    ]
    told = saturated(instance, minutes.rows) or low_balance(instance, minutes.rows)
    if not slow or told:
        return
    yield Finding(
        subject=of_instance(instance),
        summary=(
            f"The storage of {instance.identifier} answers slowly: {' and '.join(slow)} or more, "
            f"one in ten, for {_MINUTES} minutes."
        ),
        evidence={
            "read_latency_p90_seconds": reads or None,
            "write_latency_p90_seconds": writes or None,
            "sustained_minutes": _MINUTES,
            "read_operations_per_second": latest(
                minutes.rows, lambda m: m.read_operations_per_second
            ),
            "write_operations_per_second": latest(
                minutes.rows, lambda m: m.write_operations_per_second
            ),
            "queue_depth": latest(minutes.rows, lambda m: m.queue_depth),
            "status": instance.status,
        },
        impact=_impact(minutes, _MINUTES),
        remedy=_remedy(instance),
    )


def _slow(
    minutes: Snapshot[CloudWatch], count: int, latency: Read, rate: Read, least: float
) -> float:
    """The least latency of the minutes; 0 where it is not known, or few operations were done."""
    rates = last(minutes.rows, count, rate)
    values = last(minutes.rows, count, latency)
    return min(values) if values and rates and min(rates) >= least else 0.0


def _impact(minutes: Snapshot[CloudWatch], count: int) -> Impact:
    """All time that operations took, by their averages."""
    seconds = 0.0
    kinds: tuple[tuple[Read, Read], ...] = (
        (lambda m: m.read_operations_per_second, lambda m: m.read_latency_seconds),
        (lambda m: m.write_operations_per_second, lambda m: m.write_latency_seconds),
    )
    for rate, latency in kinds:
        many, long = mean(last(minutes.rows, count, rate)), mean(last(minutes.rows, count, latency))
        seconds += (many or 0.0) * (long or 0.0)
    return Impact(Gain.TIME, seconds * 3600) if seconds else Impact()


def _remedy(instance: Instance) -> Remedy:
    changing = instance.status == "storage-optimization"
    if changing:
        text = "Wait: the storage is being optimised after a change, which takes hours."
    elif instance.aurora:
        text = (
            "Find the statements that read most from storage. If the cache misses more than it "
            "used to, it is too small for the data in use: take a class with more memory."
        )
    else:
        text = (
            "Find the statements that read and write most. If the load is no higher than usual, "
            "look at the type of the volume: gp3, or io2 where latency matters most."
        )
    return Remedy(
        text=text,
        risk="None to look. Changes of a volume are online, but I/O may be slower for hours.",
        verify=(
            "At the same load the p90 of ReadLatency is below 20 ms and that of WriteLatency "
            "below 10 ms."
        ),
        rollback="None needed: nothing is changed.",
    )
