from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import Finding, Severity, rule
from rules.capacity.class_change import class_change, class_may_change
from rules.capacity.class_sizes import at_least, burstable
from rules.rds_wording import graded, of_instance


@rule(
    title="A burstable class in production",
    severity=Severity.MEDIUM,
    engines=("rds",),
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Types.html",
    ),
)
def burstable_in_production(instances: Snapshot[Instance]) -> Iterator[Finding]:
    """The instance is of a T class, whose CPU is meant for short bursts.

    Why it matters
        A T class earns CPU credits while it is quiet and spends them under load. Without credits
        it falls to a fraction of its CPUs, or every further minute of CPU is billed on top. AWS
        advises T classes for development and test only.

    What to do
        Move to a class of the same size with CPUs of its own: db.m on RDS, db.r on Aurora.

    When to ignore
        Small, quiet databases that never run short of credits (credits-running-out tells that).
        One severity lower where no tag tells the environment, not told where a tag names another
        than production.
    """
    (instance,) = instances.rows
    severity = graded(instance.tags, Severity.MEDIUM)
    if not burstable(instance.instance_class) or severity is None:
        return
    wanted = at_least("r7g" if instance.aurora else "m7g", instance.instance_class)
    if wanted is None or not class_may_change(instance):
        return
    yield Finding(
        subject=of_instance(instance),
        severity=severity,
        summary=f"{instance.identifier} runs on the burstable class {instance.instance_class}"
        f": under lasting load its CPU is cut, or billed on top.",
        evidence={
            "instance_class": instance.instance_class,
            "vcpus": instance.vcpus,
            "memory_bytes": instance.memory_bytes,
        },
        remedy=class_change(
            instance,
            wanted,
            f"Move to {wanted}, or a db.{'r' if instance.aurora else 'm'} class of another "
            "generation. It costs more by the hour: compare its price first.",
            "",
            "The same work takes no longer at the busiest hour.",
        ),
    )
