"""A connection to MySQL or MariaDB, before anything is asked of it."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any

import pymysql
from pymysql.connections import Connection
from pymysql.constants import FIELD_TYPE

from agent.targets.mysql_address import MysqlAddress
from agent.targets.mysql_errors import errors, greeting
from collectors.session import SessionError

# A home that every account may use, and that tells our statements from the application's.
HOME = "information_schema"
_CONNECT_SECONDS = 5


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


class _InClear:
    """Whoever answers may ask for the password as it is: only a verified server gets it."""

    def __init__(self, connection: Connection[Any]) -> None: ...

    def authenticate(self, _: object) -> None:
        words = "the server asks for the password in clear text; needs tls verify-ca or verify-full"
        raise pymysql.err.OperationalError(_NOT_LET_IN, words)


_VERIFIED = ("verify-ca", "verify-full")
_REFUSED: dict[str, Callable[[Connection[Any]], Any]] = {
    "mysql_clear_password": _InClear,
    "dialog": _InClear,
}
_NOT_LET_IN = 1045


def opened(address: MysqlAddress) -> Connection[Any]:
    """Let in, with text that decodes whatever it holds; SessionError says why not."""
    password = address.password.read()
    socket = address.host.startswith("/")
    place: dict[str, Any] = (
        {"unix_socket": address.host} if socket else {"host": address.host, "port": address.port}
    )
    with errors(password), greeting():
        return Connection(
            **place,
            **_tls(address, socket=socket),
            auth_plugin_map={} if address.tls in _VERIFIED else _REFUSED,
            user=address.user,
            password=password or "",
            database=HOME,
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
