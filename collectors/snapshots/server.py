"""The server itself."""

from __future__ import annotations

from collectors.fields import gauge, label, row


@row
class ServerStatus:
    """One row, as far as every engine tells."""

    version: str = label()
    uptime_seconds: float = gauge("Since the server was started.")
    is_replica: bool = gauge("It follows another server.")
    max_connections: int = gauge("Limit of all connections.")
    reserved_connections: int = gauge("Of these kept for administrators and reserved roles.")
    client_connections: int = gauge("Clients connected.")
