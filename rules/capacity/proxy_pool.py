"""The command that changes the pool of connections a proxy keeps."""

from __future__ import annotations

from shlex import quote

from collectors.rds.instance import Instance
from collectors.rds.proxies import Proxy
from rules.rds_wording import in_region


def change_pool(instance: Instance, proxy: Proxy, setting: str) -> str:
    return (
        "aws rds modify-db-proxy-target-group --target-group-name default "
        f"--db-proxy-name {quote(proxy.proxy)} {in_region(instance.arn)} "
        f"--connection-pool-config {quote(setting)}"
    )
