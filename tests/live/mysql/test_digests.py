"""Digests of raw statements and of what MySQL and MariaDB make of them are the same."""

from __future__ import annotations

import pymysql
import pytest

from collectors.mysql.digest_texts import was_cut
from collectors.sql_text import digest, normalise
from tests.collectors.sql_corpus import MYSQL
from tests.live.mysql.statement_corpus import STATEMENTS
from tests.live.mysql_database import MysqlDatabase

RAW = [*(seen.raw for seen in MYSQL), *STATEMENTS]
# Those whose parse fails never become a digest: `@b := 3` is gone, names are unknown.
_REFUSED = 3676
# MariaDB takes no comment of MySQL 8 for code, and makes no digest of N'…' among other strings.
_MYSQL_ONLY = ("/*!80000", "N'y'")
_MOST_REFUSED = 2
_ROOM_BYTES = 1024


@pytest.mark.engines("mysql97")
def test_mysql_names_what_we_name(mysql_database: MysqlDatabase) -> None:
    different, asked = [], 0
    with mysql_database.connect(charset="utf8mb4").cursor() as cursor:
        for raw in RAW:
            try:
                cursor.execute("SELECT STATEMENT_DIGEST_TEXT(%s)", [raw])
            except pymysql.err.OperationalError as error:
                assert error.args[0] == _REFUSED, raw  # noqa: PT017
                continue
            ((shown,),) = cursor.fetchall()
            asked += 1
            assert not was_cut(shown, _ROOM_BYTES), raw
            if digest(shown, "mysql") != digest(raw, "mysql"):
                different.append((normalise(raw, "mysql"), normalise(shown, "mysql")))
    assert different == []
    assert asked >= len(RAW) - _MOST_REFUSED


@pytest.mark.engines("maria1011", "maria118")
def test_mariadb_names_what_we_name(mysql_database: MysqlDatabase) -> None:
    """It tells no digest of a text: these ran, on tables that are not there."""
    table = "performance_schema.events_statements_summary_by_digest"
    with mysql_database.connect(charset="utf8mb4").cursor() as cursor:
        ran = [raw for raw in RAW if raw.startswith("SELECT") and "INTO OUTFILE" not in raw]
        ran = [raw for raw in ran if not any(mark in raw for mark in _MYSQL_ONLY)]
        for raw in ran:
            try:
                cursor.execute(raw)
            except pymysql.err.MySQLError as error:
                if error.args[0] == pymysql.constants.ER.PARSE_ERROR:
                    ran = [other for other in ran if other != raw]
        cursor.execute(f"SELECT DIGEST_TEXT FROM {table} WHERE SCHEMA_NAME = DATABASE()")
        known = {digest(text, "mysql") for (text,) in cursor.fetchall()}
    assert [raw for raw in ran if digest(raw, "mysql") not in known] == []
    assert len(ran) > 30
