from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.instance import Instance
from collectors.rds.proxies import Proxy
from collectors.snapshot import Snapshot
from rules.base import Finding, Remedy, Severity, Subject, rule
from rules.capacity.proxy_pool import change_pool
from rules.wording import duration, share


@rule(
    title="Clients of a proxy wait for a connection",
    severity=Severity.MEDIUM,
    engines=("rds",),
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-connections.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy.monitoring.html",
    ),
)
def proxy_borrow_waits(
    instances: Snapshot[Instance],
    proxies: Snapshot[Proxy],
    *,
    tolerated_wait_seconds: float = 0.05,
    raise_by_ratio: float = 0.25,
) -> Iterator[Finding]:
    """It takes a proxy long to find a free connection to the database.

    Why it matters
        Each transaction waits so long before it begins; beyond the borrow timeout clients get
        errors. Its pool is too small, or connections are held too long or pinned.

    What to do
        Shorten transactions and undo pinning first. Then let the pool take a larger share of
        max_connections.

    When to ignore
        Minutes after a failover or a deployment, while the pool fills. Told on the instance or
        the cluster's writer.
    """
    (instance,) = instances.rows
    if instance.role not in ("instance", "writer"):
        return
    for proxy in proxies.rows:
        wait = proxy.borrow_latency_seconds
        if wait is not None and wait > tolerated_wait_seconds:
            yield _finding(instance, proxy, wait, raise_by_ratio)


def _finding(instance: Instance, proxy: Proxy, wait: float, more_ratio: float) -> Finding:
    limit = proxy.max_connections_ratio
    allowed = f"; its pool may take {share(limit)} of max_connections" if limit is not None else ""
    return Finding(
        subject=Subject("proxy", proxy.proxy),
        summary=f"Clients of proxy {proxy.proxy} wait {duration(wait)} on average for a "
        f"connection to the database{allowed}.",
        evidence={
            "borrow_latency_seconds": wait,
            "database_connections": proxy.database_connections,
            "client_connections": proxy.client_connections,
            "pinned_connections": proxy.pinned_connections,
            "max_connections_ratio": limit,
            "borrow_timeout_seconds": proxy.borrow_timeout_seconds,
        },
        remedy=_remedy(instance, proxy, more_ratio),
    )


def _remedy(instance: Instance, proxy: Proxy, more_ratio: float) -> Remedy:
    first = "Shorten transactions and look for pinned connections (proxy-pinned)."
    verify = "DatabaseConnectionsBorrowLatency is below 50,000 microseconds at the next peak."
    limit = proxy.max_connections_ratio
    if limit is None or limit >= 1:
        text = f"{first} If that is not enough, the database needs more max_connections."
        return Remedy(text=text, verify=verify)
    more = min(100, round((limit + more_ratio) * 100))
    return Remedy(
        text=f"{first} Then let the pool take {more} % of max_connections.",
        statements=(change_pool(instance, proxy, f"MaxConnectionsPercent={more}"),),
        risk="Online. Less is left to clients that connect without the proxy, and to other "
        "proxies; more sessions at once share the same CPUs.",
        verify=verify,
        rollback=change_pool(instance, proxy, f"MaxConnectionsPercent={round(limit * 100)}"),
    )
