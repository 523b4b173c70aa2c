"""Numbers as people read them, names as SQL takes them, settings as the platform takes them."""

from __future__ import annotations

import re
from typing import Literal

from collectors.session import Server

_PLAIN = re.compile(r"[a-z_][a-z0-9_$]*")
# Reserved in PostgreSQL as of 18: unquoted they are syntax errors as a name.
_RESERVED = frozenset(
    """
    all analyse analyze and any array as asc asymmetric authorization between both case cast check
    collate collation column concurrently constraint create cross current_catalog current_date
    current_role current_schema current_time current_timestamp current_user default deferrable
    desc distinct do else end except false fetch for foreign freeze from full grant group having
    ilike in initially inner intersect into is isnull join lateral leading left like limit
    localtime localtimestamp natural not notnull null offset on only or order outer overlaps
    placing primary references returning right select session_user similar some symmetric
    system_user table tablesample then to trailing true union unique user using variadic verbose
    when where window with
    """.split()  # noqa: SIM905  a hundred quotes more to read
)


def quoted(name: str) -> str:
    """An identifier, in double quotes where SQL needs them."""
    if _PLAIN.fullmatch(name) and name not in _RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


def qualified(schema: str, name: str) -> str:
    """``schema.name``, each part quoted where needed."""
    return f"{quoted(schema)}.{quoted(name)}"


def literal(text: str) -> str:
    """A string constant of SQL."""
    return "'" + text.replace("'", "''") + "'"


def size(count: float) -> str:
    """Bytes for people: 9.3 MB, 128 kB."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(count) < 1024:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TB"


def duration(seconds: float) -> str:
    """Time for people: 0.24 ms, 3.1 s, 4 min 5 s, 2 h 10 min, 12 days."""
    if seconds < 1:
        return f"{seconds * 1e3:.3g} ms"
    if seconds < 59.95:
        return f"{seconds:.3g} s"
    for unit, small, of, until in (("min", "s", 60, 3600), ("h", "min", 3600, 86400 * 2)):
        whole, part = divmod(round(seconds / of * 60), 60)
        if whole * of < until:
            return f"{whole} {unit} {part} {small}" if part else f"{whole} {unit}"
    return f"{seconds / 86400:.0f} days"


def share(ratio: float) -> str:
    """A ratio as per cent: 3.4 %, 97 %."""
    return f"{ratio * 100:.0f} %" if ratio >= 0.1 else f"{ratio * 100:.2g} %"


def set_parameter(
    server: Server, name: str, value: str, *, apply: Literal["reload", "restart"] = "reload"
) -> tuple[str, ...]:
    """The statements or commands that change a server-wide setting on this platform."""
    if server.platform == "self-managed":
        last = "SELECT pg_reload_conf();" if apply == "reload" else "-- then restart the server"
        return (f"ALTER SYSTEM SET {name} = {literal(value)};", last)
    method = "immediate" if apply == "reload" else "pending-reboot"
    group = "db-cluster-parameter-group" if server.platform == "aurora" else "db-parameter-group"
    return (
        f"aws rds modify-{group} --{group}-name YOUR-GROUP --parameters "
        f'"ParameterName={name},ParameterValue={value},ApplyMethod={method}"',
    )


def reset_parameter(server: Server, name: str, value: str) -> str:
    """How to go back to `value`."""
    return " ".join(set_parameter(server, name, value))
