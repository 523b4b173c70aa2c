"""dbtriage's own statements in the server's statistics, which keep no comment that marks them."""

from __future__ import annotations

from collectors.sql_text import digest


class OwnStatements:
    """The digests of what was asked; several threads may share it."""

    def __init__(self) -> None:
        self._digests: dict[str, str] = {}

    def ran(self, sql: str) -> None:
        """Remember one of our few texts."""
        if sql not in self._digests:
            self._digests[sql] = digest(sql, "mysql")

    def holds(self, digest: str) -> bool:
        return digest in self._digests.values()
