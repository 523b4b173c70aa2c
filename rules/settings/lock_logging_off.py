"""Lock waits that leave no trace in the log."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.locks import LockWait
from collectors.snapshots.settings import Setting
from rules.base import Confidence, Finding, Remedy, Severity, Subject, rule
from rules.settings.values import number, switched_off
from rules.wording import duration, reset_parameter, set_parameter


@rule(
    title="Lock waits are not logged",
    severity=Severity.INFO,
    confidence=Confidence.VALIDATED,
    see=("https://www.postgresql.org/docs/current/runtime-config-logging.html",),
)
def lock_logging_off(
    settings: Snapshot[Setting],
    locks: Snapshot[LockWait],
    server: Server,
) -> Iterator[Finding]:
    """A session waits for a lock long enough to be logged, and log_lock_waits is off.

    Why it matters
        When the wait is over, nothing tells who blocked whom.

    What to do
        Switch log_lock_waits on: waits over deadlock_timeout (1 s by default) are logged with
        the statement and the sessions that hold the lock.

    When to ignore
        Where logs are so large that a line a wait hurts. Short waits, however many, would not
        be logged and do not count.
    """
    logged_after = number(settings, "deadlock_timeout") or 1.0
    longest = max((w.waited_seconds for w in locks.rows), default=0.0)
    if switched_off(settings, "log_lock_waits") and longest >= logged_after:
        yield Finding(
            subject=Subject("setting", "log_lock_waits"),
            summary=f"log_lock_waits is off: a session waits for a lock for {duration(longest)}, "
            "and the log will not tell.",
            evidence={
                "longest_wait_seconds": longest,
                "deadlock_timeout_seconds": logged_after,
            },
            remedy=Remedy(
                text="Switch log_lock_waits on: the log then names each long wait and who caused "
                "it.",
                statements=set_parameter(server, "log_lock_waits", "on"),
                risk="No lock, no restart. One line a wait longer than deadlock_timeout; the line "
                "holds the statement.",
                verify=f"The next wait over {duration(logged_after)} leaves 'still waiting for' "
                "in the log.",
                rollback=reset_parameter(server, "log_lock_waits", "off"),
            ),
        )
