from __future__ import annotations

import pytest

from collectors.rds.proxies import Proxy
from collectors.snapshot import Snapshot
from rules.capacity.proxy_borrow_waits import proxy_borrow_waits
from tests.aws.rows import instance
from tests.make import make, snapshot


def proxy(wait: float | None, limit: float | None = 0.5) -> Snapshot[Proxy]:
    given = {"borrow_latency_seconds": wait, "max_connections_ratio": limit}
    return snapshot(make(Proxy, proxy="orders-proxy", **given))


@pytest.mark.parametrize(
    ("seen", "fires"),
    [
        pytest.param(proxy(0.051), True, id="more than 50 ms"),
        pytest.param(proxy(0.05), False, id="50 ms"),
        pytest.param(proxy(None), False, id="not known"),
        pytest.param(snapshot(), False, id="no proxy"),
    ],
)
def test_proxy_borrow_waits(seen: Snapshot[Proxy], fires: bool) -> None:
    found = proxy_borrow_waits(instance(), seen)
    assert [f.subject.kind for f in found] == ["proxy"] * fires


@pytest.mark.parametrize(
    ("limit", "more"),
    [
        pytest.param(0.5, "MaxConnectionsPercent=75", id="a quarter more"),
        pytest.param(0.9, "MaxConnectionsPercent=100", id="to the top"),
        pytest.param(1.0, "", id="at the top"),
        pytest.param(None, "", id="not known"),
    ],
)
def test_the_pool_grows_where_it_can(limit: float | None, more: str) -> None:
    (finding,) = proxy_borrow_waits(instance(), proxy(0.2, limit))
    assert [s.split()[-1] for s in finding.remedy.statements] == ([more] if more else [])


def test_told_once_a_cluster() -> None:
    assert not proxy_borrow_waits(instance(role="reader"), proxy(0.2))
