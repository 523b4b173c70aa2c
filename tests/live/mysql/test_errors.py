"""Which errors the server raised; MariaDB does not count them."""

from __future__ import annotations

import pymysql
import pytest

from agent.collect import ask
from agent.targets.mysql_address import MysqlAddress
from collectors.mysql.errors import errors
from tests.live.mysql_database import MysqlDatabase


def test_errors_are_counted_by_symbol(mysql_database: MysqlDatabase) -> None:
    cursor = mysql_database.connect().cursor()
    port = mysql_database.server.port
    session = MysqlAddress("db", host="127.0.0.1", port=port, user="root").connect()
    try:
        before = ask(errors, session)[1]
        with pytest.raises(pymysql.err.ProgrammingError):
            cursor.execute("SELECT 1 FROM nothing_of_this_name")
        outcome, after = ask(errors, session)
    finally:
        session.close()
    if mysql_database.server.product == "MariaDB":
        assert outcome.ended == "skipped"
        assert outcome.reason.startswith("needs mysql >= 8.0; found ")
        return
    assert before is not None
    assert after is not None
    counts = [{row.error: row.raised for row in look.rows} for look in (before, after)]
    assert counts[1]["ER_NO_SUCH_TABLE"] == counts[0].get("ER_NO_SUCH_TABLE", 0) + 1
    assert all(row.raised > 0 for row in after.rows)
    (row,) = [row for row in after.rows if row.error == "ER_NO_SUCH_TABLE"]
    assert row.number == 1146
