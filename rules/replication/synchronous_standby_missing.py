"""Commits wait for a synchronous standby that is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.replication import Replica
from collectors.snapshots.sessions import SessionLoad
from collectors.snapshots.settings import Setting
from rules.base import Confidence, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.locks.blockers import counted
from rules.sessions.waiting import waiting
from rules.wording import reset_parameter, set_parameter

_COUNT = re.compile(r"\s*(?:FIRST\s+|ANY\s+)?(\d+)\s*\(", re.IGNORECASE)
_WAITS = ("on", "remote_write", "remote_apply")


@rule(
    title="A synchronous standby is missing",
    severity=Severity.CRITICAL,
    confidence=Confidence.VALIDATED,
    see=("https://www.postgresql.org/docs/current/warm-standby.html#SYNCHRONOUS-REPLICATION",),
)
def synchronous_standby_missing(
    replicas: Snapshot[Replica],
    settings: Snapshot[Setting],
    load: SessionLoad | None,
    server: Server,
) -> Iterator[Finding]:
    """Fewer synchronous standbys are connected than each commit has to wait for.

    Why it matters
        Every commit that writes hangs until a standby confirms it: an outage for writers,
        though the server looks idle (IPC:SyncRep).

    What to do
        Bring the standby back. If that takes longer than the outage may, empty
        synchronous_standby_names: commits go on at once, without the second copy.

    When to ignore
        Never while somebody writes. Name one standby more than are needed (ANY 1 of two), so
        that the loss of one stops nothing.
    """
    values = {row.setting: row.value for row in settings.rows}
    names = values.get("synchronous_standby_names", "").strip()
    waits = values.get("synchronous_commit", "on") in _WAITS
    if not names or not waits or server.is_replica:
        return
    asked = _COUNT.match(names)
    needed = int(asked.group(1)) if asked else 1
    present = sum(r.sync_state in ("sync", "quorum") for r in replicas.rows)
    if present < needed:
        stuck = waiting(load, "IPC", "SyncRep").sessions if load else 0.0
        yield _finding(names, present, needed, stuck, server)


def _finding(names: str, present: int, needed: int, stuck: float, server: Server) -> Finding:
    name = "synchronous_standby_names"
    waiters = f"; {stuck:.2g} sessions hang on average" if stuck else ""
    return Finding(
        subject=Subject("setting", name),
        summary=(
            f"Commits wait for {counted(needed, 'synchronous standby')}, and {present} "
            f"{'is' if present == 1 else 'are'} connected{waiters}."
        ),
        evidence={
            "synchronous_standby_names": names,
            "needed_standbys": needed,
            "present_standbys": present,
            "waiting_sessions": stuck,
        },
        impact=Impact(Gain.SESSIONS, stuck),
        remedy=Remedy(
            text=(
                "Bring a standby of that name back. If it takes too long, empty the setting: "
                "waiting commits finish at once."
            ),
            statements=set_parameter(server, name, ""),
            risk="No lock, no restart. Until it is set again, a crash of this server may lose the "
            "last commits.",
            verify="Within 10 s no session waits for IPC:SyncRep.",
            rollback=reset_parameter(server, name, names),
        ),
    )
