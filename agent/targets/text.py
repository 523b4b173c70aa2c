"""Text from a server of any encoding; what is not valid becomes U+FFFD, never an error."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.adapt import Buffer, Loader


class LenientText(Loader):
    """pg_stat_activity shows statements of all databases, in each one's own encoding."""

    def load(self, data: Buffer) -> str:
        return bytes(data).decode("utf-8", "replace")


def register_text(connection: psycopg.Connection[Any]) -> None:
    for name in ("text", "varchar", "bpchar", "name"):
        connection.adapters.register_loader(name, LenientText)
