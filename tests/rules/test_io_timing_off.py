from __future__ import annotations

import pytest

from collectors.postgres.databases import Database
from collectors.snapshots.settings import Setting
from rules.settings.io_timing_off import io_timing_off
from tests.make import activity, make, server, snapshot

MB = 1024 * 1024
OFF = snapshot(make(Setting, setting="track_io_timing", value="off"))
ON = snapshot(make(Setting, setting="track_io_timing", value="on"))
READS = make(Database, shared_read_bytes=100 * MB)


def test_fires() -> None:
    (finding,) = io_timing_off(OFF, activity(READS, seconds=100.0), server())
    assert finding.remedy.statements[0] == "ALTER SYSTEM SET track_io_timing = 'on';"


@pytest.mark.parametrize(
    ("settings", "seconds"),
    [
        pytest.param(ON, 100.0, id="on"),
        pytest.param(OFF, 101.0, id="few reads"),
        pytest.param(OFF, 0.0, id="first look"),
    ],
)
def test_quiet(settings: object, seconds: float) -> None:
    given = OFF if settings is OFF else ON
    assert not io_timing_off(given, activity(READS, seconds=seconds), server())
