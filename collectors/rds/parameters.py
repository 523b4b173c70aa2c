"""Parameters of the groups an instance uses: value, who set it, when a change takes effect."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from collectors.base import collector
from collectors.fields import label, note, row
from collectors.rds.needs import Action
from collectors.session import AwsSession
from collectors.snapshot import Snapshot


@row(exported=False)
class Parameter:
    """One parameter. Where both groups name it, only the one that counts is here.

    `value` may be a formula, as ``{DBInstanceClassMemory*3/4}``; None is the engine's default.
    """

    parameter: str = label("Its name.")
    value: str | None = note()
    source: str = note("user, system or engine-default: who set it.")
    static: bool | None = note("A change takes effect at the next reboot.")
    modifiable: bool | None = note()
    allowed: str = note("As 1-1000 or on,off; empty where anything goes.")
    data_type: str = note()
    group: str = note("The group that holds it.")
    scope: Literal["instance", "cluster"] = note("Which kind of group.")
    pending_reboot: bool = note("The group has changes that wait for a reboot.")


@collector(
    Action("rds:DescribeDBParameters"),
    Action("rds:DescribeDBClusterParameters"),
    every=timedelta(minutes=15),
)
def parameters(aws: AwsSession) -> Snapshot[Parameter]:
    raise NotImplementedError
