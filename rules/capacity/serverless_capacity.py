"""Capacity of Aurora Serverless v2: what it takes to change its range."""

from __future__ import annotations

from math import ceil

from collectors.rds.cluster import Cluster
from rules.rds_wording import modify_cluster

MOST_ACU = 256.0


def half_step(acu: float) -> float:
    """Capacity is set in steps of a half: rounded up."""
    return ceil(acu * 2) / 2


def capacity_change(
    cluster: Cluster, *, min_acu: float | None = None, max_acu: float | None = None
) -> str:
    """The command that sets the range; what is not given stays as it is."""
    least = cluster.min_acu if min_acu is None else min_acu
    most = cluster.max_acu if max_acu is None else max_acu
    parts = {"MinCapacity": least, "MaxCapacity": most}
    if least == 0:
        parts["SecondsUntilAutoPause"] = cluster.pause_after_seconds
    said = ",".join(f"{name}={value:g}" for name, value in parts.items() if value is not None)
    return modify_cluster(cluster, f"--serverless-v2-scaling-configuration {said}", when="now")
