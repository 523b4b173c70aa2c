"""Commits no longer wait for a replica although they should."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.status import Status
from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.settings import Setting
from rules.base import MYSQL, Confidence, Finding, Remedy, Severity, Subject, rule
from rules.locks.blockers import counted
from rules.settings.mysql_values import is_on
from rules.settings.values import number
from rules.wording import duration

_ENABLED = ("rpl_semi_sync_source_enabled", "rpl_semi_sync_master_enabled")


@rule(
    title="Semi-synchronous replication has given up",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    engines=MYSQL,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/replication-semisync.html",
        "https://mariadb.com/kb/en/semisynchronous-replication/",
    ),
)
def semi_sync_degraded(
    status: Snapshot[Status], settings: Snapshot[Setting], server: Server
) -> Iterator[Finding]:
    """Semi-synchronous replication is switched on, but no replica acknowledges in time.

    Why it matters
        Commits are confirmed before any replica has them. Whoever relies on it loses
        transactions at a failover.

    What to do
        Bring a semi-synchronous replica back: is it connected, is its plugin on, is its disk or
        the network slow? The server goes back to it by itself once one has caught up.

    When to ignore
        While the only replica restarts. A replica that is only prepared to become the source,
        with no replicas of its own, is left out.
    """
    enabled = next((name for name in _ENABLED if is_on(settings, name)), None)
    for row in status.rows:
        spare = server.is_replica and not row.semi_sync_clients
        if enabled is not None and row.semi_sync_on is False and not spare:
            yield _finding(row, enabled, settings, server)


def _finding(row: Status, enabled: str, settings: Snapshot[Setting], server: Server) -> Finding:
    timeout = number(settings, enabled.replace("enabled", "timeout"))
    waits = f" within {duration(timeout)}" if timeout else ""
    clients = row.semi_sync_clients
    return Finding(
        subject=Subject("server", server.name),
        summary=f"Commits no longer wait for a replica: none acknowledged{waits}, "
        f"{counted(clients or 0, 'semi-synchronous replica')} "
        f"{'is' if clients == 1 else 'are'} connected.",
        evidence={"semi_sync_clients": clients, "timeout_seconds": timeout},
        remedy=Remedy(
            text="Look at each replica that should acknowledge: does it run, is the plugin "
            "enabled there, is it far behind? A replica must reconnect after the plugin is "
            "enabled.",
            statements=("SHOW GLOBAL STATUS LIKE 'Rpl_semi_sync%'; -- here and on the replicas",),
            risk="None for the query, which takes milliseconds. Once it works again each commit "
            "waits for a replica.",
            verify=f"Within 1 min of the repair {_status_name(enabled)} is ON.",
            rollback="None needed: nothing is changed.",
        ),
    )


def _status_name(enabled: str) -> str:
    return enabled.replace("rpl", "Rpl").replace("enabled", "status")
