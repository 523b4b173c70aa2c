"""Performance Insights in the documented format, written by hand; nothing was recorded from AWS."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from collectors.rds.top_sql import TopSql, top_sql
from collectors.session import Server
from tests.aws.session import NOW, FakeAws

# The newest whole minute that is two minutes old.
END = (NOW - 120) // 60 * 60
STATS = "db.sql_tokenized.stats"
KEYS = "pi:describe_dimension_keys"
METRICS = "pi:get_resource_metrics"
DIMENSIONS = "pi:list_available_resource_dimensions"
STATISTICS = "pi:list_available_resource_metrics"
DETAILS = "pi:get_dimension_key_details"
GROUPS = ("db", "db.application", "db.host", "db.sql", "db.sql_tokenized", "db.user",
          "db.wait_event", "db.wait_event_type")  # fmt: skip
SENT = "SELECT * FROM orders WHERE id = ?"
CPU = ("CPU", "CPU")
LONG = "SELECT " + ", ".join(f"column_{n:02}" for n in range(60)) + " FROM orders WHERE a = ?"
CUT = LONG.encode()[:500].decode()


def at(moment: float) -> datetime:
    return datetime.fromtimestamp(moment, UTC)


def statement(
    id: str = "T1", text: str | None = SENT, engine_id: str = "4711", **more: Any
) -> dict[str, Any]:
    """A member of Keys; `total` in sessions, `partitions` beside the answer's partition keys."""
    about = {"db.sql_tokenized.id": id, "db.sql_tokenized.db_id": engine_id}
    if text is not None:
        about["db.sql_tokenized.statement"] = text
    rates = {f"{STATS}.{name}.avg": rate for name, rate in more.get("rates", {}).items()}
    return {
        "Dimensions": about,
        "Total": more.get("total", 1.0),
        "Partitions": more.get("partitions", []),
        **({"AdditionalMetrics": rates} if rates else {}),
    }


def keys(*statements: dict[str, Any], waits: tuple[tuple[str, str], ...] = ()) -> dict[str, Any]:
    """An answer of DescribeDimensionKeys, its waits as type and name."""
    partitions = [
        {"Dimensions": {"db.wait_event.type": kind, "db.wait_event.name": name}}
        for kind, name in waits
    ]
    return {
        "AlignedStartTime": at(END - 60),
        "AlignedEndTime": at(END),
        "PartitionKeys": partitions,
        "Keys": list(statements),
    }


def offered(*names: str) -> dict[str, Any]:
    """An answer of ListAvailableResourceMetrics."""
    return {"Metrics": [{"Metric": f"{STATS}.{n}", "Unit": "per second"} for n in names]}


def groups(*names: str) -> dict[str, Any]:
    """An answer of ListAvailableResourceDimensions."""
    listed = [{"Group": name, "Dimensions": [{"Identifier": f"{name}.name"}]} for name in names]
    return {"MetricDimensions": [{"Metric": "db.load", "Groups": listed}]}


def series(*values: float, **dimensions: str) -> dict[str, Any]:
    """A member of MetricList, a value a minute up to END; ``wait_event__name="CPU"``."""
    start = END - 60 * len(values)
    key: dict[str, Any] = {"Metric": "db.load.avg"}
    if dimensions:
        key["Dimensions"] = {f"db.{n.replace('__', '.')}": v for n, v in dimensions.items()}
    points = [{"Timestamp": at(start + 60 * i), "Value": value} for i, value in enumerate(values)]
    return {"Key": key, "DataPoints": points}


def metrics(*listed: dict[str, Any]) -> dict[str, Any]:
    """An answer of GetResourceMetrics."""
    return {"AlignedEndTime": at(END), "Identifier": "db-ORDERS1", "MetricList": list(listed)}


def insights(family: str = "postgres", **answers: Any) -> FakeAws:
    """An instance that counts nothing of statements, unless told; answers by operation."""
    given = {
        "list_available_resource_metrics": offered(),
        "list_available_resource_dimensions": groups(*GROUPS),
        **answers,
    }
    aws = FakeAws({f"pi:{name}": answer for name, answer in given.items()})
    settings, versions = aws.server.settings, {"rds": (), family: (8, 4)}
    aws.server = Server("orders", "rds", versions, "", "rds", settings=settings)
    return aws


def asked(aws: FakeAws, operation: str) -> list[dict[str, Any]]:
    """What was asked of one operation, in order."""
    return [given for name, given in aws.asked if name == operation]


def rounds(aws: FakeAws, count: int) -> list[TopSql]:
    """The rows after so many minutes, the first of which tells an hour."""
    rows: tuple[TopSql, ...] = ()
    for _ in range(count):
        rows = top_sql(aws).rows
        aws.clock += 60
    return list(rows)
