from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.sql_parse import explainable, parse
from collectors.sql_text import Dialect, normalise
from tests.collectors.sql_corpus import MYSQL, POSTGRES, Seen

# What sqlglot 30 takes for no query, or not at all.
BEYOND_SQLGLOT = ("SELECT U&'d!0061t' UESCAPE", "VALUES (", "REPLACE INTO t SET")
QUERIES = ("SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "WITH", "REPLACE")


@pytest.mark.parametrize(
    ("seen", "dialect"),
    [
        pytest.param(seen, dialect, id=seen.raw)
        for dialect, corpus in (("postgres", POSTGRES), ("mysql", MYSQL))
        for seen in corpus
        if seen.raw.upper().startswith(QUERIES) and not seen.raw.startswith(BEYOND_SQLGLOT)
    ],
)
def test_queries_have_a_tree_in_each_of_their_texts(seen: Seen, dialect: Dialect) -> None:
    texts = (seen.raw, normalise(seen.raw, dialect), *seen.shown)
    assert all(parse(text, dialect) is not None for text in texts)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("BEGIN", id="a utility"),
        pytest.param("EXPLAIN SELECT 1", id="an explain"),
        pytest.param("SELECT 1; SELECT 2", id="two statements"),
        pytest.param("SELECT a FROM b WHERE ...", id="a digest cut short"),
        pytest.param("SELECT a FROM b WHERE c IN (1, ", id="a text cut in a list"),
        pytest.param('SELECT a FROM "b', id="a text cut in a name"),
        pytest.param("SELECT a b c d e", id="not SQL"),
        pytest.param("SELECT " + "(" * 5000 + "1" + ")" * 5000, id="nested without sense"),
        pytest.param("SELECT " + "NOT " * 2300 + "a", id="deep without brackets"),
        pytest.param("SELECT " + "CASE WHEN a THEN " * 500 + "1" + " END" * 500, id="deep cases"),
    ],
)
def test_no_tree_for_what_is_not_one_whole_query(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    ("text", "plannable"),
    [
        ("SELECT now() - interval $1", "SELECT now() - $1::interval"),
        ("SELECT interval $1 day to second, $2", "SELECT $1::interval, $2"),
        ("SELECT date $1, timestamp with time zone $2", "SELECT $1::date, $2::timestamptz"),
        ("SELECT extract($1 from a), b = $2", "SELECT extract(epoch from a), b = $1"),
        ("SELECT N$4, '$5', \"$6\" FROM t;", "SELECT $1, '$5', \"$6\" FROM t"),
        ("SELECT * FROM t WHERE a IN ($1 /*, ... */)", "SELECT * FROM t WHERE a IN ($1  )"),
        ("SELECT * FROM t WHERE a = ANY(ARRAY[$1,$2])", "SELECT * FROM t WHERE a = ANY ($1)"),
        ("SELECT interval $9 + interval $9", "SELECT $1::interval + $1::interval"),
        ("WITH x AS (SELECT 1) SELECT * FROM x", "WITH x AS (SELECT 1) SELECT * FROM x"),
        ("MERGE INTO a USING b ON c", None),
        ("SELECT 1; DELETE FROM t", None),
        ("SELECT ';' , 1", "SELECT ';' , 1"),
        ("VACUUM t", None),
        ("EXPLAIN SELECT 1", None),
        ("SELECT a FROM t WHERE b IN ($1, ", None),
        ("SELECT $x$ a $x$", None),
        ("SELECT 1 /* DELETE", "SELECT 1"),
    ],
)
def test_a_text_that_postgres_can_plan(text: str, plannable: str | None) -> None:
    assert explainable(text) == plannable


@given(st.text())
def test_no_text_makes_it_raise(text: str) -> None:
    for statement in (text, f"SELECT {text}"):
        parse(statement)
        parse(statement, "mysql")
        explainable(statement)
