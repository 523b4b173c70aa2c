"""Logs that are gone when they are needed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from shlex import quote

from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import RDS, Confidence, Finding, Remedy, Severity, rule
from rules.rds_wording import graded, modify_instance, modify_own_cluster, of_instance
from rules.upkeep.monitoring import ONLINE, check

_WANTED = {
    "postgres": ("postgresql",),
    "mysql": ("error", "slowquery"),
    "mariadb": ("error", "slowquery"),
}


@rule(
    title="Logs are not sent to CloudWatch",
    severity=Severity.LOW,
    confidence=Confidence.VALIDATED,
    engines=RDS,
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Procedural.UploadtoCloudWatch.html",
    ),
)
def logs_not_exported(instances: Snapshot[Instance]) -> Iterator[Finding]:
    """The error log or the log of slow statements stays on the instance.

    Why it matters
        There it is kept for a few days and goes with the instance. No alarm can be set on its
        messages, and after an incident the lines that tell are often gone.

    What to do
        Have AWS send them to CloudWatch Logs, and set how long the log group keeps them.

    When to ignore
        Where something else collects the logs. A member of a cluster that names no log at all is
        left out: AWS does not tell there what the cluster sends. One severity lower where no tag
        tells the environment, not told where a tag names another than production.
    """
    (instance,) = instances.rows
    lacks = tuple(n for n in _WANTED.get(instance.family, ()) if n not in instance.exported_logs)
    severity = graded(instance.tags, Severity.LOW)
    unknown = instance.cluster is not None and not instance.exported_logs
    elsewhere = instance.cluster is not None and instance.role != "writer"
    if not lacks or severity is None or unknown or elsewhere:
        return
    yield Finding(
        subject=of_instance(instance),
        summary=f"{instance.identifier} does not send its {' and '.join(lacks)} log to "
        "CloudWatch Logs.",
        evidence={"missing": ", ".join(lacks), "exported": ", ".join(instance.exported_logs)},
        severity=severity,
        remedy=_remedy(instance, lacks),
    )


def _remedy(instance: Instance, lacks: tuple[str, ...]) -> Remedy:
    return Remedy(
        text=f"Send {' and '.join(lacks)} to CloudWatch Logs. The log of slow statements must be "
        "on too (slow_query_log on MySQL and MariaDB, log_min_duration_statement on PostgreSQL).",
        statements=(_export(instance, "EnableLogTypes", lacks),),
        risk=f"{ONLINE} It is billed by the GB; the slow log may hold literal values of "
        "statements, so choose who may read the log group.",
        verify=check(instance, "EnabledCloudwatchLogsExports", f"a list with {lacks[0]}"),
        rollback=_export(instance, "DisableLogTypes", lacks),
    )


def _export(instance: Instance, verb: str, logs: tuple[str, ...]) -> str:
    given = quote(json.dumps({verb: list(logs)}, separators=(",", ":")))
    option = f"--cloudwatch-logs-export-configuration {given}"
    if instance.cluster is not None:
        return modify_own_cluster(instance, option, when="now")
    return modify_instance(instance, option, when="now")
