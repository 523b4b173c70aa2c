"""Alarms that AWS recommends for Aurora alone."""

from __future__ import annotations

import math
import re

from rules.upkeep.alarm import NOT_OVER, OVER, UNDER, About, Choice, LeftOut, RecommendedAlarm
from rules.wording import size

_TIB = 2**40
_BIG_VOLUME = (3, 10)  # from this version on the volume may grow to 256 TiB


def of_aurora(about: About) -> Choice:
    instance = about.instance
    yield RecommendedAlarm(
        "BufferCacheHitRatio", UNDER, 80, "percent", 10,
        "Below it reads go to the storage; the cache may be too small.", dimensions=about.own,
    )  # fmt: skip
    if not instance.serverless:
        yield LeftOut("FreeLocalStorage", "the size of the local storage of the class is not known")
    if instance.role != "writer" or instance.cluster is None:
        return
    if about.gap == "breaching":
        yield RecommendedAlarm(
            "EngineUptime", NOT_OVER, 0, "seconds", 2, "The writer restarts, or is not there.",
            when_missing="breaching", dimensions=about.of_writer, essential=True,
        )  # fmt: skip
    yield LeftOut("StorageNetworkThroughput", "the network of the class is not known")
    if instance.family == "mysql":
        yield from _of_aurora_mysql(about)


def _of_aurora_mysql(about: About) -> Choice:
    yield RecommendedAlarm(
        "RollbackSegmentHistoryListLength", OVER, 1e6, "count", 5,
        "Old versions of rows pile up: a transaction is open for long.",
        when_missing=about.gap, dimensions=about.own,
    )  # fmt: skip
    if about.instance.replica_source is not None:
        yield RecommendedAlarm(
            "AuroraBinlogReplicaLag", NOT_OVER, -1, "seconds", 2,
            "Replication by the binary log has stopped.",
            when_missing="breaching", dimensions=about.of_writer,
        )  # fmt: skip
    most = _most_volume(about.instance.engine_version)
    if most is None:
        yield LeftOut("AuroraVolumeBytesLeftTotal", "the limit of this version is not known")
    else:
        yield RecommendedAlarm(
            "AuroraVolumeBytesLeftTotal", UNDER, math.floor(0.1 * most), "bytes", 5,
            f"10 % of the {size(most)} a cluster's volume may have.",
            when_missing="breaching", dimensions=about.of_cluster, essential=True,
        )  # fmt: skip
    yield LeftOut(
        "BlockedTransactions",
        "5 % of ActiveTransactions takes an expression, and both are only there with "
        "innodb_monitor_enable set to all",
    )


def _most_volume(version: str) -> int | None:
    """By the version of Aurora in ``8.0.mysql_aurora.3.10.0``."""
    found = re.search(r"mysql_aurora\.(\d+)\.(\d+)", version)
    if found is None:
        return None
    big = (int(found[1]), int(found[2])) >= _BIG_VOLUME
    return (256 if big else 128) * _TIB
