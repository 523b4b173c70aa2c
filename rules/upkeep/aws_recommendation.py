"""What AWS itself recommends, where none of our rules tells it."""

from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from collectors.rds.instance import Instance
from collectors.rds.recommendations import AwsRecommendation, RecommendedAction
from collectors.snapshot import Snapshot
from rules.base import RDS, Finding, Remedy, Severity, Subject, rule
from rules.rds_wording import in_region

_SEVERITIES = {"high": Severity.HIGH, "medium": Severity.MEDIUM, "low": Severity.LOW}
# AWS publishes no list of its types: parts of their names, and the rule that tells the same.
TOLD_BY = {
    "multi_az": "single-az",
    "storage_autoscaling": "storage-autoscaling-off",
    "extended_support": "extended-support",
    "automated_backup": "backups-too-short",
    "backup_retention": "backups-too-short",
    "enhanced_monitoring": "enhanced-monitoring-off",
    "performance_insights": "insights-off",
    "encryption": "unencrypted-storage",
    "unencrypted": "unencrypted-storage",
    "single_instance": "single-instance-cluster",
    "one_db_instance": "single-instance-cluster",
    "connection_pooling": "proxy-candidate",
    "instance_class_generation": "old-instance-class",
    "sync_binlog": "parameter-overridden",
    "flush_log_at_trx_commit": "parameter-overridden",
    "stats_persistent": "parameter-overridden",
    "innodb_open_files": "parameter-overridden",
    "max_user_connections": "parameter-overridden",
    "default_row_format": "parameter-overridden",
    "change_buffering": "parameter-overridden",
    "general_log": "parameter-overridden",
    "query_cache": "parameter-overridden",
    "log_output": "parameter-overridden",
    "read_only": "parameter-overridden",
    "autovacuum": "parameter-overridden",
    "synchronous_commit": "parameter-overridden",
    "track_counts": "parameter-overridden",
    "enable_indexscan": "parameter-overridden",
    "enable_indexonlyscan": "parameter-overridden",
    "huge_pages": "parameter-overridden",
}


@rule(
    title="AWS recommends a change",
    severity=Severity.LOW,
    engines=RDS,
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/monitoring-recommendations.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USERRecommendationsManage.RecommendationReference.html",
    ),
)
def aws_recommendation(
    recommendations: Snapshot[AwsRecommendation], instances: Snapshot[Instance]
) -> Iterator[Finding]:
    """A recommendation of Amazon RDS is open for the instance, its cluster or their groups.

    Why it matters
        AWS sees what nobody else does: the host, the storage, the whole fleet. Its severity is
        taken over as it is.

    What to do
        Read AWS's own words and apply its action, or dismiss it there with the reason noted.

    When to ignore
        When it is dismissed at AWS it is not told any more. What one of dbtriage's own rules
        tells is left out, and what concerns the cluster is told on its writer.
    """
    (instance,) = instances.rows
    for found in recommendations.rows:
        subject = _subject(found, instance)
        if told_by(found.type_id) is None and subject is not None:
            yield _finding(found, subject, instance)


def told_by(type_id: str) -> str | None:
    """The rule of ours that tells the same, if there is one."""
    return next((ours for part, ours in TOLD_BY.items() if part in type_id.lower()), None)


def _subject(found: AwsRecommendation, instance: Instance) -> Subject | None:
    """With the topic in its name: one resource may have several. None: told on the writer."""
    topic = found.type_id.rpartition("::")[2].replace("_", " ")
    name = f"{found.resource} ({topic})" if topic else found.resource
    if found.resource != instance.cluster:
        return Subject("instance" if found.resource == instance.identifier else "setting", name)
    return Subject("cluster", name) if instance.role == "writer" else None


def _finding(found: AwsRecommendation, subject: Subject, instance: Instance) -> Finding:
    detected = _sentence(found.detection or found.reason or found.advice or found.type_id)
    return Finding(
        subject=subject,
        summary=f"AWS recommends a change of {found.resource}: {detected}",
        evidence={
            "source": "aws",
            "type_id": found.type_id,
            "recommendation": found.recommendation,
            "category": found.category or None,
            "aws_severity": found.severity,
        },
        severity=_SEVERITIES.get(found.severity.lower(), Severity.INFO),
        remedy=_remedy(found, instance),
    )


def _remedy(found: AwsRecommendation, instance: Instance) -> Remedy:
    said = (_sentence(text) for text in (found.advice, found.reason, found.impact) if text)
    actions = (_action(action) for action in found.actions)
    about = f"{in_region(instance.arn)}"
    return Remedy(
        text=" ".join((*said, *actions)) or "AWS gives no advice with it; see its own page.",
        statements=(
            f"aws rds describe-db-recommendations {about} --filters "
            f"Name=recommendation-id,Values={quote(found.recommendation)}",
        ),
        risk="The command only reads. What AWS's action changes, and whether it restarts the "
        "database, is in its answer under RecommendedActions.",
        verify="AWS sets its Status to resolved, as a rule within a day.",
        rollback="To have it told no more: aws rds modify-db-recommendation --status dismissed "
        f"--recommendation-id {quote(found.recommendation)} {about}",
    )


def _action(action: RecommendedAction) -> str:
    given = ", ".join(f"{name} {value}" for name, value in action.parameters)
    doing = f" ({action.operation}{f' with {given}' if given else ''})" if action.operation else ""
    return f"AWS's action: {action.title or action.operation}{doing}."


def _sentence(text: str) -> str:
    """One line that ends with a full stop."""
    line = " ".join(text.split())
    return line if line.endswith((".", "!", "?")) else f"{line}."
