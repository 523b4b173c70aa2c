"""How much of the database's time the report could judge, and why not the rest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from agent.answers import Answers
from collectors.postgres.databases import Database
from collectors.snapshot import Activity
from collectors.snapshots.statements import LOST, Statement
from exporters.report import Coverage, Gap


def coverage(answers: Answers, kind: Literal["difference", "since-reset"]) -> Coverage:
    """Time of statements with a name against the time that sessions were active.

    The server counts active time since PostgreSQL 14; without it, or where the two were not
    counted over the same span, named statements are set against all statements. What could not
    be asked at all is in the outcomes.
    """
    ran = answers.activity(Statement, since_reset=kind == "since-reset")
    if ran is None or not ran.rows:
        return Coverage(None, ())
    outer = [s for s in ran.rows if not s.nested]
    whole = sum(s.exec_seconds + (s.plan_seconds or 0) for s in outer)
    named = sum(s.exec_seconds + (s.plan_seconds or 0) for s in outer if s.query)
    active = _active_seconds(answers) if kind == "difference" else None
    whole = max(whole, active or 0.0)
    ratio = named / whole if whole else None
    if ratio is None or ratio >= 1:
        return Coverage(ratio, ())
    why = _why(named, whole, active) + _lost(outer)
    return Coverage(ratio, (Gap(why, round(1 - ratio, 4)),))


def _active_seconds(answers: Answers) -> float | None:
    databases: Activity[Database] | None = answers.activity(Database, since_reset=False)
    if databases is None or any(d.active_seconds is None for d in databases.rows):
        return None
    return sum(d.active_seconds or 0.0 for d in databases.rows)


def _why(named: float, whole: float, active: float | None) -> str:
    said = f"{named:.1f} s of {whole:.1f} s of database time belong to statements with a known text"
    if active is not None and active >= whole:
        return said + "; the rest is statements that are not tracked, evicted or still running"
    return said


def _lost(statements: Iterable[Statement]) -> str:
    """MySQL and MariaDB: what the server counted, but not apart, and what helps."""
    lost = [s for s in statements if s.digest == LOST]
    crowded = sum(s.exec_seconds for s in lost if s.entry == "lost")
    prepared = sum(s.exec_seconds for s in lost if s.entry != "lost")
    said = ""
    if crowded:
        said += f"; {crowded:.1f} s found no room: raise performance_schema_digests_size"
    if prepared:
        said += (
            f"; {prepared:.1f} s are prepared statements: switch on the consumer "
            "events_statements_current"
        )
    return said
