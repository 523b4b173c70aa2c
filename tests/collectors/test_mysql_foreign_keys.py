from __future__ import annotations

import pytest

from collectors.mysql.foreign_keys import Link, foreign_keys
from collectors.session import Server
from tests.collectors.test_mysql_tables import server
from tests.fakes import FakeSession
from tests.make import row

FK = {"schema": "shop", "table": "t", "name": "fk", "referenced_table": "p"}


def test_columns_of_a_key_come_together() -> None:
    links = [
        row(Link, column="b", referenced_column="y", on_delete="cascade", **FK),
        row(Link, column="a", referenced_column="x", on_delete="cascade", **FK),
        row(Link, column="c", referenced_column="z", **{**FK, "name": "other"}),
    ]
    pair, other = foreign_keys(FakeSession(server(), links)).rows
    assert (pair.columns, pair.referenced_columns) == (("b", "a"), ("y", "x"))
    assert (pair.on_delete, pair.indexed, pair.referenced_table) == ("cascade", True, "p")
    assert (other.name, other.columns) == ("other", ("c",))


@pytest.mark.parametrize(
    ("asked", "source"),
    [
        pytest.param(server("mysql", 5, 7), "INNODB_SYS_FOREIGN", id="MySQL 5.7"),
        pytest.param(server("mysql", 8, 0), "REFERENTIAL_CONSTRAINTS", id="MySQL 8"),
        pytest.param(server("mariadb", 10, 5), "INNODB_SYS_FOREIGN", id="MariaDB"),
    ],
)
def test_asks_what_opens_no_table(asked: Server, source: str) -> None:
    db = FakeSession(asked)
    foreign_keys(db)
    assert source in db.ran[0]
    assert foreign_keys.unmet(asked) == []
