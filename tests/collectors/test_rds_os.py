"""Fixtures are in the documented format, none was recorded from AWS."""

from __future__ import annotations

import json
from typing import Any

import pytest

from collectors.fields import names
from collectors.rds.os import OperatingSystem, os
from collectors.session import NotOffered, PermissionDenied, SessionError
from tests.aws.session import NOW, FakeAws

# RDS on Linux; sizes in kB, shares in percent, await in ms.
RDS: dict[str, Any] = {
    "engine": "POSTGRES",
    "instanceID": "orders-1",
    "instanceResourceID": "db-ORDERS1",
    "timestamp": "2026-11-18T04:26:00Z",
    "version": 1,
    "uptime": "10 days, 1:53:04",
    "numVCPUs": 2,
    "cpuUtilization": {
        "guest": 0, "irq": 0.01, "system": 2.5, "wait": 7, "idle": 29.99, "user": 57,
        "total": 70, "steal": 3.5, "nice": 0,
    },
    "loadAverageMinute": {"one": 2.25, "five": 1.5, "fifteen": 0.75},
    "memory": {
        "total": 16_000_000, "free": 1_000_000, "cached": 4_000_000, "hugePagesSize": 2048,
        "hugePagesTotal": 100, "hugePagesFree": 3,
    },
    "swap": {"total": 4_000, "free": 1_000, "cached": 10, "in": 2, "out": 3},
    "tasks": {"sleeping": 223, "blocked": 4, "running": 1, "total": 228, "zombie": 0},
    "network": [{"interface": "eth0", "rx": 217.57, "tx": 2319.67}],
    "diskIO": [
        {"device": "filesystem", "await": 1.5, "util": 12, "avgQueueLen": 0.5, "tps": 25},
        {"device": "rdsdev", "await": 4, "util": 91, "avgQueueLen": 2.5, "tps": 28},
    ],
    "fileSys": [
        {"name": "rdsfilesys", "mountPoint": "/rdsdbdata", "usedPercent": 22.5, "total": 30},
        {"name": "rootfilesys", "mountPoint": "/", "usedPercent": 40, "total": 30},
    ],
    "processList": [{"name": "postgres: orders orders 10.0.0.1(5432) SELECT", "id": 8455}],
}  # fmt: skip
# Aurora tells reads and writes of its volume, and no queue of a disk.
AURORA_DISK = {
    "readLatency": 2, "writeLatency": 8, "readIOsPS": 30, "writeIOsPS": 10,
    "readThroughput": 1e6, "writeThroughput": 1e5, "diskQueueDepth": 3,
}  # fmt: skip


def aws(message: Any, age_seconds: float = 60, **given: Any) -> FakeAws:
    text = message if isinstance(message, str) else json.dumps(message)
    event = {"timestamp": int((NOW - age_seconds) * 1000), "message": text, **given}
    return FakeAws({"logs:get_log_events": {"events": [event]}})


def look(message: Any) -> dict[str, Any]:
    (row,) = os(aws(message)).rows
    assert row.at == NOW - 60
    return {n: v for n in names(OperatingSystem, "gauge") if (v := getattr(row, n)) is not None}


def test_a_look_is_in_base_units() -> None:
    assert look(RDS) == {
        "cpus": 2,
        "cpu_user_ratio": 0.57,
        "cpu_system_ratio": 0.025,
        "cpu_wait_ratio": 0.07,
        "cpu_steal_ratio": 0.035,
        "load_one": 2.25,
        "load_fifteen": 0.75,
        "memory_bytes": 16_384_000_000,
        "memory_free_bytes": 1_024_000_000,
        "memory_cached_bytes": 4_096_000_000,
        "huge_page_bytes": 100 * 2 * 2**20,
        "swap_used_bytes": 3_072_000,
        "swap_in_bytes_per_second": 2048,
        "swap_out_bytes_per_second": 3072,
        "tasks_blocked": 4,
        "disk_await_seconds": 0.004,
        "disk_busy_ratio": 0.91,
        "disk_queue": 2.5,
        "file_system_used_ratio": 0.4,
    }


def test_what_is_asked() -> None:
    session = aws(RDS)
    answer = os(session)
    assert answer.taken_at == NOW
    assert session.asked == [
        (
            "logs:get_log_events",
            {
                "logGroupName": "RDSOSMetrics",
                "logStreamName": "db-ORDERS1",
                "limit": 1,
                "startFromHead": False,
            },
        )
    ]


def test_the_volume_of_aurora() -> None:
    told = look({"diskIO": [AURORA_DISK]})
    # 30 reads of 2 ms and 10 writes of 8 ms.
    assert told == {"disk_await_seconds": 0.0035, "disk_queue": 3}


@pytest.mark.parametrize(
    ("disk", "told"),
    [
        ({**AURORA_DISK, "readIOsPS": 0, "writeIOsPS": 0}, {"disk_queue": 3}),
        ({"readLatency": 2, "readIOsPS": 30}, {"disk_await_seconds": 0.002}),
        ({"readLatency": 2, "diskQueueDepth": 0}, {"disk_queue": 0}),
    ],
    ids=["nothing done", "reads alone", "no rate"],
)
def test_a_volume_of_aurora_that_tells_less(disk: dict[str, Any], told: dict[str, Any]) -> None:
    assert look({"diskIO": [disk]}) == told


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"cpuUtilization": None, "memory": [], "diskIO": None, "fileSys": [None], "swap": 7},
        {"diskIO": [], "fileSys": [], "swap": {"total": 0}, "memory": {"hugePagesTotal": 5}},
        {"cpuUtilization": {"user": "57"}, "numVCPUs": "two", "tasks": {"blocked": None}},
        '{"cpuUtilization": {"user": NaN}, "loadAverageMinute": {"one": Infinity}}',
    ],
    ids=["empty", "other shapes", "halves", "words for numbers", "NaN"],
)
def test_what_is_missing_is_unknown(message: Any) -> None:
    assert look(message) == {}


def test_zero_is_a_value() -> None:
    swap = {"total": 0, "free": 0, "in": 0, "out": 0}
    told = look({"swap": swap, "fileSys": [{"usedPercent": 0}], "tasks": {"blocked": 0}})
    assert told == dict.fromkeys(
        (
            "swap_used_bytes", "swap_in_bytes_per_second", "swap_out_bytes_per_second",
            "tasks_blocked", "file_system_used_ratio",
        ),
        0,
    )  # fmt: skip


@pytest.mark.parametrize(
    "message",
    [" ", "hunter2 {", '["hunter2"]', '"hunter2"', "null"],
    ids=["blank", "no JSON", "a list", "a word", "null"],
)
def test_a_look_that_cannot_be_read_is_an_error_without_its_text(message: str) -> None:
    with pytest.raises(SessionError) as said:
        os(aws(message))
    assert str(said.value) == "Enhanced Monitoring's newest look at orders-1 is no JSON object"
    assert said.value.__cause__ is said.value.__context__ is None


def test_ten_minutes_are_not_too_old() -> None:
    assert len(os(aws(RDS, age_seconds=600)).rows) == 1


def test_an_old_look_is_no_answer() -> None:
    with pytest.raises(NotOffered, match="newest look at orders-1 is 11 minutes old"):
        os(aws(RDS, age_seconds=660))


def test_no_look_at_all() -> None:
    session = FakeAws({"logs:get_log_events": {"events": []}})
    with pytest.raises(NotOffered, match="has sent nothing of orders-1 yet"):
        os(session)


@pytest.mark.parametrize(
    "error",
    [PermissionDenied("needs logs:GetLogEvents"), SessionError("the log group does not exist")],
)
def test_errors_pass(error: SessionError) -> None:
    with pytest.raises(type(error), match=str(error)):
        os(FakeAws({"logs:get_log_events": error}))


def test_it_is_skipped_where_monitoring_is_off() -> None:
    (why,) = os.unmet(FakeAws(enhanced_monitoring="off").server)
    assert "needs Enhanced Monitoring; found it off" in why
    assert os.unmet(FakeAws().server) == []
