"""How MySQL and MariaDB part with an index: hidden from the planner first, dropped later."""

from __future__ import annotations

from collectors.session import Server
from collectors.snapshots.schema import Index
from rules.base import Remedy
from rules.mysql_wording import PATIENTLY, alter_online, qualified, quoted
from rules.wording import literal, size

_LOCKS = (
    "Reads and writes go on. At its start and end the ALTER takes the metadata lock for "
    "milliseconds: it waits for transactions that use the table, at most the 5 seconds set, and "
    "statements that come later wait behind it. For a MyISAM table leave out ALGORITHM and LOCK."
)
_HINTS = "A statement that names the index in USE INDEX or FORCE INDEX fails with error 1176."


def hide_then_drop(server: Server, index: Index, text: str, risk: str) -> Remedy:
    """Invisible or ignored it is kept up to date, so that it comes back in an instant."""
    words = _hiding(server)
    if words is None or not index.visible:
        return drop(index, text, risk)
    hidden, shown = words
    return Remedy(
        text=f"{text} First make it {hidden}: it comes back at once if something gets slower.",
        statements=(
            PATIENTLY,
            _alter(index, f"ALTER INDEX {quoted(index.index)} {hidden}"),
            f"-- a week later, if nothing got slower: {_drop(index)}",
        ),
        risk=f"{_LOCKS} {_HINTS} {risk}",
        verify=(
            f"At once the planner no longer uses it: SHOW INDEX FROM "
            f"{qualified(index.schema, index.table)} WHERE Key_name = {literal(index.index)}; "
            f"over the week statements on the table keep their mean. After the drop "
            f"{size(index.size_bytes)} are free."
        ),
        rollback=(
            f"{_alter(index, f'ALTER INDEX {quoted(index.index)} {shown}')} "
            f"-- after the drop: {_made_again(index)}"
        ),
    )


def drop(index: Index, text: str, risk: str) -> Remedy:
    """At once: where it can't be hidden, or another index is the same."""
    return Remedy(
        text=f"{text} Keep its definition, which is below.",
        statements=(PATIENTLY, _drop(index)),
        risk=f"{_LOCKS} {_HINTS} {risk}",
        verify=(
            f"At once this gives no row: SHOW INDEX FROM {qualified(index.schema, index.table)} "
            f"WHERE Key_name = {literal(index.index)}; {size(index.size_bytes)} are free, and over "
            "the next day statements on the table keep their mean."
        ),
        rollback=_made_again(index),
    )


def show(server: Server, index: Index) -> str:
    """The statement that gives a hidden index back to the planner."""
    _, shown = _hiding(server) or ("INVISIBLE", "VISIBLE")
    return _alter(index, f"ALTER INDEX {quoted(index.index)} {shown}")


def _hiding(server: Server) -> tuple[str, str] | None:
    """The words for hidden and shown; None where an index can only be dropped."""
    if server.engine == "mysql" and server.at_least(8):
        return "INVISIBLE", "VISIBLE"
    if server.engine == "mariadb" and server.at_least(10, 6):
        return "IGNORED", "NOT IGNORED"
    return None


def _alter(index: Index, change: str) -> str:
    return alter_online(index.schema, index.table, change)


def _drop(index: Index) -> str:
    return _alter(index, f"DROP INDEX {quoted(index.index)}")


def _made_again(index: Index) -> str:
    return f"{index.definition.rstrip(';')} ALGORITHM=INPLACE LOCK=NONE;"
