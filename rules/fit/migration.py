"""The way from where an instance runs to another platform, as calls of RDS: a plan to review."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from rules.fit.acu_range import AcuRange
from rules.fit.measured import Measured
from rules.fit.platforms import BY_KEY, Key
from rules.fit.target import (
    VERSION,
    Arguments,
    Call,
    Way,
    class_for,
    create_cluster,
    create_instance,
    create_member,
    create_members,
    set_range,
)

_ADMIN = "YOUR_ADMIN"


@dataclass(frozen=True, slots=True)
class Step:
    """What to do and what to look at; some steps are for people alone."""

    words: str
    calls: tuple[Call, ...] = ()


def migration(measured: Measured, to: Key, acu: AcuRange | None) -> tuple[Step, ...]:
    """No step where it stays as it is."""
    instance, way = measured.instance, Way(measured, to, acu)
    if instance.role in ("reader", "replica"):
        first = instance.replica_source or f"the writer of {instance.cluster}"
        return (Step(f"Ask again for {first}: this is a {instance.role} of it."),)
    return tuple(_route(way)(way))


def _route(way: Way) -> Callable[[Way], Iterator[Step]]:
    today, goal = BY_KEY[way.measured.platform], BY_KEY[way.to]
    if today is goal:
        return _same
    if today.aurora and goal.aurora:
        return _inside_aurora
    if today.aurora or (goal.aurora and today.standbys):
        return _copied
    if today.standbys:
        return _out_of_cluster
    return _replica_cluster if goal.aurora or goal.standbys else _in_place


def _same(way: Way) -> Iterator[Step]:
    """Only the range of a serverless cluster may be another one.

    A maximum is no purchase, and parameters as max_connections follow from it: it is not lowered.
    """
    today, acu = way.measured.cluster, way.acu
    if today is None or acu is None or today.max_acu is None or way.to != "aurora-serverless":
        return
    most = max(today.max_acu, acu.max_acu)
    if (today.min_acu, today.max_acu) != (acu.min_acu, most):
        words = f"Set the range from {today.min_acu or 0:g}-{today.max_acu:g} ACU to what was seen."
        yield Step(
            f"{words} Online, in seconds.", (set_range(today.cluster, replace(acu, max_acu=most)),)
        )


def _in_place(way: Way) -> Iterator[Step]:
    standby = way.to == "rds-multi-az"
    words = "adds a standby in another zone" if standby else "takes the standby away"
    change: Arguments = {"MultiAZ": standby, "ApplyImmediately": False}
    yield Step(
        f"In the next maintenance window this {words}; no outage, slower I/O for a while.",
        (_modify(way, change),),
    )


def _modify(way: Way, change: Arguments) -> Call:
    return Call("modify_db_instance", {"DBInstanceIdentifier": way.instance.identifier, **change})


def _inside_aurora(way: Way) -> Iterator[Step]:
    home, new = way.instance.cluster or "", f"{way.instance.identifier}-new"
    if way.to == "aurora-serverless" and way.acu:
        yield Step("Give the cluster a range of capacity.", (set_range(home, way.acu),))
    made = create_member(way, new, home)
    yield Step("Add an instance of the new kind; it shares the storage.", (made,))
    yield Step(
        "When it is available and its cache is warm, fail over to it: clients lose their "
        "connections for less than a minute. To go back, fail over to the old instance.",
        (
            Call(
                "failover_db_cluster",
                {"DBClusterIdentifier": home, "TargetDBInstanceIdentifier": new},
            ),
        ),
    )
    yield Step("After some days, change the other instances likewise and delete the old one.")


def _replica_cluster(way: Way) -> Iterator[Step]:
    """An RDS instance feeds a cluster, which is promoted when all is well."""
    yield _versions(way)
    if not way.instance.backup_retention_days:
        change: Arguments = {"BackupRetentionPeriod": 7, "ApplyImmediately": True}
        words = "Switch automated backups on: a replica starts from one."
        yield Step(words, (_modify(way, change),))
    source = {"ReplicationSourceIdentifier": way.instance.arn}
    yield Step(
        "Make a cluster that follows the instance. The instance goes on as it is.",
        (create_cluster(way, source), *create_members(way)),
    )
    yield Step(
        "Read from the cluster and compare plans, extensions and response times. Then stop all "
        "writes to the instance, and wait until the cluster is no longer behind."
    )
    promote = Call("promote_read_replica_db_cluster", {"DBClusterIdentifier": way.name})
    yield Step("Promote it. From here on the two go separate ways.", (promote,))
    yield _clients()


def _out_of_cluster(way: Way) -> Iterator[Step]:
    """A Multi-AZ DB cluster feeds an instance."""
    source: Arguments = {
        "DBInstanceIdentifier": way.name,
        "SourceDBClusterIdentifier": way.instance.cluster or "",
        "MultiAZ": way.to == "rds-multi-az",
    }
    make = Call("create_db_instance_read_replica", source)
    yield Step("Make an instance that follows the cluster.", (make,))
    yield Step("Stop all writes to the cluster, and wait until ReplicaLag is 0.")
    promote = Call("promote_read_replica", {"DBInstanceIdentifier": way.name})
    yield Step("Promote it. From here on the two go separate ways.", (promote,))
    yield _clients()


def _copied(way: Way) -> Iterator[Step]:
    """No replica leads there."""
    yield _versions(way)
    admin: Arguments = {
        "MasterUsername": _ADMIN,
        "ManageMasterUserPassword": True,
    }
    made = (
        (create_cluster(way, admin), *create_members(way))
        if BY_KEY[way.to].aurora or BY_KEY[way.to].standbys
        else (create_instance(way, admin),)
    )
    yield Step("Make the target, empty.", made)
    tool = "pg_dump" if way.instance.family == "postgres" else "mysqldump"
    yield Step(
        f"Copy the schema ({tool}), then the data by logical replication or AWS DMS until the "
        "target is no longer behind. Compare row counts; set sequences and counters ahead."
    )
    yield Step("Stop all writes to the source, wait for the last changes, stop the replication.")
    yield _clients()


def _versions(way: Way) -> Step:
    about: Arguments = {"Engine": way.engine}
    class_: Arguments = {**about, "DBInstanceClass": class_for(way)}
    return Step(
        f"Only reads: choose a version of the same major one as {way.instance.engine_version}, not "
        f"older, in the place of {VERSION}; the class must be offered for it.",
        (
            Call("describe_db_engine_versions", about),
            Call("describe_orderable_db_instance_options", class_),
        ),
    )


def _clients() -> Step:
    return Step(
        "Point clients at the new endpoint. Keep the old one, stopped or without writers, until "
        "you are sure: what is written from here on does not flow back."
    )


def operations(steps: Sequence[Step]) -> tuple[Call, ...]:
    """All calls in order."""
    return tuple(call for step in steps for call in step.calls)
