"""Where a MySQL or MariaDB server is, and how a URL says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args
from urllib.parse import parse_qsl, unquote, urlsplit

from agent.targets.secrets import PasswordSource

if TYPE_CHECKING:
    from agent.targets.mysql import MysqlSession

Tls = Literal["disable", "prefer", "require", "verify-ca", "verify-full"]


@dataclass(frozen=True, slots=True)
class MysqlAddress:
    """How to reach a server; `host` is a path where it is a unix socket."""

    name: str
    engine: Literal["mysql", "mariadb"] = "mysql"
    host: str = "localhost"
    port: int = 3306
    user: str | None = None
    tls: Tls = "prefer"
    tls_ca: str | None = None
    tls_certificate: str | None = None
    tls_key: str | None = None
    password: PasswordSource = field(default_factory=PasswordSource)
    memory_bytes: int | None = None
    cpus: int | None = None

    def in_database(self, database: str) -> MysqlAddress:  # noqa: ARG002  all are seen from all
        return self

    def connect(self, kept: dict[type, Any] | None = None) -> MysqlSession:
        from agent.targets.mysql_connect import connect  # noqa: PLC0415  PyMySQL only where it is used

        return connect(self, {} if kept is None else kept)


def options_of(dsn: str) -> dict[str, Any]:
    """The fields of a MysqlAddress that a URL gives, `password` as text; ValueError says why not.

    ``mysql://user:password@host:3306/?tls=verify-full&tls_ca=/ca.pem`` or
    ``mariadb://user@localhost/?socket=/run/mysqld/mysqld.sock``.
    """
    try:
        url = urlsplit(dsn)
        given: dict[str, Any] = {"host": url.hostname or "localhost", "port": url.port or 3306}
    except ValueError:
        raise ValueError("dsn is not a valid mysql:// or mariadb:// URL") from None
    given["engine"] = url.scheme
    if url.username:
        given["user"] = unquote(url.username)
    if url.password is not None:
        given["password"] = unquote(url.password)
    for name, value in parse_qsl(url.query, keep_blank_values=True):
        if name == "socket":
            given["host"] = value
        elif name in ("tls", "tls_ca", "tls_certificate", "tls_key"):
            given[name] = value
        else:
            raise ValueError(
                f"dsn: there is no option {name}; allowed: socket, tls, tls_ca, tls_certificate, "
                "tls_key"
            )
    _check_tls(given)
    return given


def _check_tls(given: Mapping[str, Any]) -> None:
    tls = given.get("tls", "prefer")
    if tls not in get_args(Tls):
        raise ValueError(f"dsn: tls needs one of {', '.join(get_args(Tls))}")
    unused = [name for name in given if name.startswith("tls_")]
    if unused and tls in ("prefer", "disable"):
        raise ValueError(f"dsn: {unused[0]} needs tls=verify-full, verify-ca or require")
