"""What this server replicates from others, a row for each channel."""

from __future__ import annotations

from collectors.fields import gauge, label, note, row
from collectors.snapshots.replication import Replica


@row(noun="replica", unknown=("sent_lag_bytes", "flush_lag_bytes", "replay_lag_bytes"))
class Channel(Replica):
    """A replication channel of a replica: `replica` is its source's host, `kind` "receiver".

    `state` is "streaming", "stopped" or "broken"; `replay_lag_seconds` is None while it does not
    run.
    """

    channel: str = label("Empty for the default channel.")
    receiver_running: bool = gauge("The thread that fetches the source's log runs.")
    applier_running: bool = gauge("The thread that applies it runs.")
    error_number: int = note("Last error of either thread; 0 without.")
    error: str = note("Its kind, without the statement or row it quotes.")
    uses_gtid: bool = note()
    worker_lag_seconds: float | None = gauge("Delay of the slowest applier worker; MySQL 8.")
    workers: int | None = gauge("Applier workers.")
    delay_seconds: int = gauge("Delay that is set on purpose.")
    retrieved_gap: int | None = gauge("Transactions fetched but not applied; None if unknown.")
    skips_errors: str = note("Errors it is told to skip; empty if none.")
