from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.instance import Instance
from collectors.rds.proxies import Proxy
from collectors.snapshot import Snapshot
from rules.base import Finding, Remedy, Severity, Subject, rule
from rules.capacity.proxy_pool import change_pool
from rules.wording import share

_FILTERS = "SessionPinningFilters"


@rule(
    title="The connections of a proxy are pinned",
    severity=Severity.MEDIUM,
    engines=("rds",),
    see=("https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy-pinning.html",),
)
def proxy_pinned(
    instances: Snapshot[Instance],
    proxies: Snapshot[Proxy],
    *,
    tolerated_ratio: float = 0.5,
    least_connections: float = 10,
) -> Iterator[Finding]:
    """Most connections of a proxy are bound to one client each, so that it shares nothing.

    Why it matters
        A pinned connection serves one client until that one disconnects. The proxy then costs
        its milliseconds and its price, and the database has as many connections as without it.

    What to do
        Find what pins: SET, temporary tables, advisory or table locks, prepared statements by
        text, statements of more than 16 kB. Put settings into the proxy's initialisation query
        or the role; on MySQL a filter can leave SET out.

    When to ignore
        A proxy that is there for failover alone. Told on the instance or the cluster's writer.
    """
    (instance,) = instances.rows
    if instance.role not in ("instance", "writer"):
        return
    for proxy in proxies.rows:
        pinned, used = proxy.pinned_connections, proxy.database_connections
        if pinned is None or used is None or used < least_connections:
            continue
        if pinned > tolerated_ratio * used:
            yield _finding(instance, proxy, pinned, used)


def _finding(instance: Instance, proxy: Proxy, pinned: float, used: float) -> Finding:
    mysql = instance.family in ("mysql", "mariadb")
    return Finding(
        subject=Subject("proxy", proxy.proxy),
        summary=f"{share(min(1.0, pinned / used))} of the {used:,.0f} database connections of "
        f"proxy {proxy.proxy} are pinned to one client: it hardly shares any.",
        evidence={
            "pinned_connections": pinned,
            "database_connections": used,
            "client_connections": proxy.client_connections,
            "pinned_ratio": min(1.0, pinned / used),
        },
        remedy=Remedy(
            text="Find what pins: the proxy's log names the reason of each pin. Set session "
            "variables in its initialisation query or on the role instead."
            + (" If SET alone pins and sets nothing that matters to others, filter it." * mysql),
            statements=(change_pool(instance, proxy, f"{_FILTERS}=EXCLUDE_VARIABLE_SETS"),)
            if mysql
            else (),
            risk="With the filter a client may get a connection on which another one has set "
            "variables: only where all clients set the same."
            if mysql
            else "Settings of the role hold for all its sessions.",
            verify="DatabaseConnectionsCurrentlySessionPinned falls below half of "
            "DatabaseConnections within an hour.",
            rollback=change_pool(instance, proxy, f"{_FILTERS}=[]")
            if mysql
            else "Undo the role's settings.",
        ),
    )
