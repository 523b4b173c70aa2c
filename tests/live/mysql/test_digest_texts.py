"""Texts of statements on real servers: cut, in any script, in any sql_mode."""

from __future__ import annotations

import pytest

from collectors.sql_text import normalise
from tests.live.mysql.counting import (
    asking,
    look,
    selects,
)
from tests.live.mysql_database import MysqlDatabase


def test_a_text_that_was_cut(mysql_database: MysqlDatabase) -> None:
    cursor = mysql_database.connect().cursor()
    columns = ", ".join(f"{n} AS column_{n}" for n in range(200))
    cursor.execute(f"SELECT {columns}")
    # Short enough as it was sent, where a digest has long names for short signs.
    cursor.execute("SELECT " + ",".join(f"1 {a}{b}" for a in "qvwxyzjkhg" for b in "klmpqrvwxz"))
    with asking(mysql_database.server) as session:
        rows = selects(look(session), mysql_database.name)
    cut = {row.query[:20]: row.truncated for row in rows}
    mysql = mysql_database.server.product == "MySQL"
    assert cut == {"SELECT ? AS column_0": True, "SELECT ? qk, ? ql, ?": not mysql}
    if mysql:
        (sampled,) = [row for row in rows if not row.truncated]
        assert sampled.query.endswith("? gz")


def test_a_name_in_any_script_is_read(mysql_database: MysqlDatabase) -> None:
    cursor = mysql_database.connect(charset="utf8mb4").cursor()
    for first in ("a", "aa", "aaa"):
        columns = ", ".join(f"1 AS `карусель{n}`" for n in range(100))
        cursor.execute(f"SELECT 1 AS {first}, {columns}")
    with asking(mysql_database.server) as session:
        rows = selects(look(session), mysql_database.name)
    assert [row.truncated for row in rows] == [True] * 3
    assert all("карусель" in row.query for row in rows)


@pytest.mark.parametrize("mode", ["", "ANSI_QUOTES", "NO_BACKSLASH_ESCAPES", "ANSI", "TRADITIONAL"])
def test_no_literal_shows_in_any_sql_mode(mysql_database: MysqlDatabase, mode: str) -> None:
    connection = mysql_database.connect(charset="utf8mb4")
    cursor = connection.cursor()
    cursor.execute("SET sql_mode = %s", [mode])
    queries = ["SELECT 'xs3cret' AS a, 'it''s s3cret' AS b"]
    if "ANSI" not in mode:
        queries.append('SELECT "s3cret" AS c, "s3cret \'s3cret\'" AS d')
    if "BACKSLASH" in mode:
        queries.append(r"SELECT 'C:\' AS e, 's3cret' AS f, ' s3cret # x'")
    else:
        queries.append(r"SELECT 'C:\' s3cret' AS e, 's3cret \\' AS f")
    for query in queries:
        cursor.execute(query)
        assert "s3cret" not in normalise(query, "mysql")
    with asking(mysql_database.server) as session:
        rows = selects(look(session), mysql_database.name)
    assert len(rows) == len(queries)
    assert not [row.query for row in rows if "s3cret" in row.query]
