"""From SQL text without literals to a syntax tree, and to a text PostgreSQL can plan.

sqlglot is imported on first use: that takes longer than the rest of the program.
"""

from __future__ import annotations

import logging
import re
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from collectors.sql_lexer import DOLLAR, POSTGRES_OPAQUE, Dialect, uncommented
from collectors.sql_text import kind, normalise

if TYPE_CHECKING:
    from sqlglot import exp

DEEPEST_NESTING: Final = 60
# The compiled parser lets errors of its own code through.
_PARSER_FAULTS: Final = (TypeError, ValueError, LookupError, AttributeError, RecursionError)
_UNIT = r"(?:year|month|day|hour|minute|second)"
_FIELDS = rf"(?: +{_UNIT}(?: +to +{_UNIT})?(?: *\(\d+\))?\b)?"
_TYPED = (
    r"\b(interval|date|timestamp(?:tz)?|time(?:tz)?)(?: *\([\d?]+\))?"
    r"(\s+with(?:out)?\s+time\s+zone)?\s+"
)
_TYPED_MARK = re.compile(rf"{_TYPED}\?{_FIELDS}(?!\w)", re.IGNORECASE)
_EXTRACT_MARK = re.compile(r"\bextract\(\? FROM", re.IGNORECASE)
_MYSQL_TYPED_MARK = re.compile(r"\b(DATE|TIMESTAMP|TIME) \?", re.IGNORECASE)
_MARK_CAST = re.compile(r"\?(?=::)")
_UNPLANNABLE = re.compile(
    rf"(?P<opaque>{POSTGRES_OPAQUE.pattern})|{_TYPED}(?P<constant>\$\d+){_FIELDS}"
    r"|(?P<extract>\bextract\s*\()\s*\$\d+(?=\s+from\b)"
    r"|\bany\s*\(\s*array\s*\[\s*(?P<array>\$\d+)(?:\s*,\s*\$\d+)*\s*\]\s*\)"
    r"|\b[nN](?P<national>\$\d+)|(?P<unicode>\$\d+)\s+uescape\s+(?:'[^']*'|\$\d+)",
    re.IGNORECASE,
)
_PARAMETER = re.compile(rf"(?P<opaque>{POSTGRES_OPAQUE.pattern})|(?<![\w$])\$(?P<number>\d+)")


def parse(text: str, dialect: Dialect = "postgres") -> exp.Expr | None:
    """Return the tree of one SELECT, INSERT, UPDATE, DELETE or MERGE; None for all else.

    Takes raw, normalised and pg_stat_statements texts; the tree has placeholders, no literals.
    """
    line = normalise(text, dialect)
    if not _is_one_whole_statement(line):
        return None
    if dialect == "mysql":
        line = _MYSQL_TYPED_MARK.sub(r"CAST(? AS \1)", line.replace("@?", "@v"))
    else:
        line = _EXTRACT_MARK.sub("extract(epoch FROM", line)
        line = _MARK_CAST.sub(":p", _TYPED_MARK.sub(_cast, line))
    return _tree(line, dialect)


def explainable(text: str) -> str | None:
    """Return a PostgreSQL text that PREPARE and EXPLAIN (GENERIC_PLAN) take, or None.

    pg_stat_statements leaves texts that are no SQL: `interval $1`, `extract($1 from x)`, `N$1`.
    Parameters are numbered anew from $1. None unless it is one whole SELECT or DML statement.
    """
    line = normalise(text)
    if not _is_one_whole_statement(line) or kind(line) == "merge" or DOLLAR.search(text):
        return None
    bare = uncommented(text, "postgres").strip().rstrip("; \n\t\r")
    numbers: dict[str, int] = {}

    def renumbered(found: re.Match[str]) -> str:
        if found["opaque"] is not None:
            return found[0]
        return f"${numbers.setdefault(found['number'], len(numbers) + 1)}"

    return _PARAMETER.sub(renumbered, _UNPLANNABLE.sub(_plannable, bare))


def _is_one_whole_statement(line: str) -> bool:
    if ";" in line or "…" in line or kind(line) == "utility":
        return False
    depths = list(accumulate((c in "([") - (c in ")]") for c in line))
    return depths[-1] == 0 and min(depths) == 0 and max(depths) <= DEEPEST_NESTING


def _plannable(found: re.Match[str]) -> str:
    if found["constant"]:
        return f"{found['constant']}::{_type_name(found)}"
    if found["extract"]:
        return f"{found['extract']}epoch"
    if found["array"]:
        return f"ANY ({found['array']})"  # of text[] otherwise, whatever it is compared with
    return found["opaque"] or found["national"] or found["unicode"]


def _cast(found: re.Match[str]) -> str:
    return f"CAST(? AS {_type_name(found)})"


def _type_name(found: re.Match[str]) -> str:
    with_zone = (found[2] if found.re is _TYPED_MARK else found[3]) or ""
    name = found[1] if found.re is _TYPED_MARK else found[2]
    return f"{name}tz" if with_zone.split()[:1] in (["with"], ["WITH"]) else name


def _tree(line: str, dialect: Dialect) -> exp.Expr | None:
    import sqlglot  # noqa: PLC0415
    from sqlglot import exp  # noqa: PLC0415

    logging.getLogger("sqlglot").setLevel(logging.CRITICAL)
    try:
        tree = sqlglot.parse_one(line, read=dialect)
    except (sqlglot.errors.SqlglotError, *_PARSER_FAULTS):
        return None
    wanted = (exp.Query, exp.Insert, exp.Update, exp.Delete, exp.Merge)
    return tree if isinstance(tree, wanted) else None
