from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import Finding, Severity, rule
from rules.capacity.class_change import class_change, class_may_change
from rules.capacity.class_sizes import successor
from rules.rds_wording import graded, of_instance


@rule(
    title="The instance class is generations old",
    severity=Severity.MEDIUM,
    engines=("rds",),
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Types.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Support.html",
    ),
)
def old_instance_class(instances: Snapshot[Instance]) -> Iterator[Finding]:
    """The class is of the fifth generation or older (m3 to m5, r3 to r5, t2).

    Why it matters
        Newer classes of the same size do more for the same money, and AWS retires old ones: then
        the instance is moved at a time that AWS chooses.

    What to do
        Move to the successor of the same size, on Graviton where there is one. The engine is the
        same; clients notice nothing but the outage of the change.

    When to ignore
        Until the end of a reservation for the old family, which does not cover the new one. One
        severity lower where no tag tells the environment, context only where a tag names another
        than production.
    """
    (instance,) = instances.rows
    wanted = successor(instance.instance_class)
    if wanted is None or not class_may_change(instance):
        return
    yield Finding(
        subject=of_instance(instance),
        severity=graded(instance.tags, Severity.MEDIUM, elsewhere=Severity.INFO),
        summary=f"{instance.identifier} runs on {instance.instance_class}, a class of an old "
        f"generation; {wanted} has at least the same CPUs and memory.",
        evidence={
            "instance_class": instance.instance_class,
            "successor": wanted,
            "vcpus": instance.vcpus,
            "memory_bytes": instance.memory_bytes,
            "engine_version": instance.engine_version,
        },
        remedy=class_change(
            instance,
            wanted,
            f"Move to {wanted}. Where the engine version is too old for it, upgrade the minor "
            "version first. Look for reservations of the old family before.",
            "Extensions and plans stay as they are.",
            "At the busiest hour CPUUtilization is not higher than before.",
        ),
    )
