"""How many clients may connect."""

from __future__ import annotations

from collectors.mysql.server import MysqlServer
from collectors.snapshots.server import ServerStatus


def allowed_connections(row: ServerStatus) -> int:
    """Without special rights; MySQL's reserved connection comes on top of its limit."""
    if isinstance(row, MysqlServer):
        return row.max_connections
    return row.max_connections - row.reserved_connections
