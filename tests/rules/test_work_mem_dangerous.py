from __future__ import annotations

import pytest

from collectors.postgres.server import PostgresStatus
from collectors.snapshot import Snapshot
from collectors.snapshots.settings import Setting
from rules.settings.work_mem_dangerous import work_mem_dangerous
from tests.make import make, server, snapshot

MB, GB = 1024**2, 1024**3


def settings(work_mem: float) -> Snapshot[Setting]:
    return snapshot(
        make(Setting, setting="work_mem", number=work_mem),
        make(Setting, setting="shared_buffers", number=4.0 * GB),
    )


def status(connections: int) -> Snapshot[PostgresStatus]:
    return snapshot(make(PostgresStatus, client_connections=connections, max_connections=1000))


def test_fires() -> None:
    where = server(memory_bytes=16 * GB)
    (finding,) = work_mem_dangerous(status(100), settings(64.0 * MB), where)
    assert finding.evidence["worst_case_bytes"] == 4 * GB + 100 * 2 * 64 * MB
    assert finding.remedy.statements[0] == "ALTER SYSTEM SET work_mem = '46080';"
    assert finding.remedy.rollback.startswith("ALTER SYSTEM SET work_mem = '65536'")


@pytest.mark.parametrize(
    ("connections", "work_mem", "memory"),
    [
        pytest.param(70, 64.0 * MB, 16 * GB, id="just under four fifths"),
        pytest.param(1000, 4.0 * MB, 16 * GB, id="the default with many sessions"),
        pytest.param(100, 64.0 * MB, None, id="memory unknown"),
        pytest.param(0, 64.0 * MB, 4 * GB, id="nobody connected"),
    ],
)
def test_quiet(connections: int, work_mem: float, memory: int | None) -> None:
    where = server(memory_bytes=memory)
    assert not work_mem_dangerous(status(connections), settings(work_mem), where)
