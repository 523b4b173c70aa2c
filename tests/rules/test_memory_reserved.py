from __future__ import annotations

from typing import Any

import pytest

from rules.base import Severity
from rules.capacity.memory_reserved import memory_reserved
from tests.aws.rows import GIB, aurora, minutes

MYSQL = aurora(engine="aurora-mysql")


@pytest.mark.parametrize(
    ("state", "found"),
    [
        pytest.param([False] * 12 + [True] * 3, 1, id="now"),
        pytest.param([False] * 12 + [True] * 2 + [None], 1, id="the last that is known"),
        pytest.param([True] * 14 + [False], 0, id="over"),
        pytest.param(False, 0, id="never"),
        pytest.param(None, 0, id="an older version"),
    ],
)
def test_memory_reserved(state: Any, found: int) -> None:
    assert len(memory_reserved(minutes(memory_reserved=state), MYSQL)) == found


def test_what_it_says() -> None:
    seen = minutes(memory_reserved=[False] * 12 + [True] * 3, freeable_memory_bytes=0.25 * GIB)
    (finding,) = memory_reserved(seen, MYSQL)
    assert memory_reserved.severity is Severity.CRITICAL
    assert finding.severity is None
    assert finding.evidence["reserved_minutes"] == 3
    assert "256 MB can be freed" in finding.summary
    assert "memory_by_thread_by_current_bytes" in finding.remedy.statements[0]
