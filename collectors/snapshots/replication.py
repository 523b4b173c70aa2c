"""Who follows whom, and how far behind."""

from __future__ import annotations

from collectors.fields import gauge, label, note, row


@row
class Replica:
    """A standby or logical subscriber connected to this server (pg_stat_replication).

    On a standby there is one row named after its own upstream, with kind "receiver".
    """

    replica: str = label("Name the standby gave, or the slot's name.")
    kind: str = label("physical, logical, or receiver on a standby.")
    state: str = note("streaming, catchup, …")
    sync_state: str = note("async, sync, quorum, potential; empty on a standby.")
    sent_lag_bytes: float | None = gauge("Log written here but not sent.")
    flush_lag_bytes: float | None = gauge("Log sent but not flushed there.")
    replay_lag_bytes: float | None = gauge("Log written here but not replayed there.")
    replay_lag_seconds: float | None = gauge("Delay of replay; 0 when there is nothing to replay.")
