"""Average active sessions by Performance Insights: how many, what they wait for, whose they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from shlex import quote

from collectors.rds.instance import Instance
from collectors.rds.load import DatabaseLoad
from collectors.rds.top_sql import TopSql
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.statements import LOST

_SPAN_SECONDS = 900


@dataclass(frozen=True, slots=True)
class TopStatement:
    digest: str
    query: str
    share_ratio: float


def total(load: Snapshot[DatabaseLoad]) -> DatabaseLoad | None:
    """All of it; None where Performance Insights told nothing of the last minutes."""
    return next((row for row in load.rows if row.dimension == "total"), None)


def waits(load: Snapshot[DatabaseLoad], *types: str) -> tuple[DatabaseLoad, ...]:
    """Load of these wait types, or of all but CPU where none is named; the largest first."""
    found = (
        row
        for row in load.rows
        if row.dimension == "wait" and (row.wait_type in types if types else row.wait_type != "CPU")
    )
    return tuple(sorted(found, key=lambda row: (-row.sessions, row.wait_type, row.name)))


def sessions(rows: Sequence[DatabaseLoad]) -> float:
    return sum(row.sessions for row in rows)


def wait_name(row: DatabaseLoad) -> str:
    """As people know it: Lock:transactionid."""
    return f"{row.wait_type}:{row.name}" if row.name else row.wait_type


def top_statement(top: Activity[TopSql] | None, *types: str) -> TopStatement | None:
    """What makes most of the load, or most of that which waits for these types."""
    rows = [r for r in top.rows if not types or r.wait_type in types] if top else []
    seconds: dict[str, float] = defaultdict(float)
    for row in rows:
        seconds[row.digest] += row.load_seconds
    whole = sum(seconds.values())
    known = [digest for digest in seconds if digest and digest != LOST]
    if not known or whole <= 0:
        return None
    digest = max(known, key=lambda d: seconds[d])
    query = next((r.query for r in rows if r.digest == digest), "")
    return TopStatement(digest, query, seconds[digest] / whole)


def show_load(instance: Instance, group: str, partition: str = "db.wait_event") -> str:
    """The command that shows what made the load of the last quarter of an hour."""
    region = f" --region {quote(instance.region)}" if instance.region else ""
    return (
        f"aws pi describe-dimension-keys --service-type RDS "
        f"--identifier {quote(instance.resource_id)}{region} --metric db.load.avg "
        f"--group-by Group={group},Limit=10 --partition-by Group={partition},Limit=5 "
        f"--start-time $(($(date +%s) - {_SPAN_SECONDS})) --end-time $(date +%s)"
    )
