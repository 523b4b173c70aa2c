"""Load as Performance Insights saw it, in the form of session samples."""

from __future__ import annotations

from collections import Counter, defaultdict

from collectors.rds.load import DatabaseLoad
from collectors.rds.top_sql import TopSql
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.sessions import DigestLoad, LoadMoment, SessionLoad, WaitLoad


def load_of(
    load: Snapshot[DatabaseLoad] | None, top: Activity[TopSql] | None
) -> SessionLoad | None:
    """None without a point: no load and no answer look alike to Performance Insights."""
    total = next((r for r in load.rows if r.dimension == "total"), None) if load else None
    if load is None or total is None or not total.points:
        return None
    waits = sorted((r for r in load.rows if r.dimension == "wait"), key=lambda r: -r.sessions)
    (first, _), (last, _) = total.points[0], total.points[-1]
    return SessionLoad(
        seconds=last - first + 60,
        samples=len(total.points),
        average_active_sessions=total.sessions,
        by_wait=tuple(WaitLoad(r.wait_type, r.name, r.sessions) for r in waits),
        by_digest=_by_digest(top) if top else (),
        timeline=_timeline(waits),
    )


def _by_digest(top: Activity[TopSql]) -> tuple[DigestLoad, ...]:
    seconds = Counter[tuple[str, str]]()
    for row in top.rows:
        seconds[row.digest, row.wait_type] += row.load_seconds  # type: ignore[assignment]
    span = top.seconds or 1.0
    return tuple(DigestLoad(d, "", wait, s / span) for (d, wait), s in seconds.most_common())


def _timeline(waits: list[DatabaseLoad]) -> tuple[LoadMoment, ...]:
    moments: dict[float, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in waits:
        for at, sessions in row.points:
            moments[at][row.wait_type] += sessions
    return tuple(
        LoadMoment(at, tuple(sorted(by.items(), key=lambda each: -each[1])))
        for at, by in sorted(moments.items())
    )
