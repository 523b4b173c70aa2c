from __future__ import annotations

import pytest

from collectors.postgres.checkpoints import Checkpoints
from collectors.postgres.wal import Wal
from collectors.snapshots.settings import Setting
from rules.settings.forced_checkpoints import forced_checkpoints
from tests.make import activity, make, server, snapshot

GB = 1024**3
SETTINGS = snapshot(make(Setting, setting="max_wal_size", number=1.0 * GB))


def checkpoints(requested: int, timed: int = 0) -> Checkpoints:
    return make(Checkpoints, requested=requested, timed=timed)


@pytest.mark.parametrize(
    ("row", "wal_gb"),
    [
        pytest.param(checkpoints(20), 10.0, id="all forced, each half of max_wal_size apart"),
        pytest.param(checkpoints(20, 20), 20.0, id="half of them forced"),
        pytest.param(checkpoints(20), None, id="log not counted before 14"),
    ],
)
def test_fires(row: Checkpoints, wal_gb: float | None) -> None:
    wal = None if wal_gb is None else activity(make(Wal, bytes=int(wal_gb * GB)))
    (finding,) = forced_checkpoints(activity(row), wal, SETTINGS, server())
    assert finding.subject.name == "max_wal_size"
    assert finding.remedy.statements[0].startswith("ALTER SYSTEM SET max_wal_size = ")
    assert finding.remedy.statements[-1] == "SELECT pg_reload_conf();"


@pytest.mark.parametrize(
    ("row", "wal_gb"),
    [
        pytest.param(checkpoints(2), 10.0, id="two are no pattern"),
        pytest.param(checkpoints(9, 31), 40.0, id="most are timed"),
        pytest.param(checkpoints(11), 10.0, id="five minutes apart and more"),
        pytest.param(checkpoints(40), 1.0, id="asked for by commands: little log between them"),
    ],
)
def test_quiet(row: Checkpoints, wal_gb: float) -> None:
    wal = activity(make(Wal, bytes=int(wal_gb * GB)))
    assert not forced_checkpoints(activity(row), wal, SETTINGS, server())


def test_spans_may_differ_and_first_looks_do_not_divide_by_zero() -> None:
    row = activity(checkpoints(20))
    week = activity(make(Wal, bytes=168 * 10 * GB), seconds=168 * 3600.0)
    assert forced_checkpoints(row, week, SETTINGS, server())
    nothing = activity(make(Wal), seconds=0.0)
    (finding,) = forced_checkpoints(row, nothing, SETTINGS, server())
    assert finding.evidence["wal_bytes_per_checkpoint"] is None
    assert not forced_checkpoints(activity(seconds=0.0), nothing, SETTINGS, server())


def test_aurora_has_none() -> None:
    aurora = server(platform="aurora")
    assert not forced_checkpoints(activity(checkpoints(20)), None, SETTINGS, aurora)
