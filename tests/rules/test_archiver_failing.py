from __future__ import annotations

import pytest

from collectors.postgres.archiver import Archiver
from rules.base import Severity
from rules.replication.archiver_failing import archiver_failing
from tests.make import make, server, snapshot

NOW = 1e9


def archiver(failed: float | None, archived: float | None, *, enabled: bool = True) -> Archiver:
    return make(
        Archiver, enabled=enabled, failed=3, last_failed_at=failed, last_archived_at=archived
    )


@pytest.mark.parametrize(
    ("row", "severities"),
    [
        pytest.param(archiver(NOW - 10, NOW - 60), [None], id="fails now"),
        pytest.param(archiver(NOW - 10, NOW - 3601), [Severity.CRITICAL], id="for an hour"),
        pytest.param(archiver(NOW - 10, None), [None], id="never worked"),
        pytest.param(archiver(NOW - 60, NOW - 10), [], id="failed once, works again"),
        pytest.param(archiver(None, NOW - 10), [], id="works"),
        pytest.param(archiver(None, None), [], id="nothing to archive yet"),
        pytest.param(archiver(NOW - 10, NOW - 60, enabled=False), [], id="turned off since"),
    ],
)
def test_archiver_failing(row: Archiver, severities: list[Severity | None]) -> None:
    found = archiver_failing(snapshot(row, taken_at=NOW), server())
    assert [f.severity for f in found] == severities


def test_says_since_when() -> None:
    (finding,) = archiver_failing(snapshot(archiver(NOW, NOW - 90), taken_at=NOW), server())
    assert finding.summary.endswith("the last success is 1 min 30 s ago.")
