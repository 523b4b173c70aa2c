"""Open a MySQL or MariaDB session that is read-only and bounded in time, or refuse to."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from typing import Any, Literal

import pymysql
from pymysql.connections import Connection

from agent.targets.mysql import MARK, MysqlSession, bounded, fetch
from agent.targets.mysql_address import MysqlAddress
from agent.targets.mysql_open import HOME, opened
from collectors.mysql import facts
from collectors.mysql.own_connections import OwnConnections
from collectors.mysql.own_statements import OwnStatements
from collectors.mysql.setting_values import is_secret
from collectors.session import ConnectionLost, PermissionDenied, Platform, Server, SessionError
from collectors.variants import Variants, Version

_SAFE = facts.Safety(0, 5.0, 1, 1, read_only=True)
_SET_ALL = (
    # PyMySQL believes the greeting, which knows nothing of a server's own default.
    "autocommit = ON",
    "sql_mode = ''",
    "time_zone = '+00:00'",
    "wait_timeout = 600",
    "group_concat_max_len = 67108864",
    "lock_wait_timeout = 1",
    "innodb_lock_wait_timeout = 1",
)
# What log_queries_not_using_indexes would write of us at every round. MySQL 8 and later let only
# some accounts set it.
_UNLOGGED = "SET SESSION min_examined_row_limit = 4294967295"
_READ_ONLY = "SET SESSION TRANSACTION READ ONLY"
_OLDEST: Mapping[str, Version] = {"mysql": (5, 7), "mariadb": (10, 5)}
_PRODUCTS = {"mysql": "MySQL 5.7", "mariadb": "MariaDB 10.5"}
_START_SECONDS = 2.0  # Uptime is in whole seconds: a start that seems to move by less did not.


@dataclass(slots=True)
class _Start:
    """When the server was found to have started, and which one."""

    at: float = 0.0
    instance: str = ""


def connect(address: MysqlAddress, kept: dict[type, Any]) -> MysqlSession:
    """Open a session, prove that its safety settings took, and learn what server it is."""
    connection = opened(address)
    try:
        (found,) = _ask(connection, facts.IDENTITY, facts.Identity)
        offset = found.clock - time.monotonic()
        engine: Literal["mysql", "mariadb"]
        engine = "mariadb" if "mariadb" in found.version.lower() else "mysql"
        version = version_of(found.version)
        _refuse_old(engine, version, found.version)
        _make_safe(connection, {engine: version}, found.connection)
        server = _server(connection, address, found, {engine: version}, kept)
        kept.setdefault(OwnConnections, OwnConnections()).opened(server, found.connection)
        own: OwnStatements = kept.setdefault(OwnStatements, OwnStatements())
        for sql in _said(server.versions):
            own.ran(sql)
    except BaseException:
        with suppress(pymysql.err.Error):
            connection.close()
        raise
    return MysqlSession(connection, server, kept, offset)


def version_of(text: str) -> Version:
    """``5.5.5-10.11.6-MariaDB`` is 10.11.6: the first part misleads old clients on purpose."""
    numbers = re.match(r"(?:5\.5\.5-)?(\d+(?:\.\d+)*)", text)
    return tuple(map(int, numbers[1].split("."))) if numbers else (0,)


def _ask(connection: Connection[Any], query: Variants, into: type[Any]) -> tuple[Any, ...]:
    """Ask before the session is made: only what every version answers."""
    sql = query.pick({"server": (5,)})
    assert sql is not None, "facts are asked before the version is known"  # noqa: S101
    return fetch(connection, sql, into, {})


def _set_all(versions: Mapping[str, Version]) -> str:
    if "mariadb" not in versions:
        return f"SET SESSION {', '.join((*_SET_ALL, 'max_execution_time = 5000'))}"
    # No wait at all, which MySQL has not: it makes a second of it.
    also = ("max_statement_time = 5", "slow_query_log = OFF", "lock_wait_timeout = 0")
    return f"SET SESSION {', '.join((*_SET_ALL, *also))}"


def _said(versions: Mapping[str, Version]) -> Iterator[str]:
    """All that is sent before the first question, by PyMySQL and by us."""
    yield from ("SET NAMES utf8mb4", "SET AUTOCOMMIT = 1")
    yield from (_set_all(versions), _READ_ONLY, _UNLOGGED)
    early = (facts.IDENTITY, facts.VARIABLES, facts.UPTIME, facts.GRANTS)
    asked = (*early, facts.FOLLOWS, facts.SAFETY)
    yield from (sql for query in asked if (sql := query.pick({"server": (5,), **versions})))


def _refuse_old(engine: str, version: Version, said: str) -> None:
    if version < _OLDEST[engine]:
        raise SessionError(f"needs {_PRODUCTS[engine]} or later; found {said}")


def _make_safe(connection: Connection[Any], versions: Mapping[str, Version], id: int) -> None:
    """Bound the session, and prove that it took and that the session is ours alone."""
    with bounded(connection), connection.cursor() as cursor:
        cursor.execute(f"{_set_all(versions)}{MARK}")
        cursor.execute(f"{_READ_ONLY}{MARK}")
    with suppress(PermissionDenied), bounded(connection), connection.cursor() as cursor:
        cursor.execute(f"{_UNLOGGED}{MARK}")
    sql = facts.SAFETY.pick(versions)
    assert sql is not None, "older versions were refused"  # noqa: S101
    (found,) = fetch(connection, sql, facts.Safety, {})
    if found.connection != id:
        raise SessionError(
            "two statements ran in two sessions of the server: a proxy that multiplexes is in "
            "between; needs a direct connection to the server"
        )
    for wanted in fields(facts.Safety)[1:]:
        right, got = getattr(_SAFE, wanted.name), getattr(found, wanted.name)
        if got > right or (wanted.name == "read_only" and not got):
            raise SessionError(
                f"the session's {wanted.name} should be {right} but is {got}: something between "
                "dbtriage and the server drops what is set; needs a direct connection"
            )


def _server(
    connection: Connection[Any],
    address: MysqlAddress,
    found: facts.Identity,
    versions: Mapping[str, Version],
    kept: dict[type, Any],
) -> Server:
    rows = _ask(connection, facts.VARIABLES, facts.Variable)
    settings = {v.variable_name: v.value for v in rows if not is_secret(v.variable_name)}
    instance = settings.get("server_uuid") or found.address
    (uptime,) = _ask(connection, facts.UPTIME, facts.Variable)
    maria = "mariadb" in versions
    return Server(
        name=address.name,
        engine="mariadb" if maria else "mysql",
        versions=versions,
        version=".".join(map(str, next(iter(versions.values())))),
        platform=_platform(settings, found),
        grants=granted(g.line for g in _ask(connection, facts.GRANTS, facts.Granted)),
        settings=settings,
        database=HOME,
        user=found.user,
        is_replica=found.storage_read_only or _follows(connection, versions),
        started_at=_started(kept, found.clock - float(uptime.value), instance),
        system_identifier=settings.get("server_uuid"),
        instance=instance,
        memory_bytes=address.memory_bytes,
        cpus=address.cpus,
    )


def _platform(settings: Mapping[str, str], found: facts.Identity) -> Platform:
    if "aurora_version" in settings:
        return "aurora"
    return "rds" if (found.basedir or "").startswith("/rdsdbbin") else "self-managed"


def _follows(connection: Connection[Any], versions: Mapping[str, Version]) -> bool:
    sql = facts.FOLLOWS.pick(versions)
    assert sql is not None, "older versions were refused"  # noqa: S101
    try:
        return any(each.is_server for each in fetch(connection, sql, facts.Followed, {}))
    except ConnectionLost:
        raise
    except SessionError:
        return False


def _started(kept: dict[type, Any], at: float, instance: str) -> float:
    before: _Start = kept.setdefault(_Start, _Start())
    if before.instance != instance or abs(before.at - at) > _START_SECONDS:
        before.at, before.instance = at, instance
    return before.at


_GRANT = re.compile(r"GRANT (.+?) ON (.+?) TO ", re.IGNORECASE)


def granted(lines: Any) -> frozenset[str]:
    """``PROCESS`` and ``SELECT ON mysql.innodb_index_stats`` out of SHOW GRANTS."""
    found = set()
    for line in lines:
        if match := _GRANT.match(line):
            place = match[2].replace("`", "").replace('"', "").replace("\\_", "_")
            rights = (right.strip().upper() for right in match[1].split(","))
            found |= {r if place == "*.*" else f"{r} ON {place}" for r in rights}
    return frozenset(found)
