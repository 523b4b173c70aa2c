from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from shlex import quote

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.cluster import Cluster
from collectors.rds.instance import Instance
from collectors.rds.proxies import Proxy
from collectors.snapshot import Snapshot
from collectors.snapshots.sessions import Connections
from rules.base import Confidence, Finding, Remedy, Severity, rule
from rules.capacity.percentiles import known, mean
from rules.rds_wording import in_region, of_instance
from rules.wording import share

_LEAST_MINUTES = 10
_IDLE_RATIO = 0.95
_FAMILIES = {"postgres": "POSTGRESQL", "mysql": "MYSQL", "mariadb": "MYSQL"}


@dataclass(frozen=True, slots=True)
class _Seen:
    """`swing_ratio` is how much the number changes from minute to minute, of the mean."""

    connections: float
    idle_ratio: float | None
    swing_ratio: float


@rule(
    title="Many connections and no proxy that shares them",
    severity=Severity.LOW,
    confidence=Confidence.HEURISTIC,
    engines=("rds",),
    see=("https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy.html",),
)
def proxy_candidate(  # noqa: PLR0913
    instances: Snapshot[Instance],
    minutes: Snapshot[CloudWatch],
    proxies: Snapshot[Proxy],
    clusters: Snapshot[Cluster] | None,
    connections: Snapshot[Connections] | None,
    *,
    least_connections: float = 200,
    tolerated_swing_ratio: float = 0.2,
) -> Iterator[Finding]:
    """Hundreds of connections, nearly all of them idle or opened and closed all the time.

    Why it matters
        Each connection takes memory and a slot, and each new one CPU for TLS and login. A proxy
        lets many clients share few connections, and holds them over a failover.

    What to do
        First let the pools in the application keep fewer connections. Where there are many small
        clients (functions, containers), put RDS Proxy in between.

    When to ignore
        Sessions that use SET, temporary tables, advisory locks or text-protocol prepared
        statements: a proxy pins them, and shares nothing. A proxy adds milliseconds and is billed
        by the CPU. With a SQL connection, idle-connections and connection-churn tell it instead.
        Not told of replicas and readers, nor of clusters that pause: a proxy would keep them
        awake.
    """
    (instance,) = instances.rows
    if connections is not None:
        return
    pauses = any(c.min_acu == 0 for c in clusters.rows) if clusters else False
    unfit = instance.role not in ("instance", "writer") or instance.family not in _FAMILIES
    seen = _seen(minutes.rows)
    if proxies.rows or pauses or unfit or seen is None or seen.connections < least_connections:
        return
    idle = seen.idle_ratio is not None and seen.idle_ratio >= _IDLE_RATIO
    if idle or seen.swing_ratio >= tolerated_swing_ratio:
        yield _finding(instance, seen, tolerated_swing_ratio)


def _seen(rows: Sequence[CloudWatch]) -> _Seen | None:
    """Idle is what is connected and not active."""
    there = known(r.connections for r in rows)
    average = mean(there)
    if len(there) < _LEAST_MINUTES or not average:
        return None
    steps = [abs(late - early) for early, late in pairwise(there)]
    swing = sum(steps) / len(steps) / average
    load = mean(r.load_sessions for r in rows)
    return _Seen(average, None if load is None else max(0.0, 1 - load / average), swing)


def _finding(instance: Instance, seen: _Seen, tolerated_swing: float) -> Finding:
    idle = seen.idle_ratio is not None and seen.idle_ratio >= _IDLE_RATIO
    what = [f"{share(seen.idle_ratio or 0)} of them idle"] if idle else []
    if seen.swing_ratio >= tolerated_swing:
        what.append(f"{share(seen.swing_ratio)} of them come or go each minute")
    return Finding(
        subject=of_instance(instance),
        summary=f"{instance.identifier} has {seen.connections:,.0f} connections, "
        f"{' and '.join(what)}, and no RDS Proxy that shares them.",
        evidence={
            "connections": seen.connections,
            "idle_ratio": seen.idle_ratio,
            "swing_per_minute_ratio": seen.swing_ratio,
        },
        remedy=_remedy(instance),
    )


def _remedy(instance: Instance) -> Remedy:
    name = quote(f"{instance.cluster or instance.identifier}-proxy")
    of = (
        f"--db-cluster-identifiers {quote(instance.cluster)}"
        if instance.cluster
        else f"--db-instance-identifiers {quote(instance.identifier)}"
    )
    where = in_region(instance.arn)
    return Remedy(
        text="Let the pools keep fewer connections. If the clients are many and small, make a "
        "proxy: fill in secret, role and subnets, then point the clients at its endpoint.",
        statements=(
            f"aws rds create-db-proxy --db-proxy-name {name} {where} "
            f"--engine-family {_FAMILIES[instance.family]} "
            "--role-arn arn:aws:iam::YOUR-ACCOUNT:role/YOUR-ROLE --auth AuthScheme=SECRETS,"
            "SecretArn=arn:aws:secretsmanager:YOUR-REGION:YOUR-ACCOUNT:secret:YOUR-SECRET,"
            "IAMAuth=DISABLED "
            "--vpc-subnet-ids YOUR-SUBNETS --require-tls",
            f"aws rds register-db-proxy-targets --db-proxy-name {name} {where} {of}",
        ),
        risk="Nothing changes for clients until they use the new endpoint. Sessions that keep "
        "state are pinned to one connection. Not every engine version is supported.",
        verify="DatabaseConnections of the instance falls to a fraction of the proxy's "
        "ClientConnections, and proxy-pinned stays silent.",
        rollback="Point the clients at the instance again, then: "
        f"aws rds delete-db-proxy --db-proxy-name {name} {where}",
    )
