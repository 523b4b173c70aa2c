from __future__ import annotations

import pytest

from collectors.snapshots.settings import Setting
from collectors.snapshots.statements import Statement
from rules.base import Severity
from rules.statements.temp_spill import temp_spill
from tests.make import activity, make, snapshot

MB = 1024 * 1024
SETTINGS = snapshot(make(Setting, setting="work_mem", number=4.0 * MB))


def statement(calls: int, spilled: int, exec_seconds: float = 360.0, **given: object) -> Statement:
    about = {"user": "reporting", "query": "SELECT * FROM t ORDER BY a", **given}
    return make(
        Statement, digest="d1", calls=calls, exec_seconds=exec_seconds,
        temp_written_bytes=spilled, **about,
    )  # fmt: skip


def test_large_spills_of_a_busy_statement() -> None:
    (finding,) = temp_spill(activity(statement(10, 200 * MB)), SETTINGS)
    assert finding.evidence["spilled_bytes_per_call"] == 20 * MB
    assert finding.evidence["work_mem_bytes"] == 4 * MB
    assert finding.remedy.statements == ("ALTER ROLE reporting SET work_mem = '64MB';",)
    assert finding.remedy.rollback == "ALTER ROLE reporting RESET work_mem;"


def test_over_a_fifth_of_all_time_is_high() -> None:
    for rest, severity in ((1441.0, Severity.MEDIUM), (1439.0, Severity.HIGH)):
        others = make(Statement, digest="rest", exec_seconds=rest)
        (finding,) = temp_spill(activity(statement(10, 200 * MB), others), SETTINGS)
        assert finding.severity is severity


def test_a_gigabyte_an_hour_counts_whatever_the_time() -> None:
    (finding,) = temp_spill(activity(statement(1000, 1025 * MB, exec_seconds=1.0)), None)
    assert finding.evidence["work_mem_bytes"] is None


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(statement(10, 80 * MB), id="8 MB a call, just not over"),
        pytest.param(statement(10, 200 * MB, exec_seconds=300.0), id="little load"),
        pytest.param(statement(10, 0), id="no spill"),
        pytest.param(statement(1, 4000 * MB, query="CREATE INDEX i ON t (a)"), id="index build"),
        pytest.param(statement(10, 4000 * MB, own=True), id="our own"),
        pytest.param(statement(0, 4000 * MB), id="not one call ended"),
    ],
)
def test_quiet(row: Statement) -> None:
    assert not temp_spill(activity(row), SETTINGS)


def test_more_memory_is_not_proposed_for_huge_spills_or_unknown_roles() -> None:
    for row in (statement(1, 2000 * MB), statement(100, 2000 * MB, user=None)):
        (finding,) = temp_spill(activity(row), SETTINGS)
        assert finding.remedy.statements == ()


def test_the_gain_is_the_timed_part() -> None:
    row = statement(10, 200 * MB, temp_block_seconds=180.0)
    (finding,) = temp_spill(activity(row), SETTINGS)
    assert finding.impact.value == pytest.approx(180.0)


def test_first_look() -> None:
    assert not temp_spill(activity(statement(10, 200 * MB), seconds=0.0), SETTINGS)
