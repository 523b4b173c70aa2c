"""A replica no longer follows its source."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.replication import Channel
from collectors.session import Server
from collectors.snapshot import Snapshot
from rules.base import MYSQL, Confidence, Finding, Remedy, Severity, Subject, rule
from rules.replication.channels import about, show_status, start, stop

_DIFFERS = (
    "The replica's data differs from its source: somebody wrote to the replica, or it was built "
    "wrongly. Compare the row on both, mend the replica's, or build it anew from a backup; then "
    "make it read-only."
)
_CURES = {
    **dict.fromkeys((1032, 1062, 1050, 1146, 1451, 1452), _DIFFERS),
    **dict.fromkeys(
        (1236, 13114, 13117, 13121),
        "Most often the source no longer has the log that this replica needs: build the replica "
        "anew from a backup or a clone, and let the source keep its log for longer than replicas "
        "may be down.",
    ),
    **dict.fromkeys(
        (2002, 2003, 2005, 2013, 2026),
        "The source can't be reached: is it up, does its name resolve, may this host connect to "
        "it? The replica tries again by itself.",
    ),
    **dict.fromkeys(
        (1045, 1130, 1227, 2061),
        "The source refuses the replication account: check its password, its host and its "
        "privilege REPLICATION SLAVE there.",
    ),
    **dict.fromkeys(
        (1594, 1595, 13112, 13113),
        "The log that was fetched is damaged: reset the replica's relay logs and fetch them again.",
    ),
    **dict.fromkeys(
        (1205, 1213, 3572),
        "It gave up waiting for a lock: look for long transactions on the replica, then start it.",
    ),
}
_UNKNOWN = (
    "Read the whole error on the replica: performance_schema.replication_applier_status_by_worker "
    "or its error log name the table. Mend the cause, then start it."
)


@rule(
    title="Replication has stopped",
    severity=Severity.CRITICAL,
    confidence=Confidence.VALIDATED,
    engines=MYSQL,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/replication-problems.html",
        "https://mariadb.com/kb/en/show-replica-status/",
    ),
)
def replication_broken(channels: Snapshot[Channel], server: Server) -> Iterator[Finding]:
    """A thread of a replication channel does not run: stopped by an error, or by somebody.

    Why it matters
        Readers of the replica see the past, and it gets older each minute. There is no standby
        to fail over to, and once the source removes its log the replica must be built anew.

    What to do
        Mend what the error says, then start the replica. Do not skip the error: the
        transaction that failed would be missing for good, and later ones fail for lack of it.

    When to ignore
        While somebody works on the replica, and has stopped it for that.
    """
    for channel in channels.rows:
        if channel.state in ("broken", "stopped"):
            yield _broken(channel, server) if channel.error_number else _stopped(channel, server)


def _broken(channel: Channel, server: Server) -> Finding:
    what = channel.error or f"error {channel.error_number}"
    severity = Severity.CRITICAL if not channel.applier_running else Severity.HIGH
    return Finding(
        subject=Subject("replica", about(channel, server)),
        severity=severity,
        summary=f"Replication from {channel.replica} has stopped: {what}.",
        evidence=_evidence(channel),
        remedy=Remedy(
            text=_CURES.get(channel.error_number, _UNKNOWN)
            + ("" if channel.applier_running else " Never skip the transaction."),
            statements=(show_status(server), f"{start(channel, server)} -- once it is mended"),
            risk="To start it is safe: it stops again at the same place if the cause is still "
            "there. It lags for minutes to hours until it has caught up.",
            verify="Within 1 min both threads run, and the lag falls: " + show_status(server),
            rollback=stop(channel, server),
        ),
    )


def _stopped(channel: Channel, server: Server) -> Finding:
    what = (
        "the thread that applies changes"
        if channel.receiver_running
        else "the thread that fetches changes"
        if channel.applier_running
        else "replication"
    )
    return Finding(
        subject=Subject("replica", about(channel, server)),
        severity=Severity.HIGH,
        summary=f"Replication from {channel.replica} does not run: {what} was stopped, without "
        "an error.",
        evidence=_evidence(channel),
        remedy=Remedy(
            text="Ask who stopped it and why; if nobody needs it stopped, start it again.",
            statements=(start(channel, server),),
            risk="No lock. It lags for minutes to hours until it has caught up.",
            verify="Within 1 min both threads run: " + show_status(server),
            rollback=stop(channel, server),
        ),
    )


def _evidence(channel: Channel) -> dict[str, float | int | str | bool | None]:
    return {
        "source": channel.replica,
        "channel": channel.channel or None,
        "receiver_running": channel.receiver_running,
        "applier_running": channel.applier_running,
        "error_number": channel.error_number,
        "error": channel.error,
        "uses_gtid": channel.uses_gtid,
        "fetched_not_applied_transactions": channel.retrieved_gap,
    }
