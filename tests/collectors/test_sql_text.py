from __future__ import annotations

import time
from collections.abc import Callable
from typing import get_args

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from collectors.sql_text import LONGEST_TEXT, Dialect, digest, is_utility, kind, normalise
from tests.collectors.sql_corpus import MYSQL, POSTGRES, Seen

DIALECTS: tuple[Dialect, ...] = get_args(Dialect)
MARKER = "s3cr3tmarker"

dialects = st.sampled_from(DIALECTS)
shared_literals = st.one_of(
    st.integers(-(10**9), 10**9).map(str),
    st.floats(0, 1e30).map(repr),
    st.sampled_from(["NULL", "true", "FALSE", "0x1F", "1e5", ".5", "X'1F'", "b'01'", "N'x'"]),
    st.text(st.characters(exclude_characters="'\\"), max_size=9).map(lambda body: f"'{body}'"),
)
literals: dict[Dialect, st.SearchStrategy[str]] = {
    "postgres": st.one_of(
        shared_literals,
        st.sampled_from(
            [
                "$1",
                "$27",
                "E'it\\'s'",
                "U&'\\0061'",
                "$$a'b$$",
                "$t$ -- $$ $t$",
                "1_000",
                "'a'\n'b'",
            ]
        ),
    ),
    "mysql": st.one_of(
        shared_literals, st.sampled_from(["?", "'it\\'s'", '"a""b"', "_utf8mb4'x'", "'a' 'b'"])
    ),
}
names = st.from_regex(r"[a-z][a-z0-9]{3,8}", fullmatch=True).map(lambda name: f"{name}_n")
comments: dict[Dialect, st.SearchStrategy[str]] = {
    "postgres": st.sampled_from(
        [" ", "\n\t", "/* ' */", '/* a /* b */ " */', "-- it's\n", "/*+ X */"]
    ),
    "mysql": st.sampled_from([" ", "\r\n", "/* ' */", "# it's\n", '-- "\n', "/*+ X(a) */"]),
}


def _statement(
    literal: str,
    other: str,
    *,
    table: str = "orders",
    gap: str = " ",
    fold: Callable[[str], str] = str,
) -> str:
    words = [
        *("select", "a", ",", "f", "(", "b", ",", literal, ")", "from", table, "where", "c", "="),
        *(literal, "and", "d", "in", "(", literal, ",", other, ")", "or", "e", "between", other),
        *("and", literal, "order", "by", "g", "limit", other),
    ]
    return gap.join(fold(w) if w not in (literal, other, table) else w for w in words)


@pytest.mark.parametrize("seen", POSTGRES, ids=lambda seen: seen.raw)
def test_postgres_text_and_its_raw_statement_have_one_digest(seen: Seen) -> None:
    assert {digest(text) for text in (normalise(seen.raw), *seen.shown)} == {digest(seen.raw)}


@pytest.mark.parametrize("seen", MYSQL, ids=lambda seen: seen.raw)
def test_mysql_text_and_its_raw_statement_have_one_digest(seen: Seen) -> None:
    shown = {digest(text, "mysql") for text in (normalise(seen.raw, "mysql"), *seen.shown)}
    assert shown == {digest(seen.raw, "mysql")}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("select 1 ;", "SELECT ?", id="keywords are upper case and the end is bare"),
        pytest.param("a in (1,-2,NULL, 'x')", "a IN (?)", id="a mixed list is one mark"),
        pytest.param("a IN ($1 /*, ... */)", "a IN (?)", id="a list squashed by PostgreSQL 18"),
        pytest.param("a IN ('x'::text)", "a IN (?)", id="a cast constant in a list"),
        pytest.param("a IN (1, b, 2)", "a IN (?, b, ?)", id="a name in a list stays"),
        pytest.param("VALUES (1,2),(3,4)", "VALUES (?)", id="equal rows are one row"),
        pytest.param("f(1, 2)", "f(?, ?)", id="arguments are counted"),
        pytest.param('"orders"."Id"', 'orders."Id"', id="only needless quotes go"),
        pytest.param('"a ( $$ -- b"', '"a ( $$ -- b"', id="a quoted name hides nothing"),
        pytest.param('"select" "a""b"', '"select" "a""b"', id="quotes that are needed stay"),
        pytest.param("Orders.ID", "orders.id", id="names fold to lower case"),
        pytest.param("a = -1, a -1, -a", "a = ?, a - ?, - a", id="a sign is no subtraction"),
        pytest.param("x::int[]", "x::int[]", id="casts stay"),
        pytest.param("a IS NULL OR b = NULL", "a IS NULL OR b = ?", id="IS NULL is no constant"),
        pytest.param("a = :id AND b = %s AND c = %(x)s", "a = ? AND b = ? AND c = ?", id="drivers"),
        pytest.param("t[1:2], t[1:n]", "t[? : ?], t[? : n]", id="a slice is no placeholder"),
        pytest.param("data ? 'k' AND d ?| e", "data ? ? AND d ?| e", id="jsonb operators stay"),
        pytest.param("SET x TO off", "SET x TO ?", id="a setting's value goes"),
        pytest.param("SAVEPOINT sp_7", "SAVEPOINT ?", id="a savepoint's name goes"),
        pytest.param("a = 'x", "a = ?", id="a string without end hides the rest"),
        pytest.param("a /* b ' c", "a", id="a comment without end hides the rest"),
        pytest.param("a $t$ b ' c", "a ?", id="a dollar quote without end hides the rest"),
        pytest.param('a "b c', "a …", id="a name without end hides the rest"),
        pytest.param("a\x1b[31m\x00b\u202e c", "a[? b c", id="control characters go"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_postgres_shape(text: str, shown: str) -> None:
    assert normalise(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param('a = "x"', "a = ?", id="double quotes are strings"),
        pytest.param("a = 'it\\'s' , b", "a = ?, b", id="a backslash escapes"),
        pytest.param("`Orders`.`id`", "Orders.id", id="case is kept, needless quotes go"),
        pytest.param(
            "`select` `a b` `2fa`", "`select` `a b` `2fa`", id="quotes that are needed stay"
        ),
        pytest.param("2fa_codes", "`2fa_codes`", id="a name may begin with a digit"),
        pytest.param("LIMIT ?, ...", "LIMIT ?, ?", id="a digest's list of two"),
        pytest.param("IN ( (...) /* , ... */ )", "IN ((?))", id="a digest's rows"),
        pytest.param(
            "/*!80000 STRAIGHT_JOIN */ a", "STRAIGHT_JOIN a", id="version comments are code"
        ),
        pytest.param("a -- b", "a", id="a comment"),
        pytest.param("1--1", "? - ?", id="two signs without a space are no comment"),
        pytest.param("@a := 1, @@x", "@? := ?, @@x", id="variables lose their names"),
        pytest.param(
            "SELECT a FROM b WHERE ...", "SELECT a FROM b WHERE …", id="a digest cut short"
        ),
    ],
)
def test_mysql_shape(text: str, shown: str) -> None:
    assert normalise(text, "mysql") == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param(r"a = 'it\'s' AND b = 1", "a = ? AND b = ?", id="an escape"),
        pytest.param(r"a = 'C:\' AND b = 's'", "a = ? AND b = ?", id="no escape"),
        pytest.param(r"f('C:\', 'secret')", "f(?)", id="no escape, then a literal"),
        pytest.param(r"f('C:\', ' secret # x')", "f(?", id="both make sense"),
        pytest.param(r"f('C:\', ' secret ', 'D:\', 1)", "f(?)", id="twice"),
        pytest.param(r"f('a\' secret", "f(?", id="cut in a string"),
        pytest.param(r"f('\\''', 1), b", "f(?), b", id="both end alike"),
        pytest.param(r"a = '\'' AND b = ' secret", "a = ?", id="cut, and both go on"),
        pytest.param(r'a = "x\"y" AND b = 1', "a = ? AND b = ?", id="double quotes"),
        pytest.param("SELECT @@`port`, @@port", "SELECT @@port, @@port", id="a quoted variable"),
        pytest.param("GRANT x TO 'a'@'h'", "GRANT x TO ? @?", id="an account"),
        pytest.param("EXECUTE SELECT ?", "SELECT ?", id="what is executed, by MySQL 9.7"),
        pytest.param("EXECUTE IMMEDIATE 'a'", "EXECUTE IMMEDIATE ?", id="MariaDB executes a text"),
        pytest.param("EXECUTE `mine`", "EXECUTE mine", id="what is executed, by its name"),
    ],
)
def test_mysql_shows_no_literal_in_any_sql_mode(text: str, shown: str) -> None:
    """NO_BACKSLASH_ESCAPES ends a string where otherwise it goes on."""
    assert normalise(text, "mysql") == shown


@pytest.mark.parametrize(
    "text",
    [
        f"ALTER ROLE r PASSWORD '{MARKER}'",
        f"CREATE SUBSCRIPTION s CONNECTION 'host=h password={MARKER}' PUBLICATION p",
        f"TABLE dblink('dbname=a password={MARKER}', $${MARKER}$$)",
        f"COPY t FROM PROGRAM 'curl -u {MARKER}'",
        f"CREATE USER u IDENTIFIED BY '{MARKER}'",
        f"SET PASSWORD = '{MARKER}'",
        f"SELECT 1 -- {MARKER}\n, E'\\'{MARKER}' /* {MARKER} */",
    ],
)
@pytest.mark.parametrize("dialect", ["postgres", "mysql"])
def test_no_password_survives_wherever_the_text_is_cut(text: str, dialect: Dialect) -> None:
    text = text if dialect == "postgres" else text.replace("$$", "'")
    for end in range(len(text) + 1):
        shown = normalise(text[:end], dialect)
        assert "s3" not in shown
        assert MARKER[:4] not in shown


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("select 1", "select"),
        ("(select 1) union select 2", "select"),
        ("with a as (select 1), b as (select 2) delete from c", "delete"),
        ("with a as (select f(g(h(i(1))))) delete from c", "delete"),
        ('with "SELECT" as (select 1) update b set c = 1', "update"),
        ("(with a as (select 1) select 2)", "select"),
        ("replace into a values (1)", "insert"),
        ("merge into a using b on c", "merge"),
        ("explain select 1", "utility"),
        ("begin", "utility"),
        ("", "utility"),
    ],
)
def test_kind_is_what_the_statement_does(text: str, verb: str) -> None:
    assert kind(normalise(text)) == verb
    assert is_utility(normalise(text)) == (verb == "utility")


def test_quotes_count_only_where_the_engine_says_so() -> None:
    assert digest('SELECT "key" FROM "orders"') == digest("SELECT key FROM ORDERS")
    assert digest('SELECT 1 FROM "Orders"') != digest("SELECT 1 FROM Orders")
    assert digest('SELECT 1 FROM "Orders"') != digest('SELECT 1 FROM "ORDERS"')
    assert digest("SELECT `key` FROM `Orders`", "mysql") == digest(
        "SELECT KEY FROM orders", "mysql"
    )


@pytest.mark.parametrize("dialect", DIALECTS)
def test_typed_constants_in_a_list_are_constants(dialect: Dialect) -> None:
    texts = ("a IN (1)", "a IN (DATE '2024-01-01', date '2')", "a IN (CAST('x' AS char(3)), 'y')")
    assert {digest(text, dialect) for text in texts} == {digest("a IN (?)", dialect)}


def test_a_long_text_is_shown_short_and_named_by_all_of_it() -> None:
    head = "SELECT " + ", ".join(f"column_{n}" for n in range(5000))
    shown = normalise(head)
    assert len(shown) <= LONGEST_TEXT
    assert shown.endswith("…")
    assert normalise(shown) == shown
    assert digest(head + ", a") != digest(head + ", b")


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "unit",
    ["a", "( ", "IN ( ", "VALUES ( a ", "(1,'x'),", "- ", "+-+", "'", "E'\\", "/*", "/* */", "$a$ ",
     "?, ", ". ", "ARRAY[", '"x" ', "`", "@", ":a ", "::", "1e", "IN (a ?::b :: c ", "SET x = "],
)  # fmt: skip
def test_a_large_hostile_text_takes_linear_time(unit: str, dialect: Dialect) -> None:
    text = unit * (250_000 // len(unit))
    started = time.perf_counter()
    normalise(text, dialect)
    assert time.perf_counter() - started < 2


@given(st.data(), dialects)
def test_a_literal_of_any_form_leaves_the_digest_alone(
    data: st.DataObject, dialect: Dialect
) -> None:
    first, second = data.draw(literals[dialect]), data.draw(literals[dialect])
    assert digest(_statement(first, second), dialect) == digest(_statement("1", "2"), dialect)


@given(st.data(), dialects)
def test_comments_space_and_case_leave_the_digest_alone(
    data: st.DataObject, dialect: Dialect
) -> None:
    gap = data.draw(comments[dialect])
    folded = _statement("1", "2", gap=gap, fold=str.upper)
    assert digest(folded, dialect) == digest(_statement("1", "2"), dialect)


@given(names, names, dialects)
def test_another_name_is_another_digest(first: str, second: str, dialect: Dialect) -> None:
    assume(first != second)
    texts = {_statement("1", "2", table=name) for name in (first, second)}
    assert len({digest(text, dialect) for text in texts}) == 2


PIECES = r"""
' '' " ` \ $ $$ $a$ $1 ? ?| @? @ : :: := ... … . , ; ( ) [ ] - + -- /* */ /*! # 1 1e5 0x1f .5
E' U&' U&" _utf8 N' IN VALUES ARRAY NULL IS NOT SET SELECT INTERVAL EXTRACT FROM SAVEPOINT a "A"
cast AS date timestamp with ROW ROLLBACK TO DEALLOCATE n$1 %s %(a)s :a 2b curdate SQL_TSI_A
"""
sql_like = st.lists(
    st.one_of(st.text(max_size=4), st.sampled_from(PIECES.split()), st.sampled_from(" \n")),
    max_size=30,
).map("".join)


@given(st.one_of(st.text(), sql_like), dialects)
def test_what_is_normal_stays_so(text: str, dialect: Dialect) -> None:
    shown = normalise(text, dialect)
    assert shown.isprintable()
    assert normalise(shown, dialect) == shown
    assert digest(shown, dialect) == digest(text, dialect)


@given(st.text(st.characters(exclude_characters="'\"\\$"), max_size=20), st.data(), dialects)
def test_no_secret_survives_any_cut(around: str, data: st.DataObject, dialect: Dialect) -> None:
    secret = f"'{around}{MARKER}{around}'"
    text = _statement(secret, f"E{secret}" if dialect == "postgres" else secret)
    end = data.draw(st.integers(0, len(text)))
    shown = normalise(text[:end], dialect)
    assert "s3c" not in shown
