from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from collectors.rds.classes import shipped
from collectors.rds.cluster import Cluster
from collectors.rds.instance import Instance
from collectors.rds.usage import UsedHour
from collectors.snapshot import Snapshot
from rules.base import Confidence, Finding, Remedy, Severity, rule
from rules.capacity.percentiles import known, last_week, mean
from rules.rds_wording import modify_cluster, of_cluster
from rules.wording import size

_LEAST_HOURS = 160
_MONTH_HOURS = 730
_TERABYTE = 10**12
_UNITS_PER_TERABYTE = 4


@dataclass(frozen=True, slots=True)
class _Bill:
    """What the bill is made of; a unit is a CPU, a capacity unit, or 250 GB of storage."""

    operations_per_month: float
    cpus: float
    acu: float
    volume_bytes: float

    @property
    def millions_per_unit(self) -> float:
        units = self.cpus + self.acu + _UNITS_PER_TERABYTE * self.volume_bytes / _TERABYTE
        return self.operations_per_month / 1e6 / units if units else 0.0


@rule(
    title="The storage of the cluster does not fit its I/O",
    severity=Severity.LOW,
    confidence=Confidence.HEURISTIC,
    engines=("rds",),
    see=("https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-storage-type.html",),
)
def io_optimized_candidate(
    instances: Snapshot[Instance],
    clusters: Snapshot[Cluster],
    usage: Snapshot[UsedHour],
    *,
    many_millions_per_unit: float = 300,
    few_millions_per_unit: float = 40,
) -> Iterator[Finding]:
    """An Aurora cluster pays for each of very many I/O, or a flat price for I/O it hardly does.

    Why it matters
        aurora bills each I/O. aurora-iopt1 (I/O-Optimized) bills none, but more for instances and
        storage. AWS puts the break-even at a quarter of the Aurora bill spent on I/O.

    What to do
        Look at the share of I/O in the bill, then choose. Back from I/O-Optimized is possible at
        any time, to it once in 30 days.

    When to ignore
        Your prices are not known here, so the limits are coarse on purpose. I/O-Optimized asks
        about 30 % more for instances and 125 % more for storage. Where a million I/O costs as much
        as one and a half hours of a CPU (or capacity unit), it pays from about 150 million I/O a
        month for each CPU; 250 GB of storage weigh like a CPU. It is told from twice that, and
        the way back below a quarter of it. Your prices may differ. Told on the writer only.
    """
    (instance,) = instances.rows
    for cluster in clusters.rows:
        bill = _bill(instance, cluster, last_week(usage.rows))
        if bill is None or not cluster.here or not instance.aurora:
            continue
        many = bill.millions_per_unit > many_millions_per_unit
        few = bill.millions_per_unit < few_millions_per_unit
        if cluster.storage_type == "aurora" and many:
            yield _finding(cluster, bill, "aurora-iopt1")
        elif cluster.storage_type == "aurora-iopt1" and few:
            yield _finding(cluster, bill, "aurora")


def _bill(instance: Instance, cluster: Cluster, hours: Sequence[UsedHour]) -> _Bill | None:
    """None where a part of it is not known. All serverless members count as this one does."""
    operations = known(h.volume_operations for h in hours)
    volume = known(h.volume_used_bytes for h in hours)
    serverless = [m for m in cluster.members if m.instance_class == "db.serverless"]
    classes = [m.instance_class for m in cluster.members if m not in serverless]
    sizes = [s for s in map(shipped, classes) if s]
    acu = mean(h.acu for h in hours) if instance.serverless else None
    if len(operations) < _LEAST_HOURS or not volume or len(sizes) < len(classes):
        return None
    if serverless and acu is None:
        return None
    return _Bill(
        operations_per_month=sum(operations) / len(operations) * _MONTH_HOURS,
        cpus=float(sum(s.vcpus for s in sizes)),
        acu=(acu or 0.0) * len(serverless),
        volume_bytes=volume[-1],
    )


def _finding(cluster: Cluster, bill: _Bill, wanted: str) -> Finding:
    pays = (
        "pays for each of them: I/O-Optimized storage may cost less"
        if wanted == "aurora-iopt1"
        else "is I/O-Optimized: paying for each of them may cost less"
    )
    parts = [f"{bill.cpus:.0f} CPUs"] * (bill.cpus > 0) + [f"{bill.acu:.3g} ACU"] * (bill.acu > 0)
    return Finding(
        subject=of_cluster(cluster),
        summary=f"Cluster {cluster.cluster} does {bill.operations_per_month / 1e6:,.0f} million "
        f"I/O a month on {' and '.join(parts)} with {size(bill.volume_bytes)}, and {pays}.",
        evidence={
            "storage_type": cluster.storage_type,
            "operations_per_month": bill.operations_per_month,
            "cpus": bill.cpus,
            "mean_acu": bill.acu,
            "volume_used_bytes": bill.volume_bytes,
            "million_operations_per_unit": bill.millions_per_unit,
        },
        remedy=_remedy(cluster, wanted),
    )


def _remedy(cluster: Cluster, wanted: str) -> Remedy:
    more = wanted == "aurora-iopt1"
    return Remedy(
        text="Divide what the bill shows for I/O of this cluster by all it shows for Aurora: from "
        "a quarter on I/O-Optimized costs less, below that aurora does. "
        + ("First look whether a missing index makes the I/O." if more else ""),
        statements=(modify_cluster(cluster, f"--storage-type {wanted}", when="now"),),
        risk="Online; instances with local NVMe (r6gd, r6id, r8gd) restart. Older engine versions "
        "do not offer I/O-Optimized. "
        + ("The way back is open at any time." if more else "The way back is open after 30 days."),
        verify="A month later the Aurora bill of the cluster is lower.",
        rollback=modify_cluster(cluster, f"--storage-type {cluster.storage_type}", when="now"),
    )
