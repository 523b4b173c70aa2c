"""Open a PostgreSQL session that is read-only and bounded in time, or refuse to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from agent.targets.postgres import MARK, PostgresSession, ask, bounded
from agent.targets.postgres_errors import errors
from agent.targets.secrets import PasswordSource
from agent.targets.text import register_text
from collectors.postgres import facts
from collectors.session import Server, SessionError
from collectors.variants import Version

_SAFETY = facts.Safety("on", "on", "5s", "100ms")
# A pooler in transaction mode loses this, so what follows is never SET on a session of others.
_DIRECT = "-c dbtriage.direct=on -c search_path=pg_catalog"
# An operator in another schema may fit better than the server's own, and would run as our role.
_SAFE = {
    "default_transaction_read_only": "on",
    "statement_timeout": "5s",
    "lock_timeout": "100ms",
    "idle_in_transaction_session_timeout": "10s",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    "search_path": "pg_catalog",
}
_OLDEST = 13_00_00
_CONNECT_SECONDS = 5


@dataclass(frozen=True, slots=True)
class PostgresAddress:
    """How to reach a server. `parameters` are libpq's, without a password."""

    name: str
    parameters: Mapping[str, str]
    password: PasswordSource = field(default_factory=PasswordSource)
    memory_bytes: int | None = None
    cpus: int | None = None

    @classmethod
    def of_dsn(cls, name: str, dsn: str) -> PostgresAddress:
        try:
            parameters = {k: str(v) for k, v in conninfo_to_dict(dsn).items()}
        except psycopg.Error:
            # libpq quotes the whole text, password included.
            raise SessionError(
                "the DSN is not a valid postgresql:// URL or key=value text"
            ) from None
        return cls(name, parameters, PasswordSource(plain=parameters.pop("password", None)))

    def in_database(self, database: str) -> PostgresAddress:
        return replace(self, parameters={**self.parameters, "dbname": database})

    def connect(self, kept: dict[type, Any] | None = None) -> PostgresSession:
        return connect(self, kept)


def connect(address: PostgresAddress, kept: dict[type, Any] | None = None) -> PostgresSession:
    """Open a session, prove that its safety settings took, and learn what server it is."""
    connection = _open(address)
    try:
        register_text(connection)
        _make_safe(connection)
        (found,) = ask(connection, facts.IDENTITY, facts.Identity)
        _refuse_old(found)
        if found.encoding == "SQL_ASCII":
            # A UTF-8 client would make the server refuse every row with an odd byte.
            with bounded(connection):
                connection.execute(f"SET client_encoding = 'SQL_ASCII'{MARK}".encode())
        extensions = ask(connection, facts.EXTENSIONS, facts.InstalledExtension)
        server = _server(connection, address, found, extensions)
    except BaseException:
        connection.close()
        raise
    schemas = {e.name: e.schema for e in extensions}
    return PostgresSession(connection, server, {} if kept is None else kept, found.clock, schemas)


def _open(address: PostgresAddress) -> psycopg.Connection[Any]:
    given: dict[str, Any] = {"connect_timeout": _CONNECT_SECONDS, **address.parameters}
    options = f"{given.pop('options', '')} {_DIRECT}".strip()
    if (password := address.password.read()) is not None:
        given["password"] = password
    fixed: dict[str, Any] = {
        "application_name": "dbtriage",
        "options": options,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
    }
    with errors(password):
        return psycopg.connect(make_conninfo(**given | fixed), autocommit=True)


def _make_safe(connection: psycopg.Connection[Any]) -> None:
    """Bound the session, and prove that it took; a session that others use is not touched."""
    (found,) = ask(connection, facts.SAFETY, facts.Safety)
    if found.direct == _SAFETY.direct:
        with bounded(connection):
            set_all = ", ".join(f"set_config('{n}', '{v}', false)" for n, v in _SAFE.items())
            connection.execute(f"SELECT {set_all}{MARK}".encode())
        (found,) = ask(connection, facts.SAFETY, facts.Safety)
    for wanted in fields(facts.Safety):
        right, got = getattr(_SAFETY, wanted.name), getattr(found, wanted.name)
        if right != got:
            raise SessionError(
                f"the session's {wanted.name} should be {right} but is {got}: something between "
                "dbtriage and the server drops connection options, as a pooler in transaction "
                "mode does; needs a direct connection to the server"
            )


def _refuse_old(found: facts.Identity) -> None:
    if found.version_number < _OLDEST:
        raise SessionError(f"needs PostgreSQL 13 or later; found {found.version}")


def _server(
    connection: psycopg.Connection[Any],
    address: PostgresAddress,
    found: facts.Identity,
    extensions: Sequence[facts.InstalledExtension],
) -> Server:
    versions = {e.name: _version(e.version) for e in extensions}
    versions["postgres"] = divmod(found.version_number, 10_000)
    settings = {s.name: s.value for s in ask(connection, facts.SETTINGS, facts.Valued)}
    return Server(
        name=address.name,
        engine="postgres",
        versions=versions,
        version=found.version,
        platform=found.platform,  # type: ignore[arg-type]  # the query gives nothing else
        grants=frozenset(g.name for g in ask(connection, facts.GRANTS, facts.Named)),
        settings=settings,
        database=found.database,
        user=found.user,
        is_replica=found.is_replica,
        started_at=found.started_at,
        created_at=float(int(found.system_identifier) >> 32),
        system_identifier=found.system_identifier,
        instance=found.instance,
        memory_bytes=address.memory_bytes,
        cpus=address.cpus,
    )


def _version(text: str) -> Version:
    """``1.10`` and ``2.3.1dev`` as integers; a text without a number is version 0."""
    numbers = []
    for part in text.split("."):
        digits = "".join(c for c in part if c.isdigit())
        if not digits:
            break
        numbers.append(int(digits))
    return tuple(numbers) or (0,)
