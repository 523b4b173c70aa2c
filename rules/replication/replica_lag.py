"""A read replica or Aurora reader falls behind, as CloudWatch tells it."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.cluster import Cluster
from collectors.rds.instance import Instance
from collectors.snapshot import Snapshot
from collectors.snapshots.replication import Replica
from rules.base import RDS, Finding, Remedy, Severity, rule
from rules.capacity.minutes import last
from rules.rds_holder import copies, events_of, look
from rules.rds_wording import of_cluster, of_instance
from rules.wording import duration


@rule(
    title="A replica is behind or does not replicate",
    severity=Severity.HIGH,
    engines=RDS,
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Replication.html",
    ),
)
def replica_lag(  # noqa: PLR0913  each is an input or a limit
    minutes: Snapshot[CloudWatch],
    instances: Snapshot[Instance],
    clusters: Snapshot[Cluster] | None,
    replicas: Snapshot[Replica] | None,
    *,
    tolerated_seconds: float = 60,
    sustained_minutes: int = 10,
    aurora_tolerated_seconds: float = 2,
    aurora_sustained_minutes: int = 5,
) -> Iterator[Finding]:
    """A read replica is a minute behind, or an Aurora reader two seconds, and stays so.

    Why it matters
        Readers see the past, and a replica that is promoted lacks what it did not get. Where
        replication stopped, the source keeps log for it until its disk is full. Aurora readers
        share the volume: behind for tens of seconds, one is restarted.

    What to do
        Look on the replica for long queries, locks and a busy CPU; compare its class and storage
        with those of the source. On Aurora, end long transactions on the reader.

    When to ignore
        A replica that is delayed on purpose. On PostgreSQL a source without writes lets the lag
        climb to five minutes and fall again: ten minutes in a row are needed here.
        Where dbtriage sees the replication by SQL, the rule replication-lag tells of it instead.
    """
    (instance,) = instances.rows
    if copies(instance) and not (replicas and replicas.rows):
        if last(minutes.rows, 1, lambda m: m.replica_stopped) == (True,):
            yield _stopped(instance)
            return
        lags = last(minutes.rows, sustained_minutes, lambda m: m.replica_lag_seconds)
        if lags and min(lags) > tolerated_seconds:
            yield _behind(instance, lags)
    lags = last(minutes.rows, aurora_sustained_minutes, lambda m: m.aurora_replica_lag_max_seconds)
    for cluster in clusters.rows if clusters else ():
        if cluster.here and lags and min(lags) > aurora_tolerated_seconds:
            yield _reader_behind(cluster, lags)


def _stopped(instance: Instance) -> Finding:
    return Finding(
        subject=of_instance(instance),
        summary=(
            f"{instance.identifier} does not replicate from {instance.replica_source} any more."
        ),
        evidence={"replica_stopped": True, "source": instance.replica_source},
        remedy=Remedy(
            text=(
                "Read why in its status and events: an error in replication, a full disk, or log "
                "that the source no longer has. Mend it, or build the replica anew. Watch the "
                "free storage of the source meanwhile. MySQL and MariaDB: RDS ends replication "
                "for good when it stood still for 30 days."
            ),
            statements=(look(instance, "StatusInfos"), events_of(instance, 1440)),
            risk="None: nothing is changed.",
            verify="Within 15 min ReplicaLag in CloudWatch is 0 or more again, and falls.",
            rollback="None needed: nothing is changed.",
        ),
    )


def _behind(instance: Instance, lags: tuple[float, ...]) -> Finding:
    return Finding(
        subject=of_instance(instance),
        summary=(
            f"{instance.identifier} is {duration(lags[-1])} behind {instance.replica_source}, and "
            f"was {duration(min(lags))} or more for {len(lags)} min."
        ),
        evidence={
            "replica_lag_seconds": lags[-1],
            "least_lag_seconds": min(lags),
            "sustained_minutes": len(lags),
            "source": instance.replica_source,
        },
        remedy=Remedy(
            text=(
                "Look on the replica for long queries that hold replay up, for tables without a "
                "primary key, and for CPU or storage at its limit. Send readers that need fresh "
                "data to the source meanwhile."
            ),
            statements=(look(instance, "[DBInstanceClass,StorageType,Iops,DBInstanceStatus]"),),
            risk="None: nothing is changed.",
            verify="Within minutes ReplicaLag in CloudWatch falls, and stays below 10 s.",
            rollback="None needed: nothing is changed.",
        ),
    )


def _reader_behind(cluster: Cluster, lags: tuple[float, ...]) -> Finding:
    return Finding(
        subject=of_cluster(cluster),
        summary=(
            f"The slowest reader of cluster {cluster.cluster} is {duration(lags[-1])} behind, and "
            f"was {duration(min(lags))} or more for {len(lags)} min; usual is under 0.1 s."
        ),
        evidence={
            "aurora_replica_lag_max_seconds": lags[-1],
            "least_lag_seconds": min(lags),
            "sustained_minutes": len(lags),
            "readers": sum(not m.writer for m in cluster.members),
        },
        remedy=Remedy(
            text=(
                "See by AuroraReplicaLag which reader it is. End long transactions there, and "
                "give it the writer's class where it is smaller."
            ),
            statements=(look(cluster, "DBClusterMembers"),),
            risk="A transaction that is ended fails for its client. A new class restarts it.",
            verify="Within minutes AuroraReplicaLagMaximum in CloudWatch is below 100 ms.",
            rollback="None needed: nothing is changed.",
        ),
    )
