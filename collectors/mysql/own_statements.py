"""dbtriage's own statements in the server's statistics, which keep no comment that marks them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from collectors.mysql import facts
from collectors.sql_text import digest
from collectors.statement_texts import Text
from collectors.variants import Version

# What makes a session ours, before anything is asked of it.
_OPENING: Final = (
    "SET NAMES utf8mb4",
    "SET AUTOCOMMIT = 1",
    "SET SESSION min_examined_row_limit = 0",
    "SET SESSION TRANSACTION READ ONLY",
)
_SETS: Final = " sql_mode = ?, time_zone = ?, wait_timeout = ?, lock_wait_timeout = ?, "
_FACTS: Final = (
    facts.IDENTITY,
    facts.VARIABLES,
    facts.UPTIME,
    facts.GRANTS,
    facts.FOLLOWS,
    facts.SAFETY,
)
_PRODUCTS: Final[tuple[dict[str, Version], ...]] = (
    {"server": (5,)},
    {"mysql": (5, 7)},
    {"mysql": (8,)},
    {"mysql": (8, 0, 22)},
    {"mariadb": (10, 5)},
)


class OwnStatements:
    """The digests of what was asked; several threads may share it."""

    def __init__(self) -> None:
        self._digests: dict[str, str] = {}
        for sql in (*_OPENING, *_first_questions()):
            self.ran(sql)

    def ran(self, sql: str) -> None:
        """Remember one of our few texts."""
        if sql not in self._digests:
            self._digests[sql] = digest(sql, "mysql")

    def holds(self, text: Text) -> bool:
        """Whether it is ours, if it was sent from our default schema: others ask alike."""
        return _SETS in text.query or text.digest in self._digests.values()


def _first_questions() -> Iterator[str]:
    for versions in _PRODUCTS:
        yield from (sql for query in _FACTS if (sql := query.pick(versions)))
