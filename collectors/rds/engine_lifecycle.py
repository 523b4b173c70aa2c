"""Until when AWS supports this major version, and from when on it charges for that."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Literal

from collectors.base import collector
from collectors.fields import gauge, label, note, row
from collectors.rds.instance import own_instance, unix
from collectors.rds.needs import Action
from collectors.session import AwsSession, NotOffered, PermissionDenied
from collectors.snapshot import Snapshot

_FRESH_SECONDS = 6 * 3600 - 60.0  # a little less than the time between two rounds
_DAY = timedelta(days=1)
_SUPPORT: Mapping[str, Literal["standard", "extended"]] = {
    "open-source-rds-standard-support": "standard",
    "open-source-rds-extended-support": "extended",
}


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


@collector(
    Action("rds:DescribeDBMajorEngineVersions", optional=True),
    Action("rds:DescribeDBInstances"),
    every=timedelta(hours=6),
)
def engine_lifecycle(aws: AwsSession) -> Snapshot[Lifecycle]:
    """As AWS tells it; the table of dbtriage where AWS refuses or does not know the version."""
    own = own_instance(aws)
    engine, refusal = own["Engine"], ""
    major = major_of(engine, own.get("EngineVersion", ""))
    try:
        rows = tuple(_told(aws, engine, major))
    except (PermissionDenied, NotOffered) as error:
        rows, refusal = (), str(error)
    rows = rows or tuple(shipped(engine, major))
    if not rows:
        raise NotOffered(refusal or f"AWS tells no dates of support of {engine} {major}")
    table = f"the dates of support are those of {_table()['as_of']}"
    return Snapshot(aws.now(), rows, gaps=(f"{refusal}; {table}",) if refusal else ())


def major_of(engine: str, version: str) -> str:
    """16 of PostgreSQL 16.3, 8.0 of ``8.0.mysql_aurora.3.08.0``, 10.11 of MariaDB 10.11.8."""
    two = "postgres" not in engine or version.startswith("9.")
    found = re.match(r"\d+\.\d+" if two else r"\d+", version)
    return found[0] if found else version


def _told(aws: AwsSession, engine: str, major: str) -> Iterator[Lifecycle]:
    for known in aws.pages(
        "rds",
        "describe_db_major_engine_versions",
        "DBMajorEngineVersions",
        fresh_seconds=_FRESH_SECONDS,
        Engine=engine,
    ):
        if known.get("MajorEngineVersion") != major:
            continue
        for found in known.get("SupportedEngineLifecycles", ()):
            if found["LifecycleSupportName"] in _SUPPORT:
                yield Lifecycle(
                    support=_SUPPORT[found["LifecycleSupportName"]],
                    engine=engine,
                    major=major,
                    starts_at=unix(found["LifecycleSupportStartDate"]),
                    ends_at=found["LifecycleSupportEndDate"].timestamp(),
                    shipped=False,
                    as_of="",
                )


@cache
def _table() -> Mapping[str, Any]:
    """Last days of both kinds of support; where AWS names only a month, the last day of it."""
    given: Mapping[str, Any] = json.loads(Path(__file__).with_name("lifecycle.json").read_text())
    return given


def shipped(engine: str, major: str) -> Iterator[Lifecycle]:
    """From the table that dbtriage brings along."""
    standard, extended = _table()["support"].get(engine, {}).get(major, (None, None))
    if standard is not None:
        yield _shipped("standard", engine, major, None, standard)
    if extended is not None:
        yield _shipped("extended", engine, major, date.fromisoformat(standard) + _DAY, extended)


def _shipped(
    support: Literal["standard", "extended"], engine: str, major: str, start: date | None, last: str
) -> Lifecycle:
    return Lifecycle(
        support=support,
        engine=engine,
        major=major,
        starts_at=None if start is None else datetime.combine(start, time(), UTC).timestamp(),
        ends_at=datetime.combine(date.fromisoformat(last) + _DAY, time(), UTC).timestamp() - 1,
        shipped=True,
        as_of=_table()["as_of"],
    )
