"""Rows of a healthy RDS instance, for tests of rules: a case names only what it is about."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from collectors.fields import names
from collectors.rds.classes import shipped
from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.cluster import Cluster, Member
from collectors.rds.instance import Instance, instance_of
from collectors.rds.parameters import Parameter
from collectors.rds.usage import UsedHour
from collectors.session import Server
from collectors.snapshot import Snapshot
from tests.aws.session import NOW
from tests.aws.shapes import aurora_member, db_instance
from tests.make import make, snapshot

GIB = 2**30


def instance(**given: Any) -> Snapshot[Instance]:
    """A healthy db.r7g.large (2 CPUs, 16 GiB, 200 GiB gp3) of PostgreSQL 16 in production."""
    return _instance(db_instance(), given)


def aurora(**given: Any) -> Snapshot[Instance]:
    """A healthy writer of Aurora PostgreSQL 16, db.r7g.large."""
    return _instance(aurora_member(), {"role": "writer", **given})


def _instance(shape: dict[str, Any], given: dict[str, Any]) -> Snapshot[Instance]:
    size = shipped(given.get("instance_class", shape["DBInstanceClass"]))
    plain = instance_of(shape, size, ())
    about = {f.name: getattr(plain, f.name) for f in fields(plain)}
    return snapshot(Instance(**{**about, **given}), taken_at=NOW)


def member(identifier: str = "shop-1", **given: Any) -> Member:
    about = {
        "writer": False, "tier": 1, "group_status": "in-sync", "instance_class": "db.r7g.large",
        "zone": "eu-west-1a", "status": "available",
    }  # fmt: skip
    return Member(identifier, **{**about, **given})


def cluster(*members: Member, **given: Any) -> Snapshot[Cluster]:
    """A healthy cluster of a writer and a reader in another zone, seen from the writer."""
    found = members or (
        member("shop-1", writer=True),
        member("shop-2", zone="eu-west-1b"),
    )
    about = {
        "cluster": "shop", "arn": "arn:aws:rds:eu-west-1:123456789012:cluster:shop", "here": True,
        "engine": "aurora-postgresql", "engine_version": "16.6",
        "status": "available", "members": found, "member_count": len(found), "encrypted": True,
        "zones": ("eu-west-1a", "eu-west-1b", "eu-west-1c"), "backup_retention_days": 14,
        "latest_restorable_at": NOW - 240, "deletion_protection": True, "storage_type": "aurora",
        "iam_authentication": True, "parameter_group": "shop-cluster-apg16",
        "tags": (("environment", "production"),),
    }  # fmt: skip
    return snapshot(make(Cluster, **{**about, **given}), taken_at=NOW)


def minutes(count: int = 15, **given: Any) -> Snapshot[CloudWatch]:
    """So many minutes, the last one just over. A list gives one value a minute, oldest first."""
    return _series(CloudWatch, 60.0, count, given)


def hours(count: int = 14 * 24, **given: Any) -> Snapshot[UsedHour]:
    """So many hours, the last one just over. A list gives one value an hour, oldest first."""
    return _series(UsedHour, 3600.0, count, given)


def _series(row: Any, span: float, count: int, given: dict[str, Any]) -> Snapshot[Any]:
    unknown = set(given) - set(names(row, "gauge"))
    assert not unknown, unknown

    def value(name: str, at: int) -> Any:
        said = given.get(name)
        return said[at] if isinstance(said, list) else said

    start = NOW // span * span - span * count
    rows = [
        row(at=start + span * i, **{n: value(n, i) for n in names(row, "gauge")})
        for i in range(count)
    ]
    return snapshot(*rows, taken_at=NOW)


def parameters(scope: str = "instance", **values: str | None) -> Snapshot[Parameter]:
    """Parameters that somebody set to these values, as ``parameters(work_mem="65536")``."""
    rows = [
        make(
            Parameter,
            parameter=name,
            value=value,
            source="user",
            modifiable=True,
            static=False,
            group="orders-pg16",
            scope=scope,
        )
        for name, value in values.items()
    ]
    return snapshot(*rows, taken_at=NOW)


def postgres(**given: Any) -> Server:
    """The server of a target that dbtriage has a SQL connection to, on RDS."""
    about = {"platform": "rds", "user": "dbtriage", **given}
    return Server("orders", "postgres", {"postgres": (16, 3)}, "16.3", **about)


def seen_by_aws(**given: Any) -> Server:
    """The server of a target that only AWS is asked about."""
    about = {"platform": "rds", "cpus": 2, "memory_bytes": 16 * GIB, **given}
    versions = {"rds": (), "postgres": (16, 3)}
    return Server("orders", "rds", versions, "PostgreSQL 16.3", **about)
