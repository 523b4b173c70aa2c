from __future__ import annotations

from typing import Any

import pytest

from rules.base import Severity
from rules.upkeep.transaction_ids_near_limit import transaction_ids_near_limit
from tests.aws.rows import aurora, instance, minutes
from tests.make import snapshot


@pytest.mark.parametrize(
    ("used", "severity"),
    [
        pytest.param(1e9, Severity.HIGH, id="half"),
        pytest.param(1.6e9, Severity.CRITICAL, id="three quarters"),
        pytest.param([1e9] * 14 + [None], Severity.HIGH, id="the last minute is not there yet"),
    ],
)
def test_fires(used: Any, severity: Severity) -> None:
    (found,) = transaction_ids_near_limit(instance(), minutes(used_transaction_ids=used), None)
    assert found.severity is severity
    assert found.impact.value > 0.46
    assert any("VACUUM (FREEZE" in s for s in found.remedy.statements)


@pytest.mark.parametrize(
    "used",
    [
        pytest.param(999_999_999.0, id="just not"),
        pytest.param([2e9] * 14 + [1e6], id="it has fallen"),
        pytest.param(None, id="unknown"),
    ],
)
def test_quiet(used: Any) -> None:
    assert not transaction_ids_near_limit(instance(), minutes(used_transaction_ids=used), None)


def test_with_a_sql_connection_wraparound_tells_it() -> None:
    seen = minutes(used_transaction_ids=1.6e9)
    assert not transaction_ids_near_limit(instance(), seen, snapshot())


@pytest.mark.parametrize("role", ["reader", "replica"])
def test_told_where_vacuum_runs(role: str) -> None:
    seen = minutes(used_transaction_ids=1.6e9)
    assert not transaction_ids_near_limit(aurora(role=role), seen, None)
    assert transaction_ids_near_limit(aurora(role="writer"), seen, None)
