from __future__ import annotations

import pytest

from collectors.postgres.wal import Wal
from collectors.snapshot import Snapshot
from collectors.snapshots.settings import Setting
from rules.settings.wal_buffers_full import wal_buffers_full
from tests.make import activity, make, server, snapshot

MB = 1024 * 1024


def setting(size: float) -> Snapshot[Setting]:
    return snapshot(make(Setting, setting="wal_buffers", number=size))


def test_fires() -> None:
    wal = activity(make(Wal, buffers_full=2000), seconds=100.0)
    (finding,) = wal_buffers_full(wal, setting(4.0 * MB), server())
    assert finding.remedy.statements == (
        "ALTER SYSTEM SET wal_buffers = '8192';",
        "-- then restart the server",
    )
    assert finding.remedy.rollback.startswith("ALTER SYSTEM SET wal_buffers = '512'")


@pytest.mark.parametrize(
    ("times", "size", "seconds"),
    [
        pytest.param(1000, 4.0 * MB, 100.0, id="ten a second, just tolerated"),
        pytest.param(9000, 64.0 * MB, 100.0, id="large already"),
        pytest.param(9000, 4.0 * MB, 0.0, id="first look"),
    ],
)
def test_quiet(times: int, size: float, seconds: float) -> None:
    wal = activity(make(Wal, buffers_full=times), seconds=seconds)
    assert not wal_buffers_full(wal, setting(size), server())


def test_aurora_writes_its_log_elsewhere() -> None:
    wal = activity(make(Wal, buffers_full=2000), seconds=100.0)
    assert not wal_buffers_full(wal, setting(4.0 * MB), server(platform="aurora"))
