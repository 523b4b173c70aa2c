"""How a channel of MySQL or MariaDB is named, and which statements are about it."""

from __future__ import annotations

from collectors.mysql.replication import Channel
from collectors.session import Server
from rules.wording import literal


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
        return _call("start", channel)
    return f"START {_noun(server)}{_of(channel, server)};"


def stop(channel: Channel, server: Server) -> str:
    if server.platform != "self-managed":
        return _call("stop", channel)
    return f"STOP {_noun(server)}{_of(channel, server)};"


def _call(what: str, channel: Channel) -> str:
    """What Amazon has in place of the statement; MariaDB's named channels it does not serve."""
    if not channel.channel:
        return f"CALL mysql.rds_{what}_replication;"
    return f"CALL mysql.rds_{what}_replication_for_channel({literal(channel.channel)});"


def _noun(server: Server) -> str:
    new = server.engine == "mariadb" or server.at_least(8, 0, 22)
    return "REPLICA" if new else "SLAVE"


def _of(channel: Channel, server: Server) -> str:
    if not channel.channel:
        return ""
    name = literal(channel.channel)
    return f" {name}" if server.engine == "mariadb" else f" FOR CHANNEL {name}"
