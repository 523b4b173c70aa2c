"""A version whose support AWS ends, or charges for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from shlex import quote

from collectors.rds.engine_lifecycle import Lifecycle
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import RDS, Confidence, Finding, Remedy, Severity, Subject, rule
from rules.locks.blockers import counted
from rules.rds_wording import in_region

_DAY_SECONDS = 86_400


@rule(
    title="Standard support of the version ends or is over",
    severity=Severity.HIGH,
    confidence=Confidence.VALIDATED,
    engines=RDS,
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/extended-support.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/blue-green-deployments.html",
    ),
)
def extended_support(
    lifecycles: Snapshot[Lifecycle],
    instances: Snapshot[Instance],
    *,
    warning_days: float = 180,
) -> Iterator[Finding]:
    """AWS no longer supports this major version without a charge, or soon will not.

    Why it matters
        From that day each vCPU costs extra by the hour, the standby's too, and more from the
        third year on. Where Extended Support was declined, or there is none, AWS upgrades the
        major version by itself, tested or not.

    What to do
        Rehearse the upgrade on a copy, then use a blue/green deployment.

    When to ignore
        When the instance is retired before that day. Of a cluster it is told on the writer.
    """
    (instance,) = instances.rows
    standard = [s for s in lifecycles.rows if s.support == "standard"]
    if instance.role == "reader" or not standard:
        return
    end = max(standard, key=lambda s: s.ends_at)
    extended = max((s.ends_at for s in lifecycles.rows if s.support == "extended"), default=None)
    left = (end.ends_at - lifecycles.taken_at) / _DAY_SECONDS
    if left >= warning_days:
        return
    yield Finding(
        subject=_subject(instance),
        summary=_summary(instance, end, extended, lifecycles.taken_at),
        evidence={
            "engine_version": instance.engine_version,
            "standard_support_ends": _day(end.ends_at),
            "standard_support_left_days": int(left // 1),
            "extended_support_ends": None if extended is None else _day(extended),
            "lifecycle_support": instance.lifecycle_support,
            "dates_as_of": end.as_of or None,
        },
        severity=Severity.HIGH if left < 0 else Severity.MEDIUM,
        confidence=Confidence.ESTIMATED if end.shipped else None,
        remedy=_remedy(instance),
    )


def _subject(instance: Instance) -> Subject:
    if instance.cluster:
        return Subject("cluster", instance.cluster)
    return Subject("instance", instance.identifier)


def _summary(instance: Instance, end: Lifecycle, extended: float | None, now: float) -> str:
    name = f"{end.engine} {end.major}"
    left = int((end.ends_at - now) // _DAY_SECONDS)
    told = (
        f"Standard support of {name} ends on {_day(end.ends_at)}, "
        + (f"in {counted(left, 'day')}" if left else "today")
        if left >= 0
        else f"Standard support of {name} ended on {_day(end.ends_at)}"
    )
    return f"{told}: {_then(instance, extended, now, over=left < 0)}."


def _then(instance: Instance, extended: float | None, now: float, *, over: bool) -> str:
    """What follows from it."""
    declined = (instance.lifecycle_support or "").endswith("-disabled")
    if extended is None or declined or extended < now:
        return "AWS upgrades it by itself" if over else "AWS then upgrades it by itself"
    charged = "each vCPU is charged extra" if over else "each vCPU is then charged extra"
    unless = "" if instance.lifecycle_support else ", unless Extended Support was declined"
    return f"{charged}, until {_day(extended)}{unless}"


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).date().isoformat()


def _remedy(instance: Instance) -> Remedy:
    arn = instance.arn
    if instance.cluster:
        arn = ":".join((*arn.split(":")[:5], "cluster", instance.cluster))
    name = instance.cluster or instance.identifier
    return Remedy(
        text="See which versions it can go to, rehearse on a restored copy, read the release notes "
        "of each major version between, then switch over with a blue/green deployment.",
        statements=(
            f"aws rds describe-db-engine-versions --engine {quote(instance.engine)} "
            f"--engine-version {quote(instance.engine_version)} {in_region(instance.arn)} --query "
            "'DBEngineVersions[0].ValidUpgradeTarget[?IsMajorVersionUpgrade].EngineVersion'",
            "aws rds create-blue-green-deployment --blue-green-deployment-name "
            f"{quote(name + '-upgrade')} --source {quote(arn)} {in_region(instance.arn)} "
            "--target-engine-version YOUR-TARGET-VERSION",
        ),
        risk="The green copy costs as much as the blue one while both run. The switch takes writes "
        "away for usually less than a minute. Plans may change, and statistics may start empty: "
        "ANALYZE before the switch.",
        verify="After the switch the means of the top statements are near what they were, and "
        f"EngineVersion of {name} is the new one.",
        rollback="Before the switch delete the deployment. After it the old database is still "
        "there, but does not get what was written since.",
    )
