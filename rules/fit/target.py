"""The calls of RDS that make the target of a migration: cluster, members, volume, class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from collectors.rds.classes import ACU_BYTES
from collectors.rds.instance import Instance
from rules.capacity.class_sizes import at_least, burstable, parted, with_memory
from rules.fit.acu_range import AcuRange
from rules.fit.measured import Measured
from rules.fit.platforms import BY_KEY, Key

Argument = str | int | float | bool | list[str] | dict[str, float]
Arguments = dict[str, Argument]
VERSION = "YOUR-ENGINE-VERSION"
_SUBNETS = "YOUR-SUBNET-GROUP"
CLASS = "YOUR-CLASS"
_ON_AURORA = ("r5", "r6g", "r6i", "r7g", "r7i", "r8g", "x2g")
_PROVISIONED = ("io1", "io2")
_GIB = 2**30
_LEAST_GIB = 20


@dataclass(frozen=True, slots=True)
class Call:
    """An operation of RDS by its name in Python, with its arguments."""

    operation: str
    arguments: Mapping[str, Argument]


@dataclass(frozen=True, slots=True)
class Way:
    """From where to where; `name` is what the new cluster or instance is called."""

    measured: Measured
    to: Key
    acu: AcuRange | None

    @property
    def instance(self) -> Instance:
        return self.measured.instance

    @property
    def engine(self) -> str:
        return BY_KEY[self.to].engine(self.instance.family)

    @property
    def name(self) -> str:
        return f"{self.instance.cluster or self.instance.identifier}-new"


def create_cluster(way: Way, source: Mapping[str, Argument]) -> Call:
    instance = way.instance
    about: Arguments = {
        "DBClusterIdentifier": way.name,
        "Engine": way.engine,
        "EngineVersion": VERSION,
        **source,
        "DBSubnetGroupName": _SUBNETS,
        "VpcSecurityGroupIds": list(instance.security_groups),
        "BackupRetentionPeriod": max(7, instance.backup_retention_days or 0),
        # A replica is encrypted as its source is; a copy always.
        "StorageEncrypted": "ReplicationSourceIdentifier" not in source
        or instance.encrypted is not False,
        "DeletionProtection": True,
    }
    if way.to == "aurora-serverless" and way.acu:
        about["ServerlessV2ScalingConfiguration"] = _range(way.acu)
    if not BY_KEY[way.to].aurora:
        about |= {"DBClusterInstanceClass": class_for(way), **_volume(way)}
    return Call("create_db_cluster", about)


def create_members(way: Way) -> tuple[Call, ...]:
    """Two: without a reader there is nothing to fail over to. RDS makes those of its clusters."""
    if not BY_KEY[way.to].aurora:
        return ()
    count = 2 + max(0, (way.measured.replicas or 0) - 1)
    return tuple(create_member(way, f"{way.name}-{n + 1}", way.name) for n in range(count))


def create_member(way: Way, name: str, home: str) -> Call:
    about: Arguments = {
        "DBInstanceIdentifier": name,
        "DBClusterIdentifier": home,
        "Engine": way.engine,
        "DBInstanceClass": class_for(way),
        "PromotionTier": 1,
    }
    return Call("create_db_instance", about)


def create_instance(way: Way, admin: Mapping[str, Argument]) -> Call:
    about: Arguments = {
        "DBInstanceIdentifier": way.name,
        "Engine": way.engine,
        "EngineVersion": VERSION,
        "DBInstanceClass": class_for(way),
        **_volume(way),
        **admin,
        "DBSubnetGroupName": _SUBNETS,
        "VpcSecurityGroupIds": list(way.instance.security_groups),
        "MultiAZ": way.to == "rds-multi-az",
        "StorageEncrypted": True,
        "DeletionProtection": True,
    }
    return Call("create_db_instance", about)


def _volume(way: Way) -> Arguments:
    """As it is; where it is Aurora today, what is used and a third more."""
    instance = way.instance
    held = instance.allocated_bytes or (way.measured.storage_bytes or 0) * 1.3
    about: Arguments = {"AllocatedStorage": max(_LEAST_GIB, ceil(held / _GIB))}
    if instance.storage_type in _PROVISIONED and instance.iops:
        return {**about, "StorageType": instance.storage_type, "Iops": instance.iops}
    return {**about, "StorageType": "gp3"}


def class_for(way: Way) -> str:
    """Of as many CPUs and as much memory; to be chosen by hand where none is known."""
    if way.to == "aurora-serverless":
        return "db.serverless"
    own = way.instance.instance_class
    if way.instance.serverless:
        used = way.measured.used_acu
        return (with_memory("r7g", used.top * ACU_BYTES) if used else None) or CLASS
    family, _ = parted(own)
    if way.to == "rds-multi-az-cluster":  # which takes classes with local disks
        return at_least("m6gd" if family[:1] in ("m", "t") else "r6gd", own) or CLASS
    if way.to != "aurora" or family in _ON_AURORA:
        return own
    return own if burstable(own) and own.endswith((".medium", ".large")) else _r7g(own)


def _r7g(own: str) -> str:
    return at_least("r7g", own) or CLASS


def _range(acu: AcuRange) -> dict[str, float]:
    about = {"MinCapacity": _whole(acu.min_acu), "MaxCapacity": _whole(acu.max_acu)}
    return about if acu.min_acu else {**about, "SecondsUntilAutoPause": 300}


def _whole(acu: float) -> float:
    """Without a point where there is nothing behind it."""
    return int(acu) if acu == int(acu) else acu


def set_range(home: str, acu: AcuRange) -> Call:
    scaling: Arguments = {"ServerlessV2ScalingConfiguration": _range(acu), "ApplyImmediately": True}
    return Call("modify_db_cluster", {"DBClusterIdentifier": home, **scaling})
