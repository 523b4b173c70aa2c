"""Nobody is told when the instance is in need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from shlex import quote

from collectors.rds.alarms import Alarm
from collectors.rds.cluster import Cluster
from collectors.rds.instance import Instance
from collectors.rds.parameters import Parameter
from collectors.snapshot import Snapshot
from collectors.snapshots.settings import Setting
from rules.base import RDS, Confidence, Finding, Remedy, Severity, rule
from rules.rds_wording import graded, in_region, of_instance
from rules.upkeep.class_defaults import most_connections
from rules.upkeep.recommended_alarms import Covered, State, coverage, recommended


@rule(
    title="Alarms that AWS recommends are missing",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    engines=RDS,
    see=(
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html",
    ),
)
def alarms_missing(
    alarms: Snapshot[Alarm],
    instances: Snapshot[Instance],
    clusters: Snapshot[Cluster] | None,
    parameters: Snapshot[Parameter] | None,
    settings: Snapshot[Setting] | None,
) -> Iterator[Finding]:
    """CloudWatch has no alarm for a limit at which the database stops or gets slow.

    Why it matters
        Full storage, no connections left, transaction ids at their end: each comes slowly, and
        an alarm days before makes it a task instead of an incident.

    What to do
        dbtriage aws alarms prints all recommended ones with thresholds for this instance, as
        commands, Python and Terraform.

    When to ignore
        Where another tool watches the same numbers. An alarm with another threshold counts as
        there; one without actions does not. Medium when none of those that matter most is there,
        else low. One severity lower where no tag tells the environment, not told where a tag names
        another than production.
    """
    (instance,) = instances.rows
    cluster = next(iter(clusters.rows if clusters else ()), None)
    limit = most_connections(instance, cluster, parameters, settings)
    wanted = [a for a in recommended(instance, cluster, limit) if a.essential]
    found = coverage(wanted, alarms.rows)
    lacks = [c for c in found if c.state in (State.MISSING, State.SILENT)]
    plain = Severity.MEDIUM if len(lacks) == len(found) else Severity.LOW
    severity = graded(instance.tags, plain)
    if lacks and severity is not None:
        yield _finding(instance, found, lacks, severity)


def _finding(
    instance: Instance, found: Sequence[Covered], lacks: Sequence[Covered], severity: Severity
) -> Finding:
    names = ", ".join(c.alarm.metric for c in lacks)
    silent = [c.found.alarm for c in lacks if c.found is not None]
    return Finding(
        subject=of_instance(instance),
        summary=f"{len(lacks)} of the {len(found)} most important alarms on {instance.identifier} "
        f"are missing or tell nobody: {names}.",
        evidence={
            "missing": names,
            "recommended_alarms": len(found),
            "missing_alarms": len(lacks),
            "without_actions": ", ".join(silent) or None,
        },
        severity=severity,
        remedy=_remedy(instance),
    )


def _remedy(instance: Instance) -> Remedy:
    name = quote(instance.identifier)
    return Remedy(
        text="Print the alarms with thresholds for this instance, put your SNS topic in, and make "
        "them. Make them anew when the class or max_connections changes.",
        statements=(f"dbtriage aws alarms {name} {in_region(instance.arn)}",),
        risk="The command only prints. An alarm costs little a month and changes nothing on the "
        "database; one that is too sharp wakes people for nothing.",
        verify="After some minutes this gives OK for each: aws cloudwatch describe-alarms --query "
        f"'MetricAlarms[].[AlarmName,StateValue]' --alarm-name-prefix {name} "
        f"{in_region(instance.arn)}",
        rollback="Delete them: aws cloudwatch delete-alarms --alarm-names YOUR-ALARM "
        + in_region(instance.arn),
    )
