from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from rules.base import Confidence
from rules.capacity.local_storage_running_out import local_storage_running_out
from tests.aws.commands import request
from tests.aws.rows import GIB, aurora, instance, minutes


def falling(last: float, step: float) -> list[float]:
    return [(last + step * i) * GIB for i in range(14, -1, -1)]


SERVERLESS = aurora(instance_class="db.serverless")


@pytest.mark.parametrize(
    ("where", "free", "found"),
    [
        pytest.param(aurora(), 4.7 * GIB, 1, id="below 15 % of about 32 GiB"),
        pytest.param(aurora(), 4.8 * GIB, 0, id="just not"),
        pytest.param(aurora(), falling(20, 0.4), 1, id="full in fifty minutes"),
        pytest.param(aurora(), falling(20, 0.3), 0, id="in sixty-seven"),
        pytest.param(aurora(), falling(20, 0.4)[::-1], 0, id="it becomes more"),
        pytest.param(SERVERLESS, falling(20, 0.4), 1, id="serverless fills up"),
        pytest.param(SERVERLESS, 1.0 * GIB, 0, id="serverless, of who knows how much"),
        pytest.param(aurora(memory_bytes=None), 1.0 * GIB, 0, id="class unknown"),
        pytest.param(aurora(), None, 0, id="unknown"),
        pytest.param(instance(), 1.0 * GIB, 0, id="not Aurora"),
    ],
)
def test_local_storage_running_out(where: Snapshot[Instance], free: Any, found: int) -> None:
    seen = minutes(free_local_storage_bytes=free)
    assert len(local_storage_running_out(seen, where)) == found


def test_the_size_is_said_to_be_assumed() -> None:
    (finding,) = local_storage_running_out(minutes(free_local_storage_bytes=2.0 * GIB), aurora())
    assert local_storage_running_out.confidence is Confidence.HEURISTIC
    assert finding.evidence["assumed_total_bytes"] == 32 * GIB
    assert finding.evidence["free_ratio"] == pytest.approx(1 / 16)
    assert "2.0 GB of about 32.0 GB" in finding.summary
    assert request(finding.remedy.statements[-1])["DBInstanceClass"] == "db.r7g.xlarge"


def test_how_long_it_lasts() -> None:
    seen = minutes(free_local_storage_bytes=falling(20, 0.4))
    (finding,) = local_storage_running_out(seen, SERVERLESS)
    assert finding.evidence["full_in_seconds"] == pytest.approx(3000)
    assert "at this rate none in 50 min" in finding.summary
    assert finding.remedy.statements == ()
