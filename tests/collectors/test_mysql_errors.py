from __future__ import annotations

import pytest

from collectors.mysql.errors import ErrorCount, errors
from collectors.session import Server
from tests.fakes import FakeSession
from tests.make import row

ON = {"performance_schema": "ON"}


def mysql(*version: int, **given: object) -> Server:
    about = {"settings": ON, "grants": frozenset({"SELECT"}), "user": "dbtriage@%", **given}
    return Server("db", "mysql", {"mysql": version}, **about)  # type: ignore[arg-type]


def test_errors_since_the_start() -> None:
    one = row(ErrorCount, error="ER_LOCK_DEADLOCK", number=1213, raised=2, handled=0)
    answer = errors(FakeSession(mysql(8, 4, started_at=5.0), (one,)))
    assert answer.rows == (ErrorCount("ER_LOCK_DEADLOCK", 1213, 2, 0),)
    assert answer.counting_since == 5.0


@pytest.mark.parametrize(
    ("server", "why"),
    [
        (mysql(5, 7), "needs mysql >= 8.0; found mysql 5.7"),
        (
            Server(
                "db", "mariadb", {"mariadb": (11, 8)}, settings=ON, grants=frozenset({"SELECT"})
            ),
            "needs mysql >= 8.0; found mariadb 11.8",
        ),
    ],
    ids=["MySQL 5.7", "MariaDB"],
)
def test_only_mysql_8_counts_them(server: Server, why: str) -> None:
    assert errors.unmet(server) == [why]
