"""The server itself: uptime, role, connection limits."""

from __future__ import annotations

from collectors.fields import gauge, row
from collectors.snapshots.server import ServerStatus


@row(noun="server_status")
class MysqlServer(ServerStatus):
    """One row."""

    read_only: bool = gauge("read_only: accounts without special rights may not write.")
    super_read_only: bool | None = gauge("super_read_only: nobody may; None on MariaDB.")
    replicas_connected: int | None = gauge("Replicas that read its binary log.")
