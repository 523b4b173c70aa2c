"""Parameters that somebody set to what AWS advises against, or to what the class can't bear."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.instance import Instance
from collectors.rds.parameters import Parameter
from collectors.snapshot import Snapshot
from collectors.snapshots.settings import Setting
from rules.base import RDS, Finding, Remedy, Severity, Subject, rule
from rules.rds_wording import reboot, reset_group_parameter, set_group_parameter
from rules.upkeep.memory_parameters import diverging
from rules.upkeep.risky_parameters import risky


@rule(
    title="A parameter overrides AWS's default to its harm",
    severity=Severity.MEDIUM,
    engines=RDS,
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USERRecommendationsManage.RecommendationReference.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ParamValuesRef.html",
    ),
)
def parameter_overridden(
    parameters: Snapshot[Parameter],
    instances: Snapshot[Instance],
    minutes: Snapshot[CloudWatch] | None,
    settings: Snapshot[Setting] | None,
) -> Iterator[Finding]:
    """Somebody set a parameter that AWS warns of, or one whose memory the class does not have.

    Why it matters
        AWS's defaults follow the class. A fixed value stays behind when the class changes: too
        much and the machine swaps, too little and memory that is paid for lies idle. Others give
        up safety, statistics or indexes.

    What to do
        Give the parameter its default back, or the value that AWS advises.

    When to ignore
        A value that was measured and chosen. Memory is judged only with a symptom: hardly any
        of it can be freed, swap grows, half of it lies idle, or connections stay far below what
        was allowed. Where memory runs short now, memory-pressure names the parameters instead.
        What the database itself is asked about is told by the rules that ask it (durability-off,
        autovacuum-disabled, planner-toggle-off and others), and so is left out where there is a
        SQL connection.
    """
    (instance,) = instances.rows
    asked = settings is not None
    if minutes is not None:
        yield from diverging(parameters, instance, minutes, caches_told=asked)
    if not asked:
        yield from _dedicated_server_off(parameters, instance)
    yield from risky(parameters, instance, sql_tells=asked)


def _dedicated_server_off(parameters: Snapshot[Parameter], instance: Instance) -> Iterator[Finding]:
    """RDS MySQL 8.4 sizes its cache by it: off and nothing in its place is 128 MB."""
    chosen = {p.parameter: p for p in parameters.rows if p.source == "user" and p.value}
    off = chosen.get("innodb_dedicated_server")
    if off is None or off.value not in ("0", "OFF", "off") or instance.engine != "mysql":
        return
    if "innodb_buffer_pool_size" not in chosen and instance.engine_version.startswith("8.4"):
        yield Finding(
            subject=Subject("setting", off.parameter),
            summary="innodb_dedicated_server is off and innodb_buffer_pool_size is not set: "
            "the buffer pool is 128 MB.",
            evidence={"value": off.value, "parameter_group": off.group},
            severity=Severity.HIGH,
            remedy=Remedy(
                text="Let MySQL size its buffer pool and redo log by the class again.",
                statements=(reset_group_parameter(instance, off), reboot(instance)),
                risk="The reboot takes the database away for about a minute.",
                verify="After the reboot this is near three quarters of the memory: "
                "SELECT @@innodb_buffer_pool_size;",
                rollback=set_group_parameter(instance, off, off.value or "0"),
            ),
        )
