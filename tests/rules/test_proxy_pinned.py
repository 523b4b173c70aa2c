from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.proxies import Proxy
from collectors.snapshot import Snapshot
from rules.capacity.proxy_pinned import proxy_pinned
from tests.aws.rows import instance
from tests.make import make, snapshot


def proxy(pinned: float | None, used: float | None) -> Snapshot[Proxy]:
    given = {"pinned_connections": pinned, "database_connections": used}
    return snapshot(make(Proxy, proxy="orders-proxy", **given))


@pytest.mark.parametrize(
    ("seen", "fires"),
    [
        pytest.param(proxy(51.0, 100.0), True, id="more than half"),
        pytest.param(proxy(50.0, 100.0), False, id="half"),
        pytest.param(proxy(6.0, 10.0), True, id="of ten"),
        pytest.param(proxy(9.0, 9.0), False, id="of nine"),
        pytest.param(proxy(None, 100.0), False, id="pins are not known"),
        pytest.param(proxy(51.0, None), False, id="connections are not known"),
        pytest.param(snapshot(), False, id="no proxy"),
    ],
)
def test_proxy_pinned(seen: Snapshot[Proxy], fires: bool) -> None:
    found = proxy_pinned(instance(), seen)
    assert [f.subject.name for f in found] == ["orders-proxy"] * fires


def test_told_once_a_cluster() -> None:
    assert not proxy_pinned(instance(role="reader"), proxy(99.0, 100.0))


@pytest.mark.parametrize(
    ("given", "commands"),
    [
        pytest.param({}, 0, id="PostgreSQL has no filter"),
        pytest.param({"engine": "aurora-mysql"}, 1, id="MySQL has one"),
    ],
)
def test_a_filter_is_of_mysql(given: dict[str, Any], commands: int) -> None:
    (finding,) = proxy_pinned(instance(**given), proxy(99.0, 100.0))
    assert len(finding.remedy.statements) == commands
    assert all("EXCLUDE_VARIABLE_SETS" in s for s in finding.remedy.statements)
    assert finding.evidence["pinned_ratio"] == 0.99
