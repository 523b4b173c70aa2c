"""What RDS, Aurora and Aurora Serverless v2 can do today: each limit with its date and source."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Key = Literal[
    "rds-single-az", "rds-multi-az", "rds-multi-az-cluster", "aurora", "aurora-serverless"
]

_RDS_GUIDE = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/"
_AURORA_GUIDE = "https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/"
_TIB = 2**40
# The first minor version of each major one of Aurora PostgreSQL, and the version of Aurora MySQL.
_LARGE_VOLUME = ({15: 13, 16: 9, 17: 5}, (3, 10))
_PAUSES = ({13: 15, 14: 12, 15: 7, 16: 3}, (3, 8))
_LARGE_CAPACITY = ({13: 13, 14: 10, 15: 5, 16: 1}, (3, 6))


@dataclass(frozen=True, slots=True)
class Limit:
    """A figure that AWS documents; `as_of` is when its page was read."""

    value: float
    as_of: str
    source: str


@dataclass(frozen=True, slots=True)
class Platform:
    """`failover` is how long one typically takes, `failover_at_best` how long it often takes.

    None: there is no standby to fail over to. `operations_per_second` is None where nothing is
    provisioned. `standbys` can be read from.
    """

    key: Key
    name: str
    families: tuple[str, ...]
    storage_bytes: Limit
    replicas: Limit
    operations_per_second: Limit | None
    failover_seconds: Limit | None = None
    failover_at_best_seconds: Limit | None = None
    standbys: int = 0

    @property
    def aurora(self) -> bool:
        return self.key in ("aurora", "aurora-serverless")

    def engine(self, family: str) -> str:
        """As AWS names it there."""
        if not self.aurora:
            return family
        return "aurora-postgresql" if family == "postgres" else f"aurora-{family}"


_VOLUME = Limit(64 * _TIB, "2026-09", f"{_RDS_GUIDE}CHAP_Storage.html")
_REPLICAS = Limit(15, "2026-04", f"{_RDS_GUIDE}USER_ReadRepl.html")
_OPERATIONS = Limit(256_000, "2026-09", f"{_RDS_GUIDE}CHAP_Storage.html")
_STANDBY = f"{_RDS_GUIDE}Concepts.MultiAZ.html"
_CLUSTER = f"{_RDS_GUIDE}multi-az-db-clusters-concepts.html"
_AURORA_VOLUME = Limit(256 * _TIB, "2026-04", f"{_AURORA_GUIDE}CHAP_Limits.html")
_AURORA_REPLICAS = Limit(15, "2026-04", f"{_AURORA_GUIDE}Aurora.Replication.html")
_AURORA_FAILOVER = f"{_AURORA_GUIDE}Concepts.AuroraHighAvailability.html"
_AURORA_TYPICAL = Limit(60, "2026-04", _AURORA_FAILOVER)
_AURORA_AT_BEST = Limit(30, "2026-04", _AURORA_FAILOVER)

PLATFORMS = (
    Platform(
        "rds-single-az", "RDS, one instance", ("postgres", "mysql", "mariadb"),
        _VOLUME, _REPLICAS, _OPERATIONS,
    ),
    Platform(
        "rds-multi-az", "RDS, Multi-AZ instance", ("postgres", "mysql", "mariadb"),
        _VOLUME, _REPLICAS, _OPERATIONS,
        Limit(120, "2026-04", _STANDBY), Limit(60, "2026-04", _STANDBY),
    ),
    Platform(
        "rds-multi-az-cluster", "RDS, Multi-AZ DB cluster", ("postgres", "mysql"),
        _VOLUME, _REPLICAS, _OPERATIONS,
        Limit(35, "2026-04", _CLUSTER), Limit(35, "2026-04", _CLUSTER), standbys=2,
    ),
    Platform(
        "aurora", "Aurora, provisioned", ("postgres", "mysql"),
        _AURORA_VOLUME, _AURORA_REPLICAS, None, _AURORA_TYPICAL, _AURORA_AT_BEST,
    ),
    Platform(
        "aurora-serverless", "Aurora Serverless v2", ("postgres", "mysql"),
        _AURORA_VOLUME, _AURORA_REPLICAS, None, _AURORA_TYPICAL, _AURORA_AT_BEST,
    ),
)  # fmt: skip
BY_KEY = {platform.key: platform for platform in PLATFORMS}

_CAPACITY = f"{_AURORA_GUIDE}aurora-serverless-v2.setting-capacity.html"
MOST_ACU = Limit(256, "2026-04", _CAPACITY)
MOST_ACU_BEFORE = Limit(128, "2026-04", _CAPACITY)
LEAST_ACU = Limit(0.5, "2026-04", _CAPACITY)
INSIGHTS_ACU = Limit(2, "2026-04", _CAPACITY)
GLOBAL_ACU = Limit(8, "2026-04", _CAPACITY)
VOLUME_BEFORE = Limit(128 * _TIB, "2026-04", _AURORA_VOLUME.source)


def volume_limit(engine: str, version: str) -> Limit:
    """How big a volume of Aurora gets; of the newest version where it is not Aurora yet."""
    return _AURORA_VOLUME if _reaches(engine, version, _LARGE_VOLUME) else VOLUME_BEFORE


def most_acu(engine: str, version: str) -> Limit:
    return MOST_ACU if _reaches(engine, version, _LARGE_CAPACITY) else MOST_ACU_BEFORE


def may_pause(engine: str, version: str) -> bool:
    """Whether the least capacity may be 0."""
    return _reaches(engine, version, _PAUSES)


def _reaches(engine: str, version: str, since: tuple[dict[int, int], tuple[int, int]]) -> bool:
    """Major versions that are newer than the listed ones have it, older ones do not."""
    if not engine.startswith("aurora"):
        return True
    numbers = [int(n) for n in re.findall(r"\d+", version.rpartition("mysql_aurora.")[2])[:2]]
    minors, mysql = since
    if "mysql" in engine:
        return tuple(numbers) >= mysql
    major, minor = (*numbers, 0, 0)[:2]
    return major > max(minors) or (major in minors and minor >= minors[major])
