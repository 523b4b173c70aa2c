from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from collectors.rds.usage import UsedHour
from collectors.snapshot import Snapshot
from rules.availability.maintenance_window_at_peak import maintenance_window_at_peak
from rules.base import Severity
from tests.aws.rows import aurora, hours, instance
from tests.rules.environments import STAGING, UNSAID

TWO_WEEKS = 14 * 24


def used(
    count: int = TWO_WEEKS,
    *,
    peak: float = 8.0,
    usual: float = 1.0,
    until: int = 12,
    name: str = "load_sessions",
) -> Snapshot[UsedHour]:
    """Each day from 10:00 UTC `peak`, at 20:00 twice the usual load, at 04:00 a tenth of it."""
    by_hour = {20: 2 * usual, 4: usual / 10, **dict.fromkeys(range(10, until), peak)}
    starts = [datetime.fromtimestamp(hour.at, UTC) for hour in hours(count).rows]
    return hours(count, **{name: [by_hour.get(s.hour, usual) for s in starts]})


BUSY = {"maintenance_window": "sun:10:00-sun:10:30"}


@pytest.mark.parametrize(
    ("given", "seen", "severities"),
    [
        pytest.param(BUSY, used(), [Severity.LOW], id="at the peak"),
        pytest.param(
            {"maintenance_window": "sun:10:30-sun:11:00"}, used(), [Severity.LOW], id="half past"
        ),
        pytest.param({"maintenance_window": "sun:09:30-sun:10:00"}, used(), [], id="just before"),
        pytest.param({"maintenance_window": "sun:12:00-sun:12:30"}, used(), [], id="just after"),
        pytest.param({**BUSY, "tags": UNSAID}, used(), [Severity.INFO], id="nobody said"),
        pytest.param({**BUSY, "tags": STAGING}, used(), [], id="not production"),
        pytest.param(BUSY, used(peak=1.4), [], id="the peak is hardly one"),
        pytest.param(BUSY, used(24 * 6), [], id="less than a week"),
        pytest.param(BUSY, hours(), [], id="nothing known"),
        pytest.param({"maintenance_window": ""}, used(), [], id="no window told"),
        pytest.param(
            BUSY, used(name="cpu_ratio", peak=0.8, usual=0.2), [Severity.LOW], id="by CPU"
        ),
        pytest.param(
            BUSY, used(name="cpu_ratio", peak=0.09, usual=0.02), [], id="nearly idle by CPU"
        ),
        pytest.param(BUSY, used(peak=0.4, usual=0.05), [], id="nearly idle"),
        pytest.param(
            {"maintenance_window": "sun:20:00-sun:20:30"}, used(until=14), [],
            id="above the usual, below the top tenth",
        ),
    ],
)  # fmt: skip
def test_maintenance(
    given: dict[str, Any], seen: Snapshot[UsedHour], severities: list[Severity]
) -> None:
    found = maintenance_window_at_peak(instance(**given), seen)
    assert [f.severity for f in found] == severities


def test_the_quietest_hour_is_proposed() -> None:
    (finding,) = maintenance_window_at_peak(instance(**BUSY), used())
    assert finding.evidence["load_in_window_sessions"] == 8.0
    assert finding.evidence["load_median_sessions"] == 1.0
    assert "8 active sessions on average there" in finding.summary
    (command,) = finding.remedy.statements
    assert "--preferred-maintenance-window mon:04:00-mon:04:30" in command
    assert "--preferred-maintenance-window sun:10:00-sun:10:30" in finding.remedy.rollback


PEAK_BACKUP: dict[str, Any] = {"backup_window": "10:00-10:30", "multi_az": False}


def test_both_windows_in_one_finding() -> None:
    (finding,) = maintenance_window_at_peak(instance(**BUSY, **PEAK_BACKUP), used())
    assert len(finding.remedy.statements) == 2
    # Not 04:00 too: the two may not overlap, and maintenance goes there.
    assert "--preferred-maintenance-window mon:04:00-mon:04:30" in finding.remedy.statements[0]
    assert "--preferred-backup-window 00:00-00:30" in finding.remedy.statements[1]
    assert finding.evidence["backup_window"] == "10:00-10:30"


def test_backups_alone_go_to_the_quietest_hour() -> None:
    (finding,) = maintenance_window_at_peak(instance(**PEAK_BACKUP), used())
    (command,) = finding.remedy.statements
    assert "--preferred-backup-window 04:00-04:30" in command


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"backup_window": "02:00-02:30"}, id="at a quiet hour"),
        pytest.param({"multi_az": True}, id="the standby is read"),
        pytest.param({"multi_az": None}, id="AWS does not say"),
        pytest.param({"backup_retention_days": 0}, id="backups are off"),
        pytest.param({"role": "replica"}, id="a read replica"),
    ],
)
def test_backups_that_do_not_stall(given: dict[str, Any]) -> None:
    assert maintenance_window_at_peak(instance(**PEAK_BACKUP), used())
    assert not maintenance_window_at_peak(instance(**{**PEAK_BACKUP, **given}), used())


def test_backups_of_aurora_do_not_stall() -> None:
    assert not maintenance_window_at_peak(aurora(**PEAK_BACKUP), used())
