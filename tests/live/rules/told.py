"""Talk to a server, and read what a report says of it."""

from __future__ import annotations

from collections.abc import Iterable

import psycopg

from exporters.report import TargetReport
from rules.base import Finding
from tests.live.triage import found


def say(dsn: str, *statements: str) -> None:
    """Run these one after the other, and have their statistics counted when it returns.

    Statistics of one call may be counted after a VACUUM or ANALYZE of the same call.
    """
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in (*statements, "SELECT pg_stat_force_next_flush()"):
            connection.execute(statement.encode())


def rows(dsn: str, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn, autocommit=True) as connection:
        return connection.execute(query.encode()).fetchall()


def of(report: TargetReport, rule_id: str, database: str | None = None) -> dict[str, Finding]:
    """What a rule found, by subject; in one database if it is named."""
    findings = (r.finding for r in found(report, rule_id))
    return {f.subject.name: f for f in findings if database in (None, f.subject.database)}


def follow(dsn: str, findings: Iterable[Finding]) -> None:
    """Run the advised statements as they stand."""
    say(dsn, *(s for finding in findings for s in finding.remedy.statements))


def undo(dsn: str, findings: Iterable[Finding]) -> None:
    say(dsn, *(finding.remedy.rollback for finding in findings))
