"""Performance Insights as its documentation describes it: what it refuses, and what it answers.

The rules beyond botocore's model (known groups and dimensions, statistics, what may be grouped) are
taken from the documentation and from error messages people reported: that this refuses a request
does not prove that AWS does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.aws.service import Fault, Handler

_DIMENSIONS = {
    "db": ("name",),
    "db.host": ("id", "name"),
    "db.user": ("id", "name"),
    "db.sql": ("id", "db_id", "statement", "tokenized_id"),
    "db.sql_tokenized": ("id", "db_id", "statement"),
    "db.wait_event": ("name", "type"),
    "db.wait_event_type": ("name",),
}
_POSTGRES_ONLY = {"db.application": ("name",), "db.session_type": ("name",)}
BLOCKING = {
    "db.blocking_sql": ("id", "sql"),
    "db.blocking_session": ("id",),
    "db.blocking_object": ("id", "type", "value"),
}
_STATISTICS = {
    "postgres": ("calls_per_sec", "rows_per_sec", "avg_latency_per_call"),
    "mysql": ("count_star_per_sec", "sum_rows_sent_per_sec", "sum_rows_examined_per_sec"),
}
_PERIODS = (1, 60, 300, 3600, 86400)
_LATE_SECONDS = 60.0
_TEXT_BYTES = 500


def refused(words: str) -> Fault:
    return Fault("InvalidArgumentException", words)


@dataclass
class Sql:
    """A statement under load: average active sessions by (wait type, wait event)."""

    id: str
    text: str
    engine_id: str
    waits: Mapping[tuple[str, str], float]
    calls_per_second: float = 10.0
    rows_per_second: float = 10.0
    whole: str = ""  # with literals, where it differs

    @property
    def sessions(self) -> float:
        return sum(self.waits.values())


@dataclass
class Database:
    """One instance with Performance Insights on; load never changes while it is asked."""

    statements: Sequence[Sql]
    engine: str = "postgres"
    blocking: bool = False
    users: Mapping[str, float] = field(default_factory=lambda: {"app": 1.0})
    hosts: Mapping[str, float] = field(default_factory=lambda: {"10.0.0.7": 1.0})
    databases: Mapping[str, float] = field(default_factory=lambda: {"orders": 1.0})

    def groups(self) -> dict[str, tuple[str, ...]]:
        of_engine = _POSTGRES_ONLY if self.engine == "postgres" else {}
        return _DIMENSIONS | of_engine | (BLOCKING if self.blocking else {})

    def keys(self, group: str) -> list[tuple[dict[str, str], float]]:
        """Every key of a dimension group with its average active sessions."""
        waits = {
            f"{type}/{event}": ({"db.wait_event.type": type, "db.wait_event.name": event}, sessions)
            for (type, event), sessions in _by_wait(self.statements).items()
        }
        found: dict[str, list[tuple[dict[str, str], float]]] = {
            "db.sql_tokenized": [(_tokenized(s), s.sessions) for s in self.statements],
            "db.sql": [(_raw(s), s.sessions) for s in self.statements],
            "db.wait_event": list(waits.values()),
            "db.user": _named("db.user", self.users),
            "db.host": _named("db.host", self.hosts),
            "db": [({"db.name": n}, v) for n, v in self.databases.items()],
        }
        return found.get(group, [])


def handlers(databases: Mapping[str, Database], now: Callable[[], float]) -> dict[str, Handler]:
    """By DbiResourceId."""
    service = _Insights(databases, now)
    return {
        "pi:describe_dimension_keys": service.describe_dimension_keys,
        "pi:get_resource_metrics": service.get_resource_metrics,
        "pi:get_dimension_key_details": service.get_dimension_key_details,
        "pi:list_available_resource_dimensions": service.list_dimensions,
        "pi:list_available_resource_metrics": service.list_metrics,
        "pi:get_resource_metadata": service.get_resource_metadata,
    }


class _Insights:
    def __init__(self, databases: Mapping[str, Database], now: Callable[[], float]) -> None:
        self._databases = databases
        self._now = now

    def describe_dimension_keys(self, given: dict[str, Any]) -> dict[str, Any]:
        database = self._of(given)
        _check_metric(given["Metric"], grouped=True)
        for group in (given["GroupBy"], given.get("PartitionBy")):
            _check_group(group, database)
        wanted = given.get("AdditionalMetrics", [])
        for name in wanted:
            _check_statistic(name, given["GroupBy"]["Group"], database)
        keys = database.keys(given["GroupBy"]["Group"])
        if only := given.get("Filter"):
            tokenized = only.get("db.sql_tokenized.id")
            keys = [k for k in keys if k[0].get("db.sql.id", "").startswith(f"{tokenized}-")]
        keys = _limited(keys, given["GroupBy"])
        start, more = int(given.get("NextToken", "0")), given.get("MaxResults", 25)
        partition = given.get("PartitionBy")
        parts = _limited(database.keys(partition["Group"]), partition) if partition else []
        answer: dict[str, Any] = {
            **_aligned(given),
            "PartitionKeys": [{"Dimensions": about} for about, _ in parts],
            "Keys": [
                {
                    "Dimensions": about,
                    "Total": total,
                    "AdditionalMetrics": _counted(database, about, wanted),
                    **({"Partitions": _divided(database, about, parts)} if partition else {}),
                }
                for about, total in keys[start : start + more]
            ],
        }
        if start + more < len(keys):
            answer["NextToken"] = str(start + more)
        return answer

    def get_resource_metrics(self, given: dict[str, Any]) -> dict[str, Any]:
        database = self._of(given)
        series = []
        for query in given["MetricQueries"]:
            _check_metric(query["Metric"], grouped="GroupBy" in query)
            group = query.get("GroupBy")
            _check_group(group, database)
            total = sum(s.sessions for s in database.statements)
            series.append(self._series(given, query["Metric"], None, total))
            for about, value in _limited(database.keys(group["Group"]), group) if group else ():
                series.append(self._series(given, query["Metric"], about, value))
        return {**_aligned(given), "Identifier": given["Identifier"], "MetricList": series}

    def get_dimension_key_details(self, given: dict[str, Any]) -> dict[str, Any]:
        database = self._of(given)
        if given["Group"] != "db.sql":
            raise refused(f"This group is not a known group: {given['Group']}")
        found = [s for s in database.statements if f"{s.id}-1" == given["GroupIdentifier"]]
        if not found:
            raise refused("the key is not known")
        text = found[0].whole or found[0].text
        about = {"Dimension": "db.sql.statement", "Value": text, "Status": "AVAILABLE"}
        return {"Dimensions": [about]}

    def list_dimensions(self, given: dict[str, Any]) -> dict[str, Any]:
        groups = [
            {"Group": group, "Dimensions": [{"Identifier": f"{group}.{d}"} for d in dimensions]}
            for group, dimensions in self._of(given).groups().items()
        ]
        return {"MetricDimensions": [{"Metric": m, "Groups": groups} for m in given["Metrics"]]}

    def list_metrics(self, given: dict[str, Any]) -> dict[str, Any]:
        names = _STATISTICS[self._of(given).engine]
        listed = [
            {"Metric": f"db.sql_tokenized.stats.{name}", "Description": name, "Unit": "Count"}
            for name in names
            if "db.sql_tokenized.stats" in given["MetricTypes"]
        ]
        return {"Metrics": listed}

    def get_resource_metadata(self, given: dict[str, Any]) -> dict[str, Any]:
        self._of(given)
        features = {"SQL_DIGEST_STATISTICS": {"Status": "ENABLED"}}
        return {"Identifier": given["Identifier"], "Features": features}

    def _of(self, given: Mapping[str, Any]) -> Database:
        if given["Identifier"] not in self._databases:
            raise Fault("NotAuthorizedException", "the resource is not one of this account")
        return self._databases[given["Identifier"]]

    def _series(
        self, given: Mapping[str, Any], metric: str, about: dict[str, str] | None, value: float
    ) -> dict[str, Any]:
        """The newest minute is not there yet."""
        start, end = given["StartTime"].timestamp(), given["EndTime"].timestamp()
        period = given.get("PeriodInSeconds", 60)
        last = min(end, self._now() - _LATE_SECONDS)
        times = [start + period * i for i in range(int((last - start) // period))]
        points = [{"Timestamp": datetime.fromtimestamp(t, UTC), "Value": value} for t in times]
        key = {"Metric": metric, **({"Dimensions": about} if about else {})}
        return {"Key": key, "DataPoints": points}


def _check_metric(metric: str, *, grouped: bool) -> None:
    name, _, statistic = metric.rpartition(".")
    if statistic not in ("avg", "min", "max", "sum", "sample_count"):
        raise refused("The specified statistic is not a known statistic")
    if grouped and name not in ("db.load", "db.sampledload"):
        raise refused(f"{name} cannot be grouped")


def _check_group(group: Mapping[str, Any] | None, database: Database) -> None:
    if group is None:
        return
    known = database.groups()
    if group["Group"] not in known:
        raise refused(
            f"This group is not a known group: {group['Group']} is not valid for current resource"
        )
    for dimension in group.get("Dimensions", ()):
        if dimension.removeprefix(f"{group['Group']}.") not in known[group["Group"]]:
            raise refused(f"{dimension} is not a dimension of {group['Group']}")


def _check_statistic(name: str, group: str, database: Database) -> None:
    found = re.fullmatch(r"db\.sql_tokenized\.stats\.(\w+)\.avg", name)
    if group != "db.sql_tokenized" or not found or found[1] not in _STATISTICS[database.engine]:
        raise refused(f"{name} is not a metric of {group}")


def _limited(
    keys: list[tuple[dict[str, str], float]], group: Mapping[str, Any]
) -> list[tuple[dict[str, str], float]]:
    return sorted(keys, key=lambda key: -key[1])[: group.get("Limit", 10)]


def _aligned(given: Mapping[str, Any]) -> dict[str, Any]:
    if given.get("PeriodInSeconds", 60) not in _PERIODS:
        raise refused("PeriodInSeconds is none of 1, 60, 300, 3600, 86400")
    return {"AlignedStartTime": given["StartTime"], "AlignedEndTime": given["EndTime"]}


def _counted(database: Database, about: dict[str, str], wanted: list[str]) -> dict[str, float]:
    found = next((s for s in database.statements if s.id == about.get("db.sql_tokenized.id")), None)
    if found is None:
        return {}
    values = {"calls_per_sec": found.calls_per_second, "count_star_per_sec": found.calls_per_second}
    return {name: values.get(name.split(".")[3], found.rows_per_second) for name in wanted}


def _divided(
    database: Database, about: dict[str, str], parts: list[tuple[dict[str, str], float]]
) -> list[float]:
    waits = next(
        (s.waits for s in database.statements if s.id == about.get("db.sql_tokenized.id")), {}
    )
    names = [(p["db.wait_event.type"], p["db.wait_event.name"]) for p, _ in parts]
    return [waits.get(name, 0.0) for name in names]


def _by_wait(statements: Sequence[Sql]) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], float] = {}
    for statement in statements:
        for wait, sessions in statement.waits.items():
            found[wait] = found.get(wait, 0.0) + sessions
    return found


def _tokenized(statement: Sql) -> dict[str, str]:
    return {
        "db.sql_tokenized.id": statement.id,
        "db.sql_tokenized.db_id": statement.engine_id,
        "db.sql_tokenized.statement": _cut(statement.text),
    }


def _named(group: str, values: Mapping[str, float]) -> list[tuple[dict[str, str], float]]:
    return [({f"{group}.name": n, f"{group}.id": n}, value) for n, value in values.items()]


def _raw(statement: Sql) -> dict[str, str]:
    return {
        "db.sql.id": f"{statement.id}-1",
        "db.sql.statement": _cut(statement.whole or statement.text),
        "db.sql.tokenized_id": statement.id,
    }


def _cut(text: str) -> str:
    return text.encode()[:_TEXT_BYTES].decode("utf-8", "ignore")
