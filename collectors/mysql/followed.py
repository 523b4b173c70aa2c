"""What SHOW REPLICA STATUS and its older forms say of one channel."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MasterStatus:
    """MySQL before 8.0.22 and MariaDB; what only one of them shows is None on the other."""

    connection_name: str | None
    channel_name: str | None
    master_host: str | None
    slave_io_running: str
    slave_sql_running: str
    seconds_behind_master: float | None
    last_io_errno: int
    last_sql_errno: int
    sql_delay: int
    auto_position: int | None
    using_gtid: str | None
    gtid_io_pos: str | None
    gtid_slave_pos: str | None


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """MySQL 8.0.22 and later."""

    channel_name: str
    source_host: str | None
    replica_io_running: str
    replica_sql_running: str
    seconds_behind_source: float | None
    last_io_errno: int
    last_sql_errno: int
    sql_delay: int
    auto_position: int


@dataclass(frozen=True, slots=True)
class Followed:
    """Either of them, under one set of names."""

    channel: str
    source: str
    receiver: str
    applier: str
    lag_seconds: float | None
    receiver_error: int
    applier_error: int
    delay_seconds: int
    uses_gtid: bool
    fetched: str = ""
    applied: str = ""

    @classmethod
    def of_source(cls, shown: SourceStatus) -> Followed:
        return cls(
            channel=shown.channel_name,
            source=shown.source_host or "",
            receiver=shown.replica_io_running,
            applier=shown.replica_sql_running,
            lag_seconds=shown.seconds_behind_source,
            receiver_error=shown.last_io_errno,
            applier_error=shown.last_sql_errno,
            delay_seconds=shown.sql_delay,
            uses_gtid=bool(shown.auto_position),
        )

    @classmethod
    def of_master(cls, shown: MasterStatus) -> Followed:
        return cls(
            channel=shown.connection_name or shown.channel_name or "",
            source=shown.master_host or "",
            receiver=shown.slave_io_running,
            applier=shown.slave_sql_running,
            lag_seconds=shown.seconds_behind_master,
            receiver_error=shown.last_io_errno,
            applier_error=shown.last_sql_errno,
            delay_seconds=shown.sql_delay,
            uses_gtid=bool(shown.auto_position) or shown.using_gtid in ("Slave_Pos", "Current_Pos"),
            fetched=shown.gtid_io_pos or "",
            applied=shown.gtid_slave_pos or "",
        )
