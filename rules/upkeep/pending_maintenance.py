"""Maintenance that waits, and the day AWS does it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from shlex import quote

from collectors.rds.instance import Instance
from collectors.rds.maintenance import PendingAction
from collectors.snapshot import Snapshot
from rules.base import RDS, Confidence, Finding, Remedy, Severity, Subject, rule
from rules.rds_wording import in_region
from rules.wording import duration

_DAY_SECONDS = 86_400


@rule(
    title="Maintenance waits to be done",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    engines=RDS,
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Maintenance.html",
    ),
)
def pending_maintenance(
    actions: Snapshot[PendingAction],
    instances: Snapshot[Instance],
    *,
    warning_days: float = 7,
) -> Iterator[Finding]:
    """AWS has an upgrade or a repair for the instance or its cluster that is not installed.

    Why it matters
        Most of them restart the database. From one date on AWS does it by itself in a
        maintenance window, from another at any hour: a restart that nobody expected.

    What to do
        Choose the window yourself: agree to it for the next maintenance window, or do it now at
        a quiet hour.

    When to ignore
        When the day suits you. High when it is forced within a week, medium when a window comes
        first, else low. What concerns the cluster is told on its writer.
    """
    (instance,) = instances.rows
    for resource in dict.fromkeys((a.resource, a.of_cluster) for a in actions.rows):
        found = [a for a in actions.rows if (a.resource, a.of_cluster) == resource]
        if found[0].of_cluster and instance.role != "writer":
            continue
        yield _finding(found, instance, actions.taken_at, warning_days * _DAY_SECONDS)


def _finding(
    found: Sequence[PendingAction], instance: Instance, now: float, warning_seconds: float
) -> Finding:
    name, kind = found[0].resource, "cluster" if found[0].of_cluster else "instance"
    forced = _earliest(a.forced_apply_at for a in found)
    by_itself = _earliest(t for a in found for t in (a.auto_applied_after, a.current_apply_at))
    due = min((t for t in (forced, by_itself) if t is not None), default=None)
    return Finding(
        subject=Subject("cluster" if kind == "cluster" else "instance", name),
        summary=f"{', '.join(a.action for a in found)} "
        f"{'wait' if len(found) > 1 else 'waits'} to be done on {kind} {name}, "
        f"{_when(forced, by_itself, now)}.",
        evidence={
            "actions": ", ".join(a.action for a in found),
            "forced_at": _moment(forced),
            "done_by_aws_from": _moment(by_itself),
            "left_days": None if due is None else max(0.0, (due - now) / _DAY_SECONDS),
            "agreed": ", ".join(sorted({a.opt_in for a in found if a.opt_in})) or None,
            "maintenance_window": instance.maintenance_window,
        },
        severity=_severity(forced, by_itself, now + warning_seconds),
        remedy=_remedy(found, instance),
    )


def _earliest(times: Iterator[float | None]) -> float | None:
    return min((t for t in times if t is not None), default=None)


def _severity(forced: float | None, by_itself: float | None, until: float) -> Severity:
    if forced is not None and forced < until:
        return Severity.HIGH
    near = by_itself is not None and by_itself < until
    return Severity.MEDIUM if near else Severity.LOW


def _when(forced: float | None, by_itself: float | None, now: float) -> str:
    if forced is not None and (by_itself is None or forced <= by_itself):
        return f"and AWS forces it {_in(forced, now)}, window or not"
    if by_itself is not None:
        return f"and AWS does it in the first maintenance window {_from(by_itself, now)}"
    return "and AWS has set no day for it"


def _in(moment: float, now: float) -> str:
    return "at any moment" if moment <= now else f"in {duration(moment - now)}"


def _from(moment: float, now: float) -> str:
    return "from now on" if moment <= now else f"after {duration(moment - now)}"


def _moment(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="minutes")


def _remedy(found: Sequence[PendingAction], instance: Instance) -> Remedy:
    return Remedy(
        text="Read what each action does: "
        + "; ".join(f"{a.action}: {a.description}" for a in found if a.description)
        + f". Then have it done in the next maintenance window ({instance.maintenance_window} "
        "UTC), or with immediate in place of next-maintenance at a quiet hour of yours.",
        statements=tuple(_apply(a, instance, "next-maintenance") for a in found),
        risk="Most of these restart the database: about a minute or two with a standby in another "
        "zone, up to some tens of minutes without one. A change of the certificate needs clients "
        "that know the new authority.",
        verify="After the window this names none of them: "
        f"aws rds describe-pending-maintenance-actions {in_region(instance.arn)} "
        f"--resource-identifier {_arn(found[0], instance)}",
        rollback="\n".join(
            (
                "Before it begins; what was installed can't be taken back:",
                *(_apply(a, instance, "undo-opt-in") for a in found),
            )
        ),
    )


def _apply(action: PendingAction, instance: Instance, opt_in: str) -> str:
    return (
        f"aws rds apply-pending-maintenance-action {in_region(instance.arn)} "
        f"--resource-identifier {_arn(action, instance)} "
        f"--apply-action {quote(action.action)} --opt-in-type {opt_in}"
    )


def _arn(action: PendingAction, instance: Instance) -> str:
    """Of the cluster in the instance's own account and region."""
    if not action.of_cluster:
        return quote(instance.arn)
    account = instance.arn.split(":")[:5]
    return quote(":".join((*account, "cluster", action.resource)))
