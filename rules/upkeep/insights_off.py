"""No history of what the database waited for."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import RDS, Confidence, Finding, Remedy, Severity, rule
from rules.rds_wording import graded, of_instance
from rules.upkeep.monitoring import ONLINE, check, told_elsewhere, watch

_TOO_SMALL = ("db.t2.", "db.t3.micro", "db.t3.small", "db.t4g.micro", "db.t4g.small")


@rule(
    title="Performance Insights is off",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    engines=RDS,
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PerfInsights.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PerfInsights.Enabling.html",
    ),
)
def insights_off(instances: Snapshot[Instance]) -> Iterator[Finding]:
    """AWS does not record which statements run, and what they wait for.

    Why it matters
        After an incident nobody can tell what was slow. dbtriage asks the Performance Insights
        API (CloudWatch Database Insights) for the top statements and their waits, and has no
        answer. The metric DBLoad is missing too, and with it the best alarm there is.

    What to do
        Switch it on. Seven days of history cost nothing. Serverless should have at least 2
        capacity units with it.

    When to ignore
        The smallest classes of MySQL and MariaDB do not offer it. One severity lower where no tag
        tells the environment, not told where a tag names another than production.
    """
    (instance,) = instances.rows
    severity = graded(instance.tags, Severity.MEDIUM)
    small = instance.family != "postgres" and instance.instance_class.startswith(_TOO_SMALL)
    if instance.insights is not False or severity is None or small or told_elsewhere(instance):
        return
    yield Finding(
        subject=of_instance(instance),
        summary=f"Performance Insights is off on {instance.identifier}: there is no record of "
        "what its statements wait for.",
        evidence={"performance_insights": False, "instance_class": instance.instance_class},
        severity=severity,
        remedy=_remedy(instance),
    )


def _remedy(instance: Instance) -> Remedy:
    return Remedy(
        text="Switch Performance Insights on with the seven days that are free of charge. On MySQL "
        "and MariaDB it tells more after a reboot, if the Performance Schema is off.",
        statements=(
            watch(
                instance,
                "--enable-performance-insights",
                "--performance-insights-retention-period 7",
            ),
        ),
        risk=f"{ONLINE} The record takes a few per cent of CPU on a busy instance, more on the "
        "smallest ones.",
        verify=check(instance, "PerformanceInsightsEnabled", "true"),
        rollback=watch(instance, "--no-enable-performance-insights"),
    )
