"""Stand-ins for what agent.targets provides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from collectors.session import Server
from collectors.variants import Variants

Row = TypeVar("Row")
Kept = TypeVar("Kept")
Given = Sequence[dict[str, Any]]


class FakeSession:
    """Answers every query with the rows it was given, and remembers the SQL it ran.

    Queries into a type that `by_type` names are answered with its rows instead.
    """

    def __init__(
        self, server: Server, rows: Given = (), by_type: Mapping[type[Any], Given] | None = None
    ) -> None:
        self.server = server
        self.ran: list[str] = []
        self.given = rows
        self.by_type = dict(by_type or {})
        self._kept: dict[type[Any], Any] = {}

    def now(self) -> float:
        return 1e9

    def keep(self, kind: type[Kept]) -> Kept:
        return self._kept.setdefault(kind, kind())  # type: ignore[no-any-return]

    def rows(self, query: Variants, into: type[Row], **_: object) -> tuple[Row, ...]:
        sql = query.pick(self.server.versions)
        assert sql, query.unmet(self.server.versions)
        self.ran.append(sql)
        return tuple(into(**row) for row in self.by_type.get(into, self.given))
