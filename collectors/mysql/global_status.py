"""SHOW GLOBAL STATUS and InnoDB's metrics, by name, and rows made of them.

SHOW answers without any privilege and with performance_schema off, and of a hundred names at less
cost than any table.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from functools import cache
from types import NoneType
from typing import Any, TypeVar, get_args, get_type_hints

from collectors.mysql.facts import Variable
from collectors.mysql.needs import Privilege
from collectors.session import SqlSession
from collectors.variants import Variants

Row = TypeVar("Row")

PROCESS = Privilege("PROCESS", "PROCESS")

# A metric that is switched off stands at 0, which is not what it counts.
_METRICS = """
    SELECT NAME AS variable_name,
           CAST(COUNT AS CHAR) AS value
      FROM information_schema.INNODB_METRICS
     WHERE {enabled}
       AND NAME IN (
           'lock_deadlocks', 'lock_timeouts', 'log_lsn_checkpoint_age', 'log_max_modified_age_sync',
           'trx_active_transactions', 'trx_rseg_history_len'
       )
"""
METRICS = Variants(
    {
        "mysql >= 5.7": _METRICS.format(enabled="STATUS = 'enabled'"),
        "mariadb >= 10.5": _METRICS.format(enabled="ENABLED = 1"),
    }
)


@dataclass(frozen=True, slots=True)
class Shown:
    """Values by lower-case name; what this version does not have is not in it."""

    values: Mapping[str, str]

    def number(self, *names: str) -> int | None:
        """Of the first name there is."""
        found = self.text(*names)
        return None if found is None else int(float(found)) if "." in found else int(found)

    def text(self, *names: str) -> str | None:
        found = (self.values.get(name.lower()) for name in names)
        return next((value for value in found if value is not None), None)


def shows(names: Collection[str]) -> Variants:
    """The question for these status variables."""
    wanted = ", ".join(f"'{name}'" for name in names)
    sql = f"SHOW GLOBAL STATUS WHERE Variable_name IN ({wanted})"
    return Variants({"mysql >= 5.7": sql, "mariadb >= 10.5": sql})


def every(sources: Mapping[str, str]) -> tuple[str, ...]:
    """The names in a mapping of fields to ``Name`` or ``Newer_name|Older_name``."""
    return tuple(name for source in sources.values() for name in source.split("|"))


def metrics(db: SqlSession) -> tuple[Variable, ...]:
    """Those of METRICS that are switched on; none without the privilege."""
    return () if PROCESS.unmet(db.server) else db.rows(METRICS, Variable)


def shown(*variables: Variable) -> Shown:
    return Shown({v.variable_name.lower(): v.value for v in variables})


def made(row: type[Row], sources: Mapping[str, str], found: Shown, **known: object) -> Row:
    """A row of what was shown and what is `known`; a field that nobody tells is None, or 0."""
    whose: Any = row
    values = {
        name: known[name] if name in known else cast(found, sources.get(name, "").split("|"))
        for name, cast in _casts(whose)
    }
    return row(**values)


@cache
def _casts(row: Any) -> tuple[tuple[str, Any], ...]:
    hints = get_type_hints(row)
    return tuple((f.name, _cast(hints[f.name])) for f in fields(row))


def _cast(hint: Any) -> Any:
    absent = None if NoneType in get_args(hint) else 0
    on = bool in (hint, *get_args(hint))

    def cast(found: Shown, names: list[str]) -> object:
        if on:
            text = found.text(*names)
            return absent if text is None else text.upper() in ("ON", "YES", "1")
        number = found.number(*names)
        return absent if number is None else number

    return cast
