"""A cluster that would fail over to an instance smaller than its writer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from collectors.rds.cluster import Cluster
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.availability.promotion import Promotion, promotion
from rules.base import RDS, Finding, Remedy, Severity, rule
from rules.rds_holder import look
from rules.rds_wording import graded, modify_instance, of_cluster
from rules.wording import size


@rule(
    title="A failover would end on a smaller instance",
    severity=Severity.MEDIUM,
    engines=RDS,
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Concepts.AuroraHighAvailability.html",
    ),
)
def failover_target_weak(
    clusters: Snapshot[Cluster], instances: Snapshot[Instance]
) -> Iterator[Finding]:
    """The reader that takes over has less memory than the writer, or a small one is next in line.

    Why it matters
        Aurora promotes the reader of the lowest tier, and the largest within a tier. A smaller
        one then carries the writer's load with less memory and fewer CPUs: the failover works
        and the incident goes on.

    What to do
        Give smaller readers tier 15, so that those of the writer's size come first. Where there
        is none of that size, enlarge one.

    When to ignore
        Where slow service after a failover is accepted. Nothing is told where a size is unknown: a
        serverless writer, or a class that is not in the table. Low where the first in line is
        large enough and only the tiers 0 and 1 behind it hold a smaller one. One severity lower
        where no tag tells the environment, not told where a tag names another than production.
    """
    (instance,) = instances.rows
    for cluster in clusters.rows:
        seen = promotion(cluster)
        if not cluster.here or seen is None:
            continue
        worst = Severity.MEDIUM if seen.next_is_small else Severity.LOW
        severity = graded((*cluster.tags, *instance.tags), worst)
        if severity is not None:
            yield _finding(cluster, instance, seen, severity)


def _finding(cluster: Cluster, instance: Instance, seen: Promotion, severity: Severity) -> Finding:
    heir = seen.small[0]
    rank = "is first in line to take over" if seen.next_is_small else "may take over"
    return Finding(
        subject=of_cluster(cluster),
        severity=severity,
        summary=(
            f"{heir.identifier} ({size(seen.small_bytes)} of memory) {rank} from "
            f"{seen.writer.identifier} ({size(seen.writer_bytes)}) in cluster {cluster.cluster}."
        ),
        evidence={
            "target": heir.identifier,
            "target_tier": heir.tier,
            "target_memory_bytes": seen.small_bytes,
            "writer_memory_bytes": seen.writer_bytes,
            "readers_large_enough": len(seen.large),
        },
        remedy=_reorder(cluster, instance, seen) if seen.large else _enlarge(instance, seen),
    )


def _reorder(cluster: Cluster, instance: Instance, seen: Promotion) -> Remedy:
    def tier(identifier: str, number: int | None) -> str:
        option = f"--promotion-tier {number}"
        return modify_instance(replace(instance, identifier=identifier), option, when="now")

    first = seen.large[0].identifier
    return Remedy(
        text=f"Put the smaller readers last, so that {first} takes over.",
        statements=tuple(tier(m.identifier, 15) for m in seen.small),
        risk=(
            "No restart; seconds. A serverless reader of tier 2 or more no longer scales with "
            "the writer."
        ),
        verify=f"Within a minute the smaller readers have tier 15: "
        f"{look(cluster, 'DBClusterMembers[].[DBInstanceIdentifier,PromotionTier]')}",
        rollback="\n".join(tier(m.identifier, m.tier) for m in seen.small),
    )


def _enlarge(instance: Instance, seen: Promotion) -> Remedy:
    heir, wanted = seen.small[0], seen.writer.instance_class
    reader = replace(instance, identifier=heir.identifier)
    return Remedy(
        text=(
            f"No reader is as large as the writer: make {heir.identifier} one, in its maintenance "
            "window. It costs as much as the writer then: compare before."
        ),
        statements=(modify_instance(reader, f"--db-instance-class {wanted}"),),
        risk=(
            f"{heir.identifier} is down for some minutes and its cache is empty afterwards; the "
            "writer and other readers go on."
        ),
        verify=f"After the window this gives {wanted}: {look(reader, 'DBInstanceClass')}",
        rollback=modify_instance(reader, f"--db-instance-class {heir.instance_class}"),
    )
