"""How a channel of MySQL or MariaDB is named, and which statements are about it."""

from __future__ import annotations

from collectors.mysql.replication import Channel
from collectors.session import Server


def about(channel: Channel, server: Server) -> str:
    """The subject of findings: the replica, and the channel if it has a name."""
    return f"{server.name}/{channel.channel}" if channel.channel else server.name


def show_status(server: Server) -> str:
    if server.engine == "mariadb":
        return "SHOW ALL REPLICAS STATUS;" if server.at_least(10, 5) else "SHOW ALL SLAVES STATUS;"
    return "SHOW REPLICA STATUS;" if server.at_least(8, 0, 22) else "SHOW SLAVE STATUS;"


def start(channel: Channel, server: Server) -> str:
    """Starts both threads, where the platform lets a user do so."""
    if server.platform != "self-managed":
        return "CALL mysql.rds_start_replication;"
    return f"START {_noun(server)}{_of(channel, server)};"


def stop(channel: Channel, server: Server) -> str:
    if server.platform != "self-managed":
        return "CALL mysql.rds_stop_replication;"
    return f"STOP {_noun(server)}{_of(channel, server)};"


def _noun(server: Server) -> str:
    new = server.engine == "mariadb" or server.at_least(8, 0, 22)
    return "REPLICA" if new else "SLAVE"


def _of(channel: Channel, server: Server) -> str:
    if not channel.channel:
        return ""
    name = channel.channel.replace("'", "''")
    return f" '{name}'" if server.engine == "mariadb" else f" FOR CHANNEL '{name}'"
