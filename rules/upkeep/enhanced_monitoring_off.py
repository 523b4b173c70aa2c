"""No view of the operating system."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import RDS, Confidence, Finding, Remedy, Severity, rule
from rules.rds_wording import graded, of_instance
from rules.upkeep.monitoring import ONLINE, check, told_elsewhere, watch


@rule(
    title="Enhanced Monitoring is off",
    severity=Severity.LOW,
    confidence=Confidence.VALIDATED,
    engines=RDS,
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html",
    ),
)
def enhanced_monitoring_off(instances: Snapshot[Instance]) -> Iterator[Finding]:
    """AWS does not record processes, memory, swap and disks as the operating system sees them.

    Why it matters
        CloudWatch sees the machine from outside, once a minute. Which process took the memory,
        or whether the CPU waited for the disk, is only known from inside.

    What to do
        Switch it on at an interval of 60 seconds, or 15 where incidents are short.

    When to ignore
        Where another tool watches the operating system. It is billed as CloudWatch Logs.
        One severity lower where no tag tells the environment, not told where a tag names another
        than production.
    """
    (instance,) = instances.rows
    severity = graded(instance.tags, Severity.LOW)
    if instance.monitoring_seconds != 0 or severity is None or told_elsewhere(instance):
        return
    yield Finding(
        subject=of_instance(instance),
        summary=f"Enhanced Monitoring is off on {instance.identifier}: nothing shows its "
        "processes, memory and disks from inside.",
        evidence={"monitoring_interval_seconds": 0},
        severity=severity,
        remedy=Remedy(
            text="Switch it on. It needs a role that may write to CloudWatch Logs, with the "
            "managed policy AmazonRDSEnhancedMonitoringRole.",
            statements=(
                watch(instance, "--monitoring-interval 60", "--monitoring-role-arn YOUR-ROLE-ARN"),
            ),
            risk=f"{ONLINE} It is billed as CloudWatch Logs: the shorter the interval, the more.",
            verify=check(instance, "MonitoringInterval", "60"),
            rollback=watch(instance, "--monitoring-interval 0"),
        ),
    )
