"""MySQL and MariaDB servers in a word."""

from __future__ import annotations

from typing import Any

from collectors.session import Server

_INSTRUMENTED = {"performance_schema": "ON"}


def mysql(*version: int, settings: dict[str, str] | None = None, **given: Any) -> Server:
    """A self-managed MySQL 8.4, with performance_schema on unless told otherwise."""
    about = {"user": "dbtriage@%", **given}
    found = _INSTRUMENTED | (settings or {})
    return Server("db", "mysql", {"mysql": version or (8, 4, 3)}, settings=found, **about)


def mariadb(*version: int, settings: dict[str, str] | None = None, **given: Any) -> Server:
    """A self-managed MariaDB 11.8; performance_schema is off, as it comes."""
    about = {"user": "dbtriage@%", **given}
    found = {"performance_schema": "OFF"} | (settings or {})
    return Server("db", "mariadb", {"mariadb": version or (11, 8, 9)}, settings=found, **about)
