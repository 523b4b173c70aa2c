"""PostgreSQL through psycopg: read-only, bounded in time, under our own application name."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields, replace
from functools import cache
from typing import Any, TypeVar, get_origin, get_type_hints

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from agent.targets.deadlines import DEADLINES, cut
from agent.targets.secrets import PasswordSource
from agent.targets.text import register_text
from collectors.postgres import facts
from collectors.session import (
    ConnectionLost,
    PermissionDenied,
    QueryTimeout,
    Server,
    SessionError,
)
from collectors.variants import Variants, Version

Row = TypeVar("Row")
Kept = TypeVar("Kept")

# At the end: PostgreSQL 18 keeps no leading comment in pg_stat_statements.
MARK = " /* dbtriage */"
_SAFETY = facts.Safety("on", "on", "5s", "100ms")
# A pooler in transaction mode loses this, so what follows is never SET on a session of others.
_DIRECT = "-c dbtriage.direct=on"
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
_ANSWER_SECONDS = 8.0
_LEAVE_SECONDS = 0.5
_CLOCK_SECONDS = 300.0
_ANY: Mapping[str, Version] = {"postgres": (9,)}


@dataclass(frozen=True, slots=True)
class Address:
    """How to reach a server. `parameters` are libpq's, without a password."""

    name: str
    parameters: Mapping[str, str]
    password: PasswordSource = field(default_factory=PasswordSource)
    memory_bytes: int | None = None
    cpus: int | None = None

    @classmethod
    def of_dsn(cls, name: str, dsn: str) -> Address:
        try:
            parameters = {k: str(v) for k, v in conninfo_to_dict(dsn).items()}
        except psycopg.Error:
            # libpq quotes the whole text, password included.
            raise SessionError(
                "the DSN is not a valid postgresql:// URL or key=value text"
            ) from None
        return cls(name, parameters, PasswordSource(plain=parameters.pop("password", None)))

    def in_database(self, database: str) -> Address:
        return replace(self, parameters={**self.parameters, "dbname": database})


class PostgresSession:
    """One connection as collectors see it; made by `connect`, which refuses an unsafe one."""

    def __init__(
        self,
        connection: psycopg.Connection[Any],
        server: Server,
        kept: dict[type, Any],
        clock: float,
    ) -> None:
        self.server = server
        self.spent_seconds = 0.0
        self._connection = connection
        self._kept = kept
        self._offset = clock - time.monotonic()
        self._clock_read = time.monotonic()

    def now(self) -> float:
        if time.monotonic() - self._clock_read > _CLOCK_SECONDS:
            (found,) = self.rows(facts.IDENTITY, facts.Identity)
            self._clock_read = time.monotonic()
            self._offset = found.clock - self._clock_read
        return time.monotonic() + self._offset

    def keep(self, kind: type[Kept]) -> Kept:
        if kind not in self._kept:
            self._kept[kind] = kind()
        return self._kept[kind]  # type: ignore[no-any-return]

    def rows(self, query: Variants, into: type[Row], **params: object) -> tuple[Row, ...]:
        sql = query.pick(self.server.versions)
        if sql is None:
            raise SessionError(query.unmet(self.server.versions))
        started = time.perf_counter()
        try:
            return _fetch(self._connection, sql, into, params)
        finally:
            self.spent_seconds += time.perf_counter() - started

    @contextmanager
    def transaction(self) -> Iterator[Callable[[str], Sequence[tuple[Any, ...]]]]:
        """A read-only transaction that is always rolled back; for the planner."""
        started = time.perf_counter()
        with (
            _errors(),
            DEADLINES.within(self._connection.fileno(), _ANSWER_SECONDS),
            self._connection.transaction(force_rollback=True),
            self._connection.cursor() as cur,
        ):

            def run(sql: str) -> Sequence[tuple[Any, ...]]:
                cur.execute((sql + MARK).encode(), prepare=False)
                return cur.fetchall() if cur.description else []

            try:
                yield run
            finally:
                self.spent_seconds += time.perf_counter() - started

    def databases(self) -> tuple[facts.Listed, ...]:
        """Those that accept connections, templates left out."""
        return self.rows(facts.DATABASES, facts.Listed)

    def cut(self) -> None:
        """From another thread: a question under way ends as a lost connection."""
        with suppress(psycopg.OperationalError):
            cut(self._connection.fileno())

    def close(self) -> None:
        self._connection.close()

    def leave(self) -> None:
        """Close, and wait a moment for the server to let go: the next one must not be one more."""
        with (
            suppress(OSError, psycopg.OperationalError),
            socket.socket(fileno=os.dup(self._connection.fileno())) as seen,
        ):
            self._connection.close()
            seen.settimeout(_LEAVE_SECONDS)
            while seen.recv(4096):
                pass
        self._connection.close()


def connect(address: Address, kept: dict[type, Any] | None = None) -> PostgresSession:
    """Open a session, prove that its safety settings took, and learn what server it is."""
    connection = _open(address)
    try:
        register_text(connection)
        _make_safe(connection)
        (found,) = _ask(connection, facts.IDENTITY, facts.Identity)
        _refuse_old(found)
        if found.encoding == "SQL_ASCII":
            # A UTF-8 client would make the server refuse every row with an odd byte.
            with _bounded(connection):
                connection.execute(f"SET client_encoding = 'SQL_ASCII'{MARK}".encode())
        extensions = _ask(connection, facts.EXTENSIONS, facts.InstalledExtension)
        schemas = dict.fromkeys(("pg_catalog", *(e.schema for e in extensions)))
        with _bounded(connection):
            connection.execute(f"SET search_path = {', '.join(schemas)}{MARK}".encode())
        server = _server(connection, address, found, extensions)
    except BaseException:
        connection.close()
        raise
    return PostgresSession(connection, server, {} if kept is None else kept, found.clock)


def _open(address: Address) -> psycopg.Connection[Any]:
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
    with _errors(password):
        return psycopg.connect(make_conninfo(**given | fixed), autocommit=True)


def _make_safe(connection: psycopg.Connection[Any]) -> None:
    """Bound the session, and prove that it took; a session that others use is not touched."""
    (found,) = _ask(connection, facts.SAFETY, facts.Safety)
    if found.direct == _SAFETY.direct:
        with _bounded(connection):
            set_all = ", ".join(f"set_config('{n}', '{v}', false)" for n, v in _SAFE.items())
            connection.execute(f"SELECT {set_all}{MARK}".encode())
        (found,) = _ask(connection, facts.SAFETY, facts.Safety)
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
    address: Address,
    found: facts.Identity,
    extensions: Sequence[facts.InstalledExtension],
) -> Server:
    versions = {e.name: _version(e.version) for e in extensions}
    versions["postgres"] = divmod(found.version_number, 10_000)
    settings = {s.name: s.value for s in _ask(connection, facts.SETTINGS, facts.Valued)}
    return Server(
        name=address.name,
        engine="postgres",
        versions=versions,
        version=found.version,
        platform=found.platform,  # type: ignore[arg-type]  # the query gives nothing else
        grants=frozenset(g.name for g in _ask(connection, facts.GRANTS, facts.Named)),
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


def _ask(connection: psycopg.Connection[Any], query: Variants, into: type[Row]) -> tuple[Row, ...]:
    sql = query.pick(_ANY)
    assert sql is not None, "facts are asked before the version is known"  # noqa: S101
    return _fetch(connection, sql, into, {})


def _fetch(
    connection: psycopg.Connection[Any], sql: str, into: type[Row], params: Mapping[str, object]
) -> tuple[Row, ...]:
    with _bounded(connection):
        cursor = connection.execute((sql.rstrip() + MARK).encode(), params or None)
        wanted: Any = into
        build = _builder(wanted, tuple(c.name for c in cursor.description or ()))
        return tuple(build(values) for values in cursor)


@cache
def _builder(into: Any, columns: tuple[str, ...]) -> Callable[[tuple[Any, ...]], Any]:
    """Make a row of a tuple of columns; a column too many or too few is a TypeError."""
    names = tuple(f.name for f in fields(into))
    if set(names) != set(columns) or len(names) != len(columns):
        odd = sorted(set(names) ^ set(columns))
        raise TypeError(f"columns and fields of {into.__name__} differ: {', '.join(odd)}")
    hints = get_type_hints(into)
    at = [columns.index(name) for name in names]
    arrays = {i for i, name in enumerate(names) if get_origin(hints[name]) is tuple}
    if not arrays and at == sorted(at):
        return lambda values: into(*values)
    return lambda values: into(
        *(tuple(values[c]) if i in arrays else values[c] for i, c in enumerate(at))
    )


@contextmanager
def _bounded(connection: psycopg.Connection[Any]) -> Iterator[None]:
    with _errors(), DEADLINES.within(connection.fileno(), _ANSWER_SECONDS):
        yield


@contextmanager
def _errors(password: str | None = None) -> Iterator[None]:
    """psycopg's errors as ours: the server's own sentence, without statement, DSN or password."""
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        raise PermissionDenied(_said(error)) from None
    except (psycopg.errors.QueryCanceled, psycopg.errors.LockNotAvailable) as error:
        raise QueryTimeout(_said(error)) from None
    except psycopg.errors.ObjectNotInPrerequisiteState as error:
        # "must be loaded via shared_preload_libraries", "recovery is in progress"
        raise SessionError(_said(error)) from None
    except psycopg.OperationalError as error:
        raise ConnectionLost(_plain(str(error), password)) from None
    except psycopg.Error as error:
        raise SessionError(_said(error)) from None


def _said(error: psycopg.Error) -> str:
    return error.diag.message_primary or type(error).__name__


def _plain(text: str, password: str | None) -> str:
    """libpq's connection errors on one line; a pooler's refusal in words that help."""
    text = " ".join(text.split())
    if password:
        text = text.replace(password, "…")
    if "unsupported startup parameter" in text:
        text += ": a pooler such as PgBouncer is in between; needs a direct connection"
    return text
