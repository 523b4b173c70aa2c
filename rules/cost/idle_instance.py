from __future__ import annotations

from collections.abc import Iterator
from shlex import quote

from collectors.rds.cluster import Cluster
from collectors.rds.instance import Instance
from collectors.rds.usage import UsedHour
from collectors.session import Server
from collectors.snapshot import Snapshot
from rules.base import Finding, Remedy, Severity, rule
from rules.capacity.percentiles import known, last_week
from rules.rds_holder import look
from rules.rds_wording import in_region, of_instance

_LEAST_HOURS = 160


@rule(
    title="Nobody uses the instance",
    severity=Severity.LOW,
    engines=("rds",),
    see=("https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_StopInstance.html",),
)
def idle_instance(
    instances: Snapshot[Instance],
    usage: Snapshot[UsedHour],
    server: Server,
    clusters: Snapshot[Cluster] | None,
    *,
    own_connections: float = 3,
) -> Iterator[Finding]:
    """For a week no client was connected, dbtriage itself left aside.

    Why it matters
        It is billed as if it were used.

    What to do
        Ask its owner. Stop it, or take a last snapshot and delete it.

    When to ignore
        A spare that is needed in an emergency. Replicas, readers and sources of replicas are left
        out, as is serverless that may pause. With a SQL connection of dbtriage up to three
        connections count as its own.
    """
    (instance,) = instances.rows
    most = known(h.connections_max for h in last_week(usage.rows))
    tolerated = 0.0 if server.engine == "rds" else own_connections
    if len(most) < _LEAST_HOURS or max(most) > tolerated or _left_out(instance, clusters):
        return
    own = "" if tolerated == 0 else f" (up to {max(most):.0f} connections, as dbtriage has)"
    yield Finding(
        subject=of_instance(instance),
        summary=f"Nobody was connected to {instance.identifier} ({instance.instance_class}) for a "
        f"week{own}.",
        evidence={
            "most_connections": max(most),
            "tolerated_connections": tolerated,
            "known_hours": len(most),
            "instance_class": instance.instance_class,
        },
        remedy=_remedy(instance),
    )


def _left_out(instance: Instance, clusters: Snapshot[Cluster] | None) -> bool:
    pauses = any(c.min_acu == 0 for c in clusters.rows) if clusters else False
    serves = instance.role in ("reader", "replica") or bool(instance.replicas)
    return serves or instance.status == "stopped" or (instance.serverless and pauses)


def _remedy(instance: Instance) -> Remedy:
    kind = "cluster" if instance.cluster else "instance"
    also = " Look at its readers first: they stop with it." if instance.cluster else ""
    return Remedy(
        text=f"Ask who owns it, then stop it.{also} AWS starts it again after seven days: what is "
        "not needed any more, snapshot and delete.",
        statements=(_switch(instance, "stop", kind),),
        risk="Nobody can connect while it is stopped; storage and backups are billed on. Starting "
        "takes minutes.",
        verify=f"Nobody asks for it, and this gives stopped: {look(instance, 'DBInstanceStatus')}",
        rollback=_switch(instance, "start", kind),
    )


def _switch(instance: Instance, verb: str, kind: str) -> str:
    name = quote(instance.cluster or instance.identifier)
    return f"aws rds {verb}-db-{kind} --db-{kind}-identifier {name} {in_region(instance.arn)}"
