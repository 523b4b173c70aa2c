"""A replica of MySQL or MariaDB falls behind: what it lacks, and what would speed it up."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.replication import Channel
from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.settings import Setting
from rules.base import Finding, Remedy, Severity, Subject
from rules.locks.blockers import counted
from rules.replication.channels import about, show_status, start, stop
from rules.settings.mysql_values import change, undo, variable
from rules.wording import duration

_WORKERS = ("slave_parallel_threads", "replica_parallel_workers", "slave_parallel_workers")
_FEW_WORKERS = 1
_URGENT = 10


def channel_lag(
    channel: Channel, settings: Snapshot[Setting] | None, server: Server, tolerated_seconds: float
) -> Iterator[Finding]:
    """A delay that is set on purpose is no lag; one that does not run is told by another rule."""
    if channel.replay_lag_seconds is None or channel.retrieved_gap == 0:
        return
    late = channel.replay_lag_seconds - channel.delay_seconds
    if late <= tolerated_seconds:
        return
    yield Finding(
        subject=Subject("replica", about(channel, server)),
        severity=Severity.HIGH if late > _URGENT * tolerated_seconds else None,
        summary=f"This replica of {channel.replica} is {duration(late)} behind"
        f"{_beyond(channel)}{_waiting(channel)}.",
        evidence={
            "replay_lag_seconds": channel.replay_lag_seconds,
            "delay_on_purpose_seconds": channel.delay_seconds,
            "oldest_at_work_seconds": channel.worker_lag_seconds,
            "fetched_not_applied_transactions": channel.retrieved_gap,
            "workers": channel.workers,
            "state": channel.state,
        },
        remedy=_remedy(channel, settings, server),
    )


def _beyond(channel: Channel) -> str:
    if not channel.delay_seconds:
        return ""
    return f", beyond the {duration(channel.delay_seconds)} set on purpose"


def _waiting(channel: Channel) -> str:
    if not channel.retrieved_gap:
        return ""
    waits = "waits" if channel.retrieved_gap == 1 else "wait"
    return f"; {counted(channel.retrieved_gap, 'fetched transaction')} {waits} to be applied"


def _by_schema(settings: Snapshot[Setting] | None) -> tuple[Setting, ...]:
    """What lets only changes of different schemas be applied beside each other: MySQL to 8.0.26."""
    kind = variable(settings, "replica_parallel_type", "slave_parallel_type")
    return (kind,) if kind and kind.value.upper() == "DATABASE" else ()


def _remedy(channel: Channel, settings: Snapshot[Setting] | None, server: Server) -> Remedy:
    workers = variable(settings, *_WORKERS)
    causes = (
        "Look on the replica for a large transaction that is being applied, for tables without a "
        "primary key (each row changed there is searched in the whole table), for sessions that "
        "hold locks, and for a busy disk."
    )
    if workers is None or channel.workers is None or channel.workers > _FEW_WORKERS:
        return Remedy(
            text=f"{causes} Write in smaller transactions on the source.",
            statements=(show_status(server),),
            risk="None for the query, which takes milliseconds.",
            verify=_verify(server),
            rollback="None needed: nothing is changed.",
        )
    count = str(min(16, max(4, server.cpus or 4)))
    changes = [(workers, count), *((kind, "LOGICAL_CLOCK") for kind in _by_schema(settings))]
    halt, go_on = _around(channel, server)
    wanted = " and ".join(f"{setting.setting} to {value}" for setting, value in changes)
    return Remedy(
        text=f"One thread applies all changes: set {wanted}. If that does not help: "
        f"{causes[0].lower()}{causes[1:]}",
        statements=(
            halt,
            *(step for setting, value in changes for step in change(server, setting, value)),
            go_on,
        ),
        risk="Replication stops for seconds. Applying in parallel takes more CPU and more of the "
        "disk on the replica."
        + (" Readers may see transactions in another order." if len(changes) > 1 else ""),
        verify=_verify(server),
        rollback="\n".join((halt, *(undo(server, setting) for setting, _ in changes), go_on)),
    )


def _around(channel: Channel, server: Server) -> tuple[str, str]:
    """MariaDB refuses another number of threads while any of its channels runs."""
    if channel.channel and server.engine == "mariadb":
        return "STOP ALL REPLICAS;", "START ALL REPLICAS;"
    return stop(channel, server), start(channel, server)


def _verify(server: Server) -> str:
    return f"Within minutes the seconds behind the source fall, to below 1: {show_status(server)}"
