"""dbtriage's own statements in the server's statistics, which keep no comment that marks them."""

from __future__ import annotations

from collectors.sql_text import digest
from collectors.statement_texts import Text


class OwnStatements:
    """The digests of what was asked; several threads may share it."""

    def __init__(self) -> None:
        self._digests: dict[str, str] = {}

    def ran(self, sql: str) -> None:
        """Remember one of our few texts."""
        if sql not in self._digests:
            self._digests[sql] = digest(sql, "mysql")

    def holds(self, text: Text) -> bool:
        """Whether it is ours, if it was sent from our default schema: others ask alike."""
        return text.digest in self._digests.values()
