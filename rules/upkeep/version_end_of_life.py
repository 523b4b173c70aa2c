"""A version that gets no more fixes, or soon will not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

from collectors.rds.engine_lifecycle import Lifecycle
from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.server import ServerStatus
from rules.base import SQL, Confidence, Finding, Remedy, Severity, Subject, rule
from rules.locks.blockers import counted
from rules.upkeep.mysql_lifetimes import mysql_lifetime, mysql_upgrade

# As published on 2026-04-13. Older versions are over; newer ones are not known here.
_COMMUNITY = {
    13: date(2025, 11, 13),
    14: date(2026, 11, 12),
    15: date(2027, 11, 11),
    16: date(2028, 11, 9),
    17: date(2029, 11, 8),
    18: date(2030, 11, 14),
}
# End of RDS standard support; extended support, paid by the vCPU and hour, begins then.
_AMAZON = {
    13: date(2026, 2, 28),
    14: date(2027, 2, 28),
    15: date(2028, 2, 29),
    16: date(2029, 2, 28),
    17: date(2030, 2, 28),
    18: date(2031, 2, 28),
}


@rule(
    title="The version is at the end of its life",
    severity=Severity.HIGH,
    confidence=Confidence.VALIDATED,
    engines=SQL,
    see=(
        "https://www.postgresql.org/support/versioning/",
        "https://www.mysql.com/support/eol-notice.html",
        "https://mariadb.org/about/#maintenance-policy",
    ),
)
def version_end_of_life(
    status: Snapshot[ServerStatus],
    server: Server,
    lifecycles: Snapshot[Lifecycle] | None = None,
    *,
    warning_days: float = 180,
) -> Iterator[Finding]:
    """No more fixes are made for this major version, or that day is near.

    Why it matters
        Bugs that lose data and holes that let people in stay open. On RDS the version moves to
        paid extended support, and later is upgraded without asking.

    What to do
        Plan the upgrade: rehearse it on a copy, check extensions, then pg_upgrade or logical
        replication; on RDS and Aurora a blue/green deployment. For MySQL and MariaDB a replica
        of the new version, then switch over to it.

    When to ignore
        When the server is retired before that day, or a vendor gives you fixes. Where AWS names
        its own dates, extended-support tells it instead.
    """
    if lifecycles is not None and lifecycles.rows:
        return
    name, end = _lifetime(server)
    if end is None:
        return
    today = datetime.fromtimestamp(status.taken_at, UTC).date()
    left = (end - today).days
    if left <= warning_days:
        yield Finding(
            subject=Subject("server", name),
            summary=f"{name} {_when(end, left)}.",
            evidence={
                "version": server.version or name.split()[-1],
                "end_of_life": end.isoformat() if end > date.min else "before 2025",
                "days_left": left if end > date.min else None,
            },
            severity=Severity.HIGH if left < 0 else Severity.MEDIUM,
            remedy=_remedy(server) if server.engine == "postgres" else mysql_upgrade(server),
        )


def _lifetime(server: Server) -> tuple[str, date | None]:
    """What the version is called, and its last day: None if unknown, the first if long ago."""
    if server.engine != "postgres":
        return mysql_lifetime(server)
    major = server.versions["postgres"][0]
    table = _table(server)
    return f"PostgreSQL {major}", table.get(major, date.min if major < min(table) else None)


def _table(server: Server) -> dict[int, date]:
    return _COMMUNITY if server.platform == "self-managed" else _AMAZON


def _when(end: date, left: int) -> str:
    if end == date.min:
        return "has had no fixes for years"
    if left < 0:
        return f"has had no fixes since {end.isoformat()}, {counted(-left, 'day')} ago"
    return f"gets no more fixes after {end.isoformat()}, in {counted(left, 'day')}"


def _remedy(server: Server) -> Remedy:
    newest = max(_table(server))
    managed = (
        f"aws rds create-blue-green-deployment --blue-green-deployment-name to-{newest} "
        f"--source YOUR-ARN --target-engine-version {newest}",
    )
    own = (
        "pg_upgrade --check --old-bindir OLD-BIN --new-bindir NEW-BIN "
        "--old-datadir OLD-DATA --new-datadir NEW-DATA",
    )
    return Remedy(
        text=f"Upgrade to {newest}, the newest version this table knows. Rehearse on a copy, read "
        "the release notes of each major version between, upgrade extensions, run ANALYZE after.",
        statements=own if server.platform == "self-managed" else managed,
        risk="pg_upgrade --link takes minutes without the server; a blue/green switch under a "
        "minute. Plans may change; before 18 statistics start empty.",
        verify="After the switch the means of the top statements are near what they were, and the "
        "version is named by: SELECT version();",
        rollback="Keep the old cluster until the new one has run a week; after --link only a "
        "backup or a replica of the old one goes back.",
    )
