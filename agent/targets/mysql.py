"""MySQL and MariaDB through PyMySQL: read-only, bounded in time, recognisable."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import fields
from functools import cache
from types import NoneType
from typing import TYPE_CHECKING, Any, TypeVar, get_args, get_type_hints

from agent.targets.deadlines import DEADLINES, cut
from agent.targets.mysql_errors import errors
from agent.targets.rows import places
from collectors.mysql import facts
from collectors.mysql.own_statements import OwnStatements
from collectors.session import ConnectionLost, Server, SessionError
from collectors.variants import Variants

if TYPE_CHECKING:
    from pymysql.connections import Connection

Row = TypeVar("Row")
Kept = TypeVar("Kept")

# Shown in the process list; performance_schema drops comments from digests.
MARK = " /* dbtriage */"
_ANSWER_SECONDS = 8.0
_CLOCK_SECONDS = 300.0


class MysqlSession:
    """One connection as collectors see it; made by `connect`, which refuses an unsafe one."""

    def __init__(
        self, connection: Connection[Any], server: Server, kept: dict[type, Any], offset: float
    ) -> None:
        """`offset` is how far the server's clock, in Unix seconds, is ahead of time.monotonic()."""
        self.server = server
        self.spent_seconds = 0.0
        self._connection = connection
        self._kept = kept
        self._own = self.keep(OwnStatements)
        self._offset = offset
        self._clock_read = time.monotonic()

    def now(self) -> float:
        if time.monotonic() - self._clock_read > _CLOCK_SECONDS:
            (found,) = self.rows(facts.CLOCK, facts.Clock)
            self._clock_read = time.monotonic()
            self._offset = found.clock - self._clock_read
        return time.monotonic() + self._offset

    def keep(self, kind: type[Kept]) -> Kept:
        return self._kept.setdefault(kind, kind())  # type: ignore[no-any-return]

    def rows(self, query: Variants, into: type[Row], **params: object) -> tuple[Row, ...]:
        """Of a SHOW statement only the columns that are fields, in lower case."""
        sql = query.pick(self.server.versions)
        if sql is None:
            raise SessionError(query.unmet(self.server.versions))
        self._own.ran(sql)
        started = time.perf_counter()
        try:
            return fetch(self._connection, sql, into, params)
        finally:
            self.spent_seconds += time.perf_counter() - started

    def databases(self) -> Sequence[Any]:
        """None: every schema is seen from every connection."""
        return ()

    def cut(self) -> None:
        """From another thread: a question under way ends as a lost connection."""
        with suppress(ConnectionLost):
            cut(descriptor(self._connection))

    def close(self) -> None:
        with suppress(SessionError), errors():
            if self._connection.open:
                self._connection.close()

    def leave(self) -> None:
        self.close()


def fetch(
    connection: Connection[Any], sql: str, into: type[Row], params: Mapping[str, object]
) -> tuple[Row, ...]:
    """Ask; one `into` for each row."""
    with bounded(connection), connection.cursor() as cursor:
        cursor.execute(sql.rstrip() + MARK, dict(params) or None)
        columns = tuple(c[0] for c in cursor.description or ())
        wanted: Any = into
        shown = sql.lstrip().upper().startswith("SHOW")
        build = _shown(wanted, columns) if shown else _builder(wanted, columns)
        return tuple(build(values) for values in cursor.fetchall())


@contextmanager
def bounded(connection: Connection[Any]) -> Iterator[None]:
    """Errors are ours, and an answer that does not come in time cuts the connection."""
    with errors(), DEADLINES.within(descriptor(connection), _ANSWER_SECONDS):
        yield


def descriptor(connection: Connection[Any]) -> int:
    """Of its socket, for which PyMySQL has no public name."""
    if (sock := getattr(connection, "_sock", None)) is None:
        raise ConnectionLost("the connection was cut")
    return int(sock.fileno())


@cache
def _builder(into: Any, columns: tuple[str, ...]) -> Callable[[Sequence[Any]], Any]:
    """Make a row of a tuple of columns; a column too many or too few is a TypeError."""
    return _typed(into, places(into, columns))


@cache
def _shown(into: Any, columns: tuple[str, ...]) -> Callable[[Sequence[Any]], Any]:
    """SHOW has columns that come and go with versions: one that is missing is None."""
    lower = [c.lower() for c in columns]
    names = [f.name for f in fields(into)]
    if len(names) == len(columns) == 1:
        return _typed(into, [0])
    hints = get_type_hints(into)
    if odd := [n for n in names if n not in lower and NoneType not in get_args(hints[n])]:
        raise TypeError(f"the server shows no {', '.join(odd)}")
    return _typed(into, [lower.index(name) if name in lower else None for name in names])


def _typed(into: Any, at: Iterable[int | None]) -> Callable[[Sequence[Any]], Any]:
    """MySQL has no booleans, and sums of integers are decimals: fields say what is meant."""
    hints = get_type_hints(into)
    casts = [_cast(hints[f.name]) for f in fields(into)]
    parts = ", ".join(
        "None" if i is None else f"c{n}(v[{i}])" if cast else f"v[{i}]"
        for n, (i, cast) in enumerate(zip(at, casts, strict=True))
    )
    names = {f"c{n}": cast for n, cast in enumerate(casts)}
    return eval(f"lambda v: into({parts})", {"into": into, **names})  # type: ignore[no-any-return]  # noqa: S307


def _cast(hint: Any) -> Callable[[Any], Any] | None:
    kinds = set(get_args(hint)) or {hint}
    for kind in (bool, int, float):
        if kind in kinds and not (kind is int and float in kinds):
            return _unless_none(kind) if NoneType in kinds else kind
    return None


def _unless_none(kind: type[Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else kind(value)
