"""Maintenance or backups at the busiest hours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.rds.instance import Instance
from collectors.rds.usage import UsedHour
from collectors.snapshot import Snapshot
from rules.availability.windows import Load, load_of, quietest, spans
from rules.base import RDS, Finding, Remedy, Severity, rule
from rules.rds_holder import copies, look
from rules.rds_wording import graded, modify_instance, of_instance

_LEAST_HOURS = 7 * 24
_LEAST_LOAD = {"sessions": 0.5, "cpu_ratio": 0.1}


@dataclass(frozen=True, slots=True)
class Window:
    """`field` is AWS's name of it; `load` is the average of the hours it touches."""

    what: str
    field: str
    at: str
    better: str
    load: float

    def command(self, instance: Instance, to: str) -> str:
        return modify_instance(instance, f"--preferred-{self.what}-window {to}", when="now")


@rule(
    title="Maintenance or backups fall into busy hours",
    severity=Severity.LOW,
    engines=RDS,
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.Maintenance.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html",
    ),
)
def maintenance_window_at_peak(
    instances: Snapshot[Instance],
    hours: Snapshot[UsedHour],
    *,
    peak_to_usual_ratio: float = 1.5,
) -> Iterator[Finding]:
    """A window lies in the tenth of the hours with most load, over the last two weeks.

    Why it matters
        In its maintenance window an instance may restart or fail over. A backup of an instance
        without a standby stalls reads and writes for a moment and slows them afterwards. At the
        busiest hour both hurt most.

    What to do
        Move the window to the quietest hour; the finding names it. Windows are in UTC.

    When to ignore
        Where staff must be there when it happens. Nothing is told with less than a week of hours,
        of a load that is flat or small, or of backups of Aurora and Multi-AZ, which do not stall.
        One severity lower where no tag tells the environment, not told where a tag names another
        than production.
    """
    (instance,) = instances.rows
    severity = graded(instance.tags, Severity.LOW)
    load = load_of(hours.rows)
    if severity is None or load is None or len(load.hours) < _LEAST_HOURS:
        return
    peak = max(load.top_decile, peak_to_usual_ratio * load.usual, _LEAST_LOAD[load.unit])
    found = list(_busy_windows(instance, load, peak))
    if found:
        yield _finding(instance, found, load, severity)


def _busy_windows(instance: Instance, load: Load, peak: float) -> Iterator[Window]:
    """The two may not overlap: a new one keeps away from the other as it is by then."""
    backup, maintenance = instance.backup_window, instance.maintenance_window
    busy = load.during(spans(maintenance))
    if busy is not None and busy >= peak:
        better = quietest(load, backup, weekly=True)
        yield Window("maintenance", "PreferredMaintenanceWindow", maintenance, better, busy)
        maintenance = better
    alone = instance.multi_az is False and instance.cluster is None and not copies(instance)
    busy = load.during(spans(backup)) if alone and instance.backup_retention_days else None
    if busy is not None and busy >= peak:
        better = quietest(load, maintenance, weekly=False)
        yield Window("backup", "PreferredBackupWindow", backup, better, busy)


def _finding(instance: Instance, found: list[Window], load: Load, severity: Severity) -> Finding:
    said = " and ".join(f"{w.what} ({w.at})" for w in found)
    most = max(w.load for w in found)
    return Finding(
        subject=of_instance(instance),
        severity=severity,
        summary=(
            f"The window for {said} of {instance.identifier} is in its busiest hours (UTC): "
            f"{_told(most, load)} on average there, {_told(load.usual, load, '')} usually."
        ),
        evidence={
            f"load_in_window_{load.unit}": most,
            f"load_top_decile_{load.unit}": load.top_decile,
            f"load_median_{load.unit}": load.usual,
            "seen_hours": len(load.hours),
            **{f"{w.what}_window": w.at for w in found},
        },
        remedy=Remedy(
            text="Move it to " + " and ".join(f"{w.better} ({w.what})" for w in found) + ", UTC.",
            statements=tuple(w.command(instance, w.better) for w in found),
            risk=(
                "Online. What waits for the window is done in the new one: see what is pending "
                "first."
            ),
            verify="Within a minute this gives the new window: "
            + "; ".join(look(instance, w.field) for w in found),
            rollback="\n".join(w.command(instance, w.at) for w in reversed(found)),
        ),
    )


def _told(value: float, load: Load, unit: str | None = None) -> str:
    if load.unit == "sessions":
        return f"{value:.3g}{' active sessions' if unit is None else unit}"
    return f"{value * 100:.0f} %{' CPU' if unit is None else unit}"
