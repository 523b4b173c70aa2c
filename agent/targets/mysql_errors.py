"""PyMySQL's errors as the session's, in words that help and hold no secret."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager

import pymysql

from collectors.session import ConnectionLost, PermissionDenied, QueryTimeout, SessionError

_DENIED = {1044, 1142, 1143, 1227, 1370, 1873}
# Statement time (MySQL, MariaDB), lock wait, interrupted, NOWAIT.
_TIMED_OUT = {3024, 1969, 1205, 1317, 3572}
# Not reachable, no room, not let in (without TLS, too), no such database, killed, shut down, idle
# for too long.
_LOST = {
    *(2002, 2003, 2005, 2006, 2012, 2013, 2026, 2027, 2055, 2061),
    *(1040, 1043, 1045, 1049, 1053, 1077, 1079, 1129, 1130, 1152, 1153, 1158, 1159, 1160, 1161),
    *(1184, 1203, 1226, 1251, 1524, 1698, 1820, 1862, 1927, 3032, 3118, 3159, 3169, 3955, 4031),
    4151,
}
# A name of ours that is not there; what a read-only server or transaction forbids.
_HARMLESS = {1054, 1109, 1146, 1193, 1290, 1792, 1836}
# What PyMySQL lets through where the other side does not speak the protocol.
_GARBLED = (AssertionError, IndexError, struct.error, UnicodeDecodeError, ValueError)


@contextmanager
def errors(password: str | None = None) -> Iterator[None]:
    """PyMySQL's errors as ours: the server's own sentence, without statement or password."""
    try:
        yield
    except pymysql.err.InterfaceError:
        raise ConnectionLost("the connection was cut") from None
    except pymysql.err.Error as error:
        raise _kind(_code(error))(_said(error, password)) from None
    except OSError as error:
        raise ConnectionLost(f"the connection was lost: {error.strerror or error}") from None
    except RuntimeError as error:
        raise SessionError(_plain(str(error), password)) from None


@contextmanager
def greeting() -> Iterator[None]:
    """While the other side has yet to prove that it is a MySQL server."""
    try:
        yield
    except _GARBLED:
        raise ConnectionLost("what answers there does not speak the MySQL protocol") from None


def _code(error: pymysql.err.Error) -> int:
    first = error.args[0] if error.args else 0
    return first if isinstance(first, int) else 0


def _kind(code: int) -> type[SessionError]:
    if code in _DENIED:
        return PermissionDenied
    if code in _TIMED_OUT:
        return QueryTimeout
    return ConnectionLost if code in _LOST else SessionError


def _said(error: pymysql.err.Error, password: str | None) -> str:
    """The server's sentence where it can quote nobody."""
    code = _code(error)
    if code not in _DENIED | _TIMED_OUT | _LOST | _HARMLESS:
        # 3854 quotes the statement of whoever runs one that is not valid UTF-8, others a value.
        return f"the server answered with error {code}"
    return _plain(str(error.args[1] if len(error.args) > 1 else type(error).__name__), password)


def _plain(text: str, password: str | None) -> str:
    text = " ".join(text.split())
    return text.replace(password, "…") if password else text
