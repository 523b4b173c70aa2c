"""Load by Performance Insights in a word: who waits for what, of how many."""

from __future__ import annotations

from collectors.rds.load import DatabaseLoad
from collectors.rds.top_sql import TopSql
from collectors.snapshot import Activity, Snapshot
from tests.aws.session import NOW
from tests.make import activity, make, snapshot


def load(
    *waits: tuple[str, float], active: float = 3.0, minutes: int = 15
) -> Snapshot[DatabaseLoad]:
    """Waits as ("Lock:tuple", 1.5), the rest of the active sessions on CPU."""
    rest = active - sum(sessions for _, sessions in waits)
    split = [(*name.partition(":")[::2], sessions) for name, sessions in waits]
    points = tuple((NOW - 60 * i, active) for i in range(minutes))
    whole = DatabaseLoad("total", "", "", active, points)
    parts = [DatabaseLoad("wait", kind, name, found, ()) for kind, name, found in split]
    parts += [DatabaseLoad("wait", "CPU", "", rest, ())] if rest > 0 else []
    return snapshot(whole, *parts, DatabaseLoad("user", "", "shop", active, ()), taken_at=NOW)


def top(*shares: tuple[str, str, float], query: str = "SELECT 1") -> Activity[TopSql]:
    """Statements as ("d1", "Lock:tuple", 120.0): digest, wait and seconds of load."""
    split = [(digest, *wait.partition(":")[::2], seconds) for digest, wait, seconds in shares]
    rows = (
        make(TopSql, digest=d, wait_type=kind, wait_event=name, load_seconds=s, query=query)
        for d, kind, name, s in split
    )
    return activity(*rows, seconds=900.0)
