from __future__ import annotations

import pytest

from collectors.postgres.wal import Wal
from collectors.snapshots.settings import Setting
from rules.settings.wal_compression_off import wal_compression_off
from tests.make import activity, make, server, snapshot

MB = 1024 * 1024
OFF = snapshot(make(Setting, setting="wal_compression", value="off"))


def wal(megabytes: int, images: int) -> Wal:
    return make(Wal, bytes=megabytes * MB, full_page_images=images)


@pytest.mark.parametrize(("major", "method"), [(17, "lz4"), (14, "on")])
def test_fires(major: int, method: str) -> None:
    row = activity(wal(200, 20_000), seconds=100.0)
    (finding,) = wal_compression_off(row, OFF, server(major))
    assert finding.remedy.statements[0] == f"ALTER SYSTEM SET wal_compression = '{method}';"


@pytest.mark.parametrize(
    ("row", "value", "seconds"),
    [
        pytest.param(wal(200, 20_000), "pglz", 100.0, id="compressed"),
        pytest.param(wal(200, 12_000), "off", 100.0, id="just under half"),
        pytest.param(wal(99, 20_000), "off", 100.0, id="little log"),
        pytest.param(wal(0, 0), "off", 100.0, id="nothing written"),
        pytest.param(wal(200, 20_000), "off", 0.0, id="first look"),
    ],
)
def test_quiet(row: Wal, value: str, seconds: float) -> None:
    settings = snapshot(make(Setting, setting="wal_compression", value=value))
    assert not wal_compression_off(activity(row, seconds=seconds), settings, server())
