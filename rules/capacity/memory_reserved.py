"""Aurora MySQL fends off running out of memory."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import Confidence, Finding, Impact, Remedy, Severity, rule
from rules.capacity.class_change import outage
from rules.capacity.minutes import latest, points
from rules.rds_wording import of_instance
from rules.wording import size


@rule(
    title="Aurora MySQL refuses work to save memory",
    severity=Severity.CRITICAL,
    confidence=Confidence.VALIDATED,
    engines=("rds",),
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQLOOM.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.AuroraMonitoring.Metrics.html",
    ),
)
def memory_reserved(
    minutes: Snapshot[CloudWatch], instances: Snapshot[Instance]
) -> Iterator[Finding]:
    """The memory that is left is kept for the system: statements are declined or ended.

    Why it matters
        By aurora_oom_response, Aurora MySQL then declines new statements and connections and ends
        running ones. Where that is not enough, the instance restarts.

    What to do
        Find the statements that take most memory (sys.memory_by_thread_by_current_bytes) and end
        them. Then let the pools hold fewer connections, or take a class with more memory.

    When to ignore
        Never while it lasts. Versions before 3.06.1 do not tell of it.
    """
    (instance,) = instances.rows
    known = points(minutes.rows, lambda m: m.memory_reserved)
    if not known or not known[-1][1]:
        return
    free = latest(minutes.rows, lambda m: m.freeable_memory_bytes)
    left = "" if free is None else f" ({size(free)} can be freed)"
    yield Finding(
        subject=of_instance(instance),
        summary=f"{instance.identifier} is short of memory{left} and declines or ends statements.",
        evidence={
            "reserved_minutes": sum(1 for _, reserved in known if reserved),
            "observed_minutes": len(known),
            "freeable_bytes": free,
            "memory_bytes": instance.memory_bytes,
            "connections": latest(minutes.rows, lambda m: m.connections),
        },
        impact=Impact(),
        remedy=Remedy(
            text=(
                "See which sessions hold most memory and end what can be ended. Then let the pools "
                "hold fewer connections, or take a class with more memory."
            ),
            statements=(
                "SELECT thread_id, user, current_allocated "
                "FROM sys.memory_by_thread_by_current_bytes LIMIT 10;",
            ),
            risk=(
                "The query takes no lock, and shows something only while the Performance Schema is "
                "on. A session that is ended rolls its transaction back, which takes about as long "
                "as the transaction ran. A change of class interrupts work. " + outage(instance)
            ),
            verify="AuroraMemoryHealthState is 0 five minutes later, and stays there.",
            rollback="None needed for the query; a class can be changed back in the same way.",
        ),
    )
