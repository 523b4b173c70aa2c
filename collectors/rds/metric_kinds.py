"""What kind of instance it is to CloudWatch: which metrics it has, and which it cannot have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from collectors.rds.instance import Instance, clusters, described
from collectors.session import AwsSession

_WITH_MEMORY_STATE = (3, 6, 1)  # of Aurora MySQL


@dataclass(frozen=True, slots=True)
class Kind:
    """What decides which metrics an instance has.

    `cluster` is the Aurora cluster it tells of: one member does, so that each metric of a cluster
    is paid for once. That is the writer, or the first reader where the writer is in another
    region. `readers`: the cluster has some. `worldwide`: it is part of a global database.
    """

    instance: Instance
    cluster: str = ""
    readers: bool = False
    worldwide: bool = False


def kind_of(aws: AwsSession) -> Kind:
    """Of the session's own instance; NotOffered where it is no more."""
    found = described(aws)
    if not found.aurora or found.cluster is None:
        return Kind(found)
    of_ours = (c for c in clusters(aws) if c["DBClusterIdentifier"] == found.cluster)
    cluster: Mapping[str, Any] = next(of_ours, {})
    members = cluster.get("DBClusterMembers", ())
    readers = [m["DBInstanceIdentifier"] for m in members if not m.get("IsClusterWriter")]
    speaks = found.role == "writer" or (
        len(readers) == len(members) and found.identifier == min(readers, default="")
    )
    worldwide = cluster.get("GlobalClusterIdentifier") or cluster.get("GlobalWriteForwardingStatus")
    return Kind(found, found.cluster if speaks else "", bool(readers), bool(worldwide))


def anywhere(_: Kind) -> bool:
    return True


def on_rds(kind: Kind) -> bool:
    return not kind.instance.aurora


def on_aurora(kind: Kind) -> bool:
    return kind.instance.aurora


def on_aurora_mysql(kind: Kind) -> bool:
    return kind.instance.aurora and kind.instance.family == "mysql"


def burstable(kind: Kind) -> bool:
    return kind.instance.instance_class.startswith("db.t")


def serverless(kind: Kind) -> bool:
    return kind.instance.serverless


def gp2(kind: Kind) -> bool:
    return kind.instance.storage_type == "gp2"


def saves_storage_credits(kind: Kind) -> bool:
    """The link to the storage does more for half an hour than all day; taken for so if unknown."""
    size = kind.instance.size
    if kind.instance.aurora or size is None:
        return on_rds(kind)
    links = (
        (size.baseline_operations_per_second, size.burst_operations_per_second),
        (size.baseline_bytes_per_second, size.burst_bytes_per_second),
    )
    return any(all_day is None or burst is None or burst > all_day for all_day, burst in links)


def local_storage(kind: Kind) -> bool:
    return kind.instance.aurora and not kind.instance.serverless


def insights(kind: Kind) -> bool:
    return kind.instance.insights is not False


def follows(kind: Kind) -> bool:
    """A replica on RDS, or a reader of a Multi-AZ DB cluster."""
    return on_rds(kind) and (kind.instance.replica_source is not None or _reads(kind))


def aurora_reader(kind: Kind) -> bool:
    return kind.instance.aurora and _reads(kind)


def aurora_writer(kind: Kind) -> bool:
    return kind.instance.aurora and kind.instance.role == "writer"


def aurora_writer_with_readers(kind: Kind) -> bool:
    return aurora_writer(kind) and kind.readers


def aurora_mysql_writer(kind: Kind) -> bool:
    return on_aurora_mysql(kind) and aurora_writer(kind)


def tells_memory_state(kind: Kind) -> bool:
    version = kind.instance.engine_version.rpartition("mysql_aurora.")[2].split(".")
    numbers = tuple(int(part) for part in version if part.isdecimal())
    return on_aurora_mysql(kind) and numbers >= _WITH_MEMORY_STATE


def postgres_writer(kind: Kind) -> bool:
    """Where rows are frozen: replicas only repeat the age of their source."""
    return kind.instance.family == "postgres" and not follows(kind) and not aurora_reader(kind)


def postgres_log(kind: Kind) -> bool:
    """Where slots are: on RDS replicas too, on Aurora only on the writer."""
    return kind.instance.family == "postgres" and not aurora_reader(kind)


def tells_of_cluster(kind: Kind) -> bool:
    return kind.cluster != ""


def tells_of_mysql_cluster(kind: Kind) -> bool:
    return tells_of_cluster(kind) and on_aurora_mysql(kind)


def tells_of_global_database(kind: Kind) -> bool:
    return tells_of_cluster(kind) and kind.worldwide


def _reads(kind: Kind) -> bool:
    return kind.instance.role == "reader"
