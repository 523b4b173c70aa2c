"""What PostgreSQL is sent to plan a normalised statement without running it."""

from __future__ import annotations

import re

from collectors.sql_lexer import POSTGRES_OPAQUE
from collectors.sql_parse import explainable

EXPLAIN_GENERIC = "EXPLAIN (GENERIC_PLAN, FORMAT JSON) {text}"  # postgres >= 16
PREPARE = "PREPARE dbtriage_plan AS {text}"
PARAMETERS = """
    SELECT cardinality(parameter_types)
      FROM pg_prepared_statements
     WHERE name = 'dbtriage_plan'
"""
EXPLAIN_PREPARED = "EXPLAIN (FORMAT JSON) EXECUTE dbtriage_plan{arguments}"
DEALLOCATE = "DEALLOCATE dbtriage_plan"
SUPPOSE = "SELECT indexrelid::int8 FROM hypopg_create_index({definition})"
FORGET = "SELECT hypopg_reset()"

# Planning runs functions that are not volatile: those that users wrote are not for our role to run.
# Without a forced generic plan the NULLs that stand for parameters would be folded away.
PREPARE_TO_PLAN = """
    SELECT set_config('search_path', s.path, true),
           set_config('plan_cache_mode', 'force_generic_plan', true),
           set_config('statement_timeout', '1s', true),
           EXISTS (
               SELECT
                 FROM pg_proc p
                 JOIN pg_language l ON l.oid = p.prolang
                WHERE p.proname = ANY ('{{{names}}}')
                  AND p.pronamespace <> 'pg_catalog'::regnamespace
                  AND p.provolatile <> 'v'
                  AND l.lanname NOT IN ('internal', 'c')
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
_CALL = re.compile(r"([a-z_][\w$]*)\s*\(", re.IGNORECASE | re.ASCII)


def plannable(query: str) -> str | None:
    """The normalised text with `$1`, `$2`, … for `?`; None where it cannot or may not be planned.

    `?` as an operator of jsonb cannot be told from a parameter, nor quoted function names checked,
    and GROUP BY takes the number of a column but no parameter.
    Without a semicolon, in a name or elsewhere, it cannot become two statements.
    """
    if ";" in query or any(r.search(query) for r in (_OPERATOR, _POSITION, _QUOTED_CALL)):
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
    """Every name that may be a function's."""
    return tuple(sorted({name.lower() for name in _CALL.findall(text)}))
