from __future__ import annotations

import pytest

from collectors.postgres.databases import Database
from collectors.snapshot import Snapshot
from collectors.snapshots.settings import Setting
from rules.base import Severity
from rules.settings.shared_buffers_small import shared_buffers_small
from tests.make import activity, make, server, snapshot

MB, GB = 1024**2, 1024**3


def setting(size: float) -> Snapshot[Setting]:
    return snapshot(make(Setting, setting="shared_buffers", number=size))


def database(read_mb: int = 3000, hit_mb: int = 30_000, waited: float = 0.0) -> Database:
    """By default 30 MB a second are read, 91 % are found."""
    return make(
        Database, shared_read_bytes=read_mb * MB, shared_hit_bytes=hit_mb * MB,
        block_read_seconds=waited,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("memory", "severity", "remedies"),
    [
        pytest.param(16 * GB, Severity.MEDIUM, 2, id="a hundredth of the memory"),
        pytest.param(None, Severity.LOW, 0, id="memory unknown, built-in value"),
    ],
)
def test_fires(memory: int | None, severity: Severity, remedies: int) -> None:
    where = server(memory_bytes=memory)
    (finding,) = shared_buffers_small(activity(database(), seconds=100.0), setting(128 * MB), where)
    assert finding.severity is severity
    assert len(finding.remedy.statements) == remedies


def test_reads_that_are_timed_must_be_felt() -> None:
    where = server(memory_bytes=16 * GB)
    for waited, fires in ((20.0, True), (5.0, False)):
        rows = activity(database(waited=waited), seconds=100.0)
        assert bool(shared_buffers_small(rows, setting(128 * MB), where)) is fires


@pytest.mark.parametrize(
    ("row", "size", "memory"),
    [
        pytest.param(database(), 2.5 * GB, 16 * GB, id="just over fifteen per cent"),
        pytest.param(database(), 256.0 * MB, None, id="chosen, memory unknown"),
        pytest.param(database(read_mb=1900), 128.0 * MB, 16 * GB, id="few reads"),
        pytest.param(database(hit_mb=90_000), 128.0 * MB, 16 * GB, id="found in cache, mostly"),
        pytest.param(make(Database), 128.0 * MB, 16 * GB, id="nothing ran"),
    ],
)
def test_quiet(row: Database, size: float, memory: int | None) -> None:
    where = server(memory_bytes=memory)
    assert not shared_buffers_small(activity(row, seconds=100.0), setting(size), where)


def test_aurora_and_a_first_look_are_quiet() -> None:
    aurora = server(memory_bytes=16 * GB, platform="aurora")
    assert not shared_buffers_small(
        activity(database(), seconds=100.0), setting(128.0 * MB), aurora
    )
    first = activity(database(), seconds=0.0)
    assert not shared_buffers_small(first, setting(128.0 * MB), server(memory_bytes=16 * GB))


def test_on_rds_the_value_follows_the_instance() -> None:
    rds = server(memory_bytes=16 * GB, platform="rds")
    (finding,) = shared_buffers_small(activity(database(), seconds=9.0), setting(128.0 * MB), rds)
    assert "DBInstanceClassMemory" in finding.remedy.statements[0]
