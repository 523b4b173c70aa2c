"""Until when AWS supports this major version, and from when on it charges for that."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from collectors.base import collector
from collectors.fields import gauge, label, note, row
from collectors.rds.needs import Action
from collectors.session import AwsSession
from collectors.snapshot import Snapshot


@row(noun="rds_engine_support")
class Lifecycle:
    """One kind of support for the instance's major version; times are Unix seconds.

    `shipped` is that it comes from the table dbtriage brings along, as of `as_of`.
    """

    support: Literal["standard", "extended"] = label("Extended Support is charged for.")
    engine: str = note()
    major: str = note()
    starts_at: float | None = gauge("First day.")
    ends_at: float = gauge("Last day.")
    shipped: bool = note()
    as_of: str = note("Date of the table, empty where AWS was asked.")


@collector(Action("rds:DescribeDBMajorEngineVersions"), every=timedelta(hours=6))
def engine_lifecycle(aws: AwsSession) -> Snapshot[Lifecycle]:
    raise NotImplementedError
