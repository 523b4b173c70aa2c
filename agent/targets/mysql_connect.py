"""Open a MySQL or MariaDB session that is read-only and bounded in time, or refuse to."""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from typing import Any, Literal

import pymysql
from pymysql.connections import Connection
from pymysql.constants import FIELD_TYPE

from agent.targets.mysql import MARK, MysqlSession, bounded, fetch
from agent.targets.mysql_address import MysqlAddress
from agent.targets.mysql_errors import errors, greeting
from collectors.mysql import facts
from collectors.mysql.own_connections import OwnConnections
from collectors.session import PermissionDenied, Platform, Server, SessionError
from collectors.variants import Variants, Version

_SAFE = facts.Safety(0, 5.0, 1, 1, read_only=True)
_CONNECT_SECONDS = 5
# A home that every account may use, and that tells our statements from the application's.
_HOME = "information_schema"
_SET_ALL = (
    # PyMySQL believes the greeting, which knows nothing of a server's own default.
    "autocommit = ON",
    "sql_mode = ''",
    "time_zone = '+00:00'",
    "wait_timeout = 600",
    "lock_wait_timeout = 1",
    "innodb_lock_wait_timeout = 1",
)
# What log_queries_not_using_indexes would write of us at every round. MySQL 8 and later let only
# some accounts set it.
_UNLOGGED = "min_examined_row_limit = 4294967295"
_OLDEST: Mapping[str, Version] = {"mysql": (5, 7), "mariadb": (10, 5)}
_PRODUCTS = {"mysql": "MySQL 5.7", "mariadb": "MariaDB 10.5"}
_SECRET = re.compile(r"passw|secret|_key$|token|credential|init_connect|init_slave|init_replica")
_START_SECONDS = 2.0  # Uptime is in whole seconds: a start that seems to move by less did not.


@dataclass(slots=True)
class _Start:
    """When the server was found to have started, and which one."""

    at: float = 0.0
    instance: str = ""


def connect(address: MysqlAddress, kept: dict[type, Any]) -> MysqlSession:
    """Open a session, prove that its safety settings took, and learn what server it is."""
    connection = _open(address)
    try:
        (found,) = _ask(connection, facts.IDENTITY, facts.Identity)
        engine: Literal["mysql", "mariadb"]
        engine = "mariadb" if "mariadb" in found.version.lower() else "mysql"
        version = version_of(found.version)
        _refuse_old(engine, version, found.version)
        _make_safe(connection, {engine: version}, found.connection)
        server = _server(connection, address, found, {engine: version}, kept)
        kept.setdefault(OwnConnections, OwnConnections()).opened(server, found.connection)
    except BaseException:
        with suppress(pymysql.err.Error):
            connection.close()
        raise
    return MysqlSession(connection, server, kept, found.clock)


def version_of(text: str) -> Version:
    """``5.5.5-10.11.6-MariaDB`` is 10.11.6: the first part misleads old clients on purpose."""
    numbers = re.match(r"(?:5\.5\.5-)?(\d+(?:\.\d+)*)", text)
    return tuple(map(int, numbers[1].split("."))) if numbers else (0,)


def _open(address: MysqlAddress) -> Connection[Any]:
    password = address.password.read()
    socket = address.host.startswith("/")
    place: dict[str, Any] = (
        {"unix_socket": address.host} if socket else {"host": address.host, "port": address.port}
    )
    with errors(password), greeting():
        return Connection(
            **place,
            **_tls(address, socket=socket),
            user=address.user,
            password=password or "",
            database=_HOME,
            charset="utf8mb4",
            use_unicode=False,
            conv=_DECODERS,
            autocommit=True,
            connect_timeout=_CONNECT_SECONDS,
            read_timeout=2 * _CONNECT_SECONDS,
            write_timeout=2 * _CONNECT_SECONDS,
            program_name="dbtriage",
        )


def _tls(address: MysqlAddress, *, socket: bool) -> dict[str, Any]:
    """What PyMySQL takes; on its own it uses TLS where the server offers it, unverified."""
    if socket or address.tls == "disable":
        return {"ssl_disabled": True}
    if address.tls == "prefer":
        return {}
    try:
        context = ssl.create_default_context(cafile=address.tls_ca)
        if address.tls_certificate:
            context.load_cert_chain(address.tls_certificate, address.tls_key)
    except (OSError, ssl.SSLError) as error:
        raise SessionError(f"tls_ca, tls_certificate or tls_key: {error.strerror}") from None
    # Servers make themselves certificates that RFC 5280 would not pass.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    context.check_hostname = address.tls == "verify-full"
    if address.tls == "require":
        context.verify_mode = ssl.CERT_NONE
    return {"ssl": context}


def _ask(connection: Connection[Any], query: Variants, into: type[Any]) -> tuple[Any, ...]:
    """Ask before the session is made: only what every version answers."""
    sql = query.pick({"server": (5,)})
    assert sql is not None, "facts are asked before the version is known"  # noqa: S101
    return fetch(connection, sql, into, {})


def _refuse_old(engine: str, version: Version, said: str) -> None:
    if version < _OLDEST[engine]:
        raise SessionError(f"needs {_PRODUCTS[engine]} or later; found {said}")


def _make_safe(connection: Connection[Any], versions: Mapping[str, Version], id: int) -> None:
    """Bound the session, and prove that it took and that the session is ours alone."""
    maria = "mariadb" in versions
    bound = "max_statement_time = 5" if maria else "max_execution_time = 5000"
    quiet = ("slow_query_log = OFF",) if maria else ()
    # 0 does not wait at all; MySQL makes it 1.
    wait = ("lock_wait_timeout = 0",) if maria else ()
    with bounded(connection), connection.cursor() as cursor:
        every = ", ".join((*_SET_ALL, bound, *quiet, *wait))
        cursor.execute(f"SET SESSION {every}{MARK}")
        cursor.execute(f"SET SESSION TRANSACTION READ ONLY{MARK}")
    with suppress(PermissionDenied), bounded(connection), connection.cursor() as cursor:
        cursor.execute(f"SET SESSION {_UNLOGGED}{MARK}")
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
    settings = {v.variable_name: v.value for v in rows if not _SECRET.search(v.variable_name)}
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
        database=_HOME,
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
        return bool(fetch(connection, sql, _Followed, {}))
    except PermissionDenied:
        return False


@dataclass(frozen=True, slots=True)
class _Followed:
    source_host: str | None
    master_host: str | None


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
            place = match[2].replace("`", "").replace('"', "")
            rights = (right.strip().upper() for right in match[1].split(","))
            found |= {r if place == "*.*" else f"{r} ON {place}" for r in rights}
    return frozenset(found)


def _text(value: bytes) -> str:
    """Statements of all clients come as they were sent; what is not UTF-8 becomes U+FFFD."""
    return value.decode("utf-8", "replace")


_INTEGERS = (
    *(FIELD_TYPE.TINY, FIELD_TYPE.SHORT, FIELD_TYPE.LONG, FIELD_TYPE.LONGLONG, FIELD_TYPE.INT24),
    FIELD_TYPE.YEAR,
)
_FLOATS = (FIELD_TYPE.FLOAT, FIELD_TYPE.DOUBLE, FIELD_TYPE.DECIMAL, FIELD_TYPE.NEWDECIMAL)
_DECODERS: dict[Any, Any] = {
    **pymysql.converters.encoders,
    **dict.fromkeys(range(256), _text),
    **dict.fromkeys(_INTEGERS, int),
    **dict.fromkeys(_FLOATS, float),
}
