"""A collector: one question, how often to ask it, and what it needs to be answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any, Generic, Protocol, TypeVar, get_args, get_type_hints

from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.variants import Variants

Asked = TypeVar("Asked", contravariant=True)
Row = TypeVar("Row", covariant=True)


class Need(Protocol):
    def unmet(self, server: Server) -> str | None:
        """Say why the server does not meet this need and what to run; None if it does."""


@dataclass(frozen=True, slots=True)
class Runs:
    """Some variant of the query runs on this server."""

    query: Variants
    remedy: str = ""

    def unmet(self, server: Server) -> str | None:
        why = self.query.unmet(server.versions)
        return f"{why}; {self.remedy}" if why and self.remedy else why


class Right:
    """A need that a GRANT meets."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Grant(Right):
    """The role is a member of this one (superusers are members of all)."""

    name: str

    def unmet(self, server: Server) -> str | None:
        if self.name in server.grants:
            return None
        return (
            f"needs membership of {self.name}; role {server.user} has none; "
            f'run GRANT {self.name} TO "{server.user}"'
        )


@dataclass(frozen=True, slots=True)
class Setting:
    name: str
    value: str

    def unmet(self, server: Server) -> str | None:
        found = server.settings.get(self.name)
        if found == self.value:
            return None
        return (
            f"needs {self.name} = {self.value}; found {found}; "
            f"run ALTER SYSTEM SET {self.name} = '{self.value}'; SELECT pg_reload_conf()"
        )


@dataclass(frozen=True)
class Collector(Generic[Asked, Row]):
    """`per_database`: the catalog it reads is one database's, so it is asked in each in turn."""

    ask: Callable[[Asked], Snapshot[Row]]
    every: timedelta
    needs: tuple[Need, ...]
    per_database: bool = False

    def __call__(self, session: Asked) -> Snapshot[Row]:
        return self.ask(session)

    @property
    def id(self) -> str:
        """Where it lives is what it is called: ``postgres.lock_waits``."""
        return self.ask.__module__.removeprefix("collectors.")

    @property
    def engine(self) -> str:
        """The folder it lives in, which is the kind of session it is given."""
        return self.id.partition(".")[0]

    @cached_property
    def row(self) -> type[Any]:
        """The type of its rows, read from what it says it returns."""
        (row,) = get_args(get_type_hints(self.ask)["return"])
        return row  # type: ignore[no-any-return]

    def unmet(self, server: Server) -> list[str]:
        return [why for need in self.needs if (why := need.unmet(server))]


def collector(
    *needs: Need, every: timedelta, per_database: bool = False
) -> Callable[[Callable[[Asked], Snapshot[Row]]], Collector[Asked, Row]]:
    return lambda ask: Collector(ask, every, needs, per_database)
