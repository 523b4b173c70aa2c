"""What PostgreSQL is sent to plan a normalised statement without running it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase
from typing import TYPE_CHECKING

from collectors.postgres.relations import USER_SCHEMA
from collectors.sql_lexer import POSTGRES_OPAQUE
from collectors.sql_parse import explainable, parse

if TYPE_CHECKING:
    from sqlglot import exp

EXPLAIN_GENERIC = "EXPLAIN (GENERIC_PLAN, FORMAT JSON) {text}"  # postgres >= 16
PREPARE = "PREPARE dbtriage_plan AS {text}"
PARAMETERS = """
    SELECT pg_catalog.cardinality(parameter_types)
      FROM pg_catalog.pg_prepared_statements
     WHERE name = 'dbtriage_plan'
"""
EXPLAIN_PREPARED = "EXPLAIN (FORMAT JSON) EXECUTE dbtriage_plan{arguments}"
DEALLOCATE = "DEALLOCATE dbtriage_plan"
SUPPOSE = """
    SELECT indexrelid::int8
      FROM @extschema:hypopg@.hypopg_create_index({definition}::text)
"""
FORGET = "SELECT @extschema:hypopg@.hypopg_reset()"

# Planning folds calls, expands views and policies and reads the expressions of indexes, constraints
# and defaults: what users wrote is not for our role to run. An operator, a cast or a type can stand
# behind any expression, so one of them in a user's language makes every name unsafe.
# A function of one row can be written as its column, and a function in SQL be planned as its body.
_NAMES = """
    WITH RECURSIVE written AS MATERIALIZED (
        SELECT p.oid,
               p.proname,
               p.proargtypes[0] AS first_type
          FROM pg_proc p
          JOIN pg_language l ON l.oid = p.prolang
         WHERE p.oid >= 16384
           AND l.lanname NOT IN ('internal', 'c')
    ), dependent AS MATERIALIZED (
        SELECT d.classid::regclass AS class,
               d.objid AS oid
          FROM pg_depend d
          JOIN written w ON w.oid = d.refobjid
         WHERE d.refclassid = 'pg_proc'::regclass
    ), everywhere AS MATERIALIZED (
        SELECT d.oid
          FROM dependent d
          LEFT JOIN pg_constraint k ON k.oid = d.oid AND d.class = 'pg_constraint'::regclass
         WHERE d.class IN ('pg_operator'::regclass, 'pg_cast'::regclass, 'pg_type'::regclass,
                           'pg_amproc'::regclass)
            OR k.contypid <> 0
    ), unsafe AS (
        SELECT coalesce(i.indrelid, a.adrelid, k.conrelid, s.stxrelid, d.oid) AS oid
          FROM dependent d
          LEFT JOIN pg_index i ON i.indexrelid = d.oid AND d.class = 'pg_class'::regclass
          LEFT JOIN pg_attrdef a ON a.oid = d.oid AND d.class = 'pg_attrdef'::regclass
          LEFT JOIN pg_constraint k ON k.oid = d.oid AND d.class = 'pg_constraint'::regclass
          LEFT JOIN pg_statistic_ext s ON s.oid = d.oid AND d.class = 'pg_statistic_ext'::regclass
         WHERE d.class IN ('pg_class'::regclass, 'pg_attrdef'::regclass, 'pg_constraint'::regclass,
                           'pg_statistic_ext'::regclass)
         UNION
        SELECT c.oid
          FROM pg_class c
         WHERE c.relkind IN ('v', 'f')
            OR c.relrowsecurity
            OR (c.relkind IN ('r', 'p')
                AND EXISTS (SELECT FROM pg_rewrite r WHERE r.ev_class = c.oid))
         UNION
        SELECT h.inhparent
          FROM unsafe u
          JOIN pg_inherits h ON h.inhrelid = u.oid
    )
    SELECT c.relname::text AS name,
           bool_and(u.oid IS NULL) AND NOT EXISTS (SELECT FROM everywhere) AS safe
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
      LEFT JOIN unsafe u ON u.oid = c.oid
     WHERE c.relkind IN ('r', 'p', 'm', 'v', 'f')
       AND {user_schema}
     GROUP BY c.relname
     UNION ALL
    SELECT w.proname::text,
           false
      FROM written w
      JOIN pg_type t ON t.oid = w.first_type
     WHERE t.typtype IN ('c', 'p')
"""
NAMES = _NAMES.format(user_schema=USER_SCHEMA)

# Without a forced generic plan the NULLs that stand for parameters would be folded away.
# An aggregate's first value may be of a domain; functions that make XML of a table run a query.
PREPARE_TO_PLAN = """
    SELECT set_config('search_path', s.path, true),
           set_config('plan_cache_mode', 'force_generic_plan', true),
           set_config('statement_timeout', '1s', true),
           EXISTS (
               SELECT
                 FROM pg_proc p
                 JOIN pg_language l ON l.oid = p.prolang
                WHERE p.proname = ANY ('{{{names}}}')
                  AND CASE WHEN p.pronamespace = 'pg_catalog'::regnamespace
                           THEN p.proname ~ '^(query|cursor|table|schema|database)_to_xml'
                           ELSE p.prokind = 'a' OR l.lanname NOT IN ('internal', 'c') END
           )
      FROM (
        SELECT string_agg(quote_ident(nspname), ', ' ORDER BY nspname <> 'public', nspname) AS path
          FROM pg_namespace
         WHERE nspname !~ '^pg_'
           AND nspname <> 'information_schema'
      ) s
"""

_MARK = re.compile(rf"(?P<opaque>{POSTGRES_OPAQUE.pattern})|\?", re.DOTALL)
_OPERATOR = re.compile(r"\?\s+\?|\?[|&]|@\?")
_POSITION = re.compile(r"\bGROUP BY \?")
_QUOTED_CALL = re.compile(r'"\s*\(')
_HIDDEN_NAME = re.compile(r'u&"|/\*|--', re.IGNORECASE)
# To PostgreSQL every character that is not ASCII is a letter.
_BARE = r"[A-Za-z_\u0080-\U0010ffff][\w$\u0080-\U0010ffff]*"
_CALL = re.compile(rf"({_BARE})\s*\(")
_WORD = re.compile(rf'"((?:[^"]|"")*)"|({_BARE})')
_LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)
_LONGEST_NAME_BYTES = 63
_BARRED = (_OPERATOR, _POSITION, _QUOTED_CALL, _HIDDEN_NAME)


@dataclass(frozen=True, slots=True)
class Names:
    """What planning may come upon in a database: `unsafe` in lower case."""

    safe: frozenset[str]
    unsafe: frozenset[str]

    @classmethod
    def of(cls, rows: Iterable[tuple[str, bool]]) -> Names:
        known = list(rows)
        return cls(
            frozenset(name for name, safe in known if safe),
            frozenset(name.lower() for name, safe in known if not safe),
        )

    def allow(self, text: str) -> bool:
        """Whether every table is safe, and no word at all is the name of something that is not.

        The second holds whatever the parser takes a word for, a CTE in another scope among them.
        """
        words = {(found[1] or found[2] or "").replace('""', '"') for found in _WORD.finditer(text)}
        if any(_unsure(word) or word.lower() in self.unsafe for word in words):
            return False
        tables = _tables(text)
        return bool(tables) and tables <= self.safe


def plannable(query: str) -> str | None:
    """The normalised text with `$1`, `$2`, … for `?`; None where it cannot or may not be planned.

    `?` as an operator of jsonb cannot be told from a parameter, nor quoted function names checked,
    and GROUP BY takes the number of a column but no parameter.
    Without a semicolon, in a name or elsewhere, it cannot become two statements.
    """
    if ";" in query or any(r.search(query) for r in _BARRED):
        return None
    count = 0

    def numbered(found: re.Match[str]) -> str:
        nonlocal count
        if found["opaque"] is not None:
            return found[0]
        count += 1
        return f"${count}"

    return explainable(_MARK.sub(numbered, query))


def called(text: str) -> tuple[str, ...]:
    """Every name that may be a function's; some encodings lower more than A to Z."""
    found = _CALL.findall(text)
    return tuple(
        sorted({name.lower() for name in found} | {name.translate(_LOWER) for name in found})
    )


def _unsure(word: str) -> bool:
    """The server cuts a longer name."""
    return len(word.encode(errors="surrogateescape")) > _LONGEST_NAME_BYTES


def _tables(text: str) -> frozenset[str]:
    """Tables by name; CTEs and functions are none. Empty where the text cannot be parsed."""
    from sqlglot import exp  # noqa: PLC0415

    tree = parse(text)
    if tree is None:
        return frozenset()
    made = {_name(cte.args["alias"].this) for cte in tree.find_all(exp.CTE)}
    named = (t.this for t in tree.find_all(exp.Table) if isinstance(t.this, exp.Identifier))
    return frozenset(_name(each) for each in named) - made


def _name(identifier: exp.Identifier) -> str:
    name = str(identifier.this)
    return name if identifier.args.get("quoted") else name.lower()
