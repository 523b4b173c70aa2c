from __future__ import annotations

from typing import Any

import pytest

from collectors.mysql.auto_increment import (
    NextValue,
    NumberedColumn,
    auto_increment,
    ceiling,
)
from collectors.mysql.relations import LockWarning, TableCount
from collectors.session import Server
from tests.collectors.test_mysql_tables import FEW, SlowSession, asked, server
from tests.fakes import FakeSession
from tests.make import row

MARIADB = server("mariadb", 11, 8)
T = {"schema": "shop", "table": "t"}


def answers(column_type: str = "int(11)", **value: Any) -> dict[type[Any], list[dict[str, Any]]]:
    column = row(NumberedColumn, column="id", column_type=column_type, **T)
    return {NumberedColumn: [column], NextValue: [row(NextValue, **T, **value)], **FEW}


def test_the_next_value() -> None:
    snapshot = auto_increment(FakeSession(server(), by_type=answers(next_value=7)))
    (found,) = snapshot.rows
    assert (found.table, found.column, found.next_value) == ("t", "id", 7)
    assert found.ceiling == 2147483647
    assert not snapshot.partial


def test_a_table_that_innodb_forgot_keeps_its_value() -> None:
    db = SlowSession(MARIADB, answers(next_value=7))
    auto_increment(db)
    db.by_type[NextValue] = []
    db.clock += 3600
    assert [found.next_value for found in auto_increment(db).rows] == [7]
    assert asked(db, "INNODB_SYS_TABLESTATS") == 2
    db.by_type[NumberedColumn] = []
    assert auto_increment(db).rows == ()


def test_a_partitioned_table_has_the_value_of_its_highest_partition() -> None:
    db = FakeSession(MARIADB, by_type=answers())
    db.by_type[NextValue] = [row(NextValue, **T, next_value=value) for value in (7, 90, 8)]
    assert [found.next_value for found in auto_increment(db).rows] == [90]


def test_tables_are_loaded_once_an_hour() -> None:
    db = SlowSession(MARIADB, answers(next_value=7))
    auto_increment(db)
    db.by_type[NextValue] = [row(NextValue, **T, next_value=8)]
    db.clock += 3599
    assert [found.next_value for found in auto_increment(db).rows] == [7]
    db.clock += 1
    assert [found.next_value for found in auto_increment(db).rows] == [8]


def test_a_table_is_not_forgotten_while_it_is_held() -> None:
    db = SlowSession(MARIADB, answers(next_value=7))
    auto_increment(db)
    (column,) = db.by_type[NumberedColumn]
    db.by_type |= {NumberedColumn: [], LockWarning: [{"level": "Warning", "code": 1205}]}
    assert auto_increment(db).partial
    db.by_type |= {NumberedColumn: [column], LockWarning: []}
    assert [found.next_value for found in auto_increment(db).rows] == [7]


def test_loading_takes_too_long() -> None:
    db = SlowSession(MARIADB, answers(next_value=7))
    db.late = {NextValue}
    for _ in range(2):
        answer = auto_increment(db)
        assert (answer.rows, answer.partial) == ((), True)
        assert ["too long" in gap for gap in answer.gaps] == [True]
    assert asked(db, "INNODB_SYS_TABLESTATS") == 1
    db.late, db.clock = set(), db.clock + 3600
    answer = auto_increment(db)
    assert ([found.next_value for found in answer.rows], answer.gaps) == ([7], ())


@pytest.mark.parametrize(
    ("on", "number", "gaps"),
    [
        (MARIADB, 20_000, ()),
        (MARIADB, 20_001, ("there are 20001 tables: next values are not read above 20000",)),
        (server(), 20_001, ()),
    ],
)
def test_too_many_tables_to_load(on: Server, number: int, gaps: tuple[str, ...]) -> None:
    many = {TableCount: [{"number": number}]}
    db = FakeSession(on, by_type=answers(next_value=7) | many)
    answer = auto_increment(db)
    assert (answer.gaps, answer.partial, len(answer.rows)) == (gaps, bool(gaps), not gaps)
    assert (asked(db, "INNODB_SYS_TABLESTATS") == 1) == (on is MARIADB and not gaps)


@pytest.mark.parametrize(
    ("given", "partial"),
    [
        pytest.param({"next_value": None}, False, id="nothing was ever inserted"),
        pytest.param({"next_value": None, "held": True}, True, id="its table is held"),
        pytest.param({"next_value": 7, "column_type": "double"}, False, id="a float has no end"),
    ],
)
def test_what_is_left_out(given: dict[str, Any], *, partial: bool) -> None:
    snapshot = auto_increment(FakeSession(server(), by_type=answers(**given)))
    assert (snapshot.rows, snapshot.partial) == ((), partial)
    assert bool(snapshot.gaps) == partial


@pytest.mark.parametrize(
    ("column_type", "highest"),
    [
        ("tinyint(4)", 127),
        ("tinyint unsigned", 255),
        ("smallint", 32767),
        ("mediumint(8) unsigned", 16777215),
        ("int(10) unsigned zerofill", 4294967295),
        ("bigint", 9223372036854775807),
        ("bigint(20) unsigned", 18446744073709551615),
        ("double", None),
        ("float unsigned", None),
    ],
)
def test_the_end_of_a_type(column_type: str, highest: int | None) -> None:
    assert ceiling(column_type) == highest


@pytest.mark.parametrize(
    ("asked", "source", "locks"),
    [
        pytest.param(server("mysql", 5, 7), "INNODB_SYS_TABLESTATS", False, id="MySQL 5.7"),
        pytest.param(server("mariadb", 10, 5), "INNODB_SYS_TABLESTATS", False, id="MariaDB"),
        pytest.param(server("mysql", 8, 0), "t.AUTO_INCREMENT", True, id="MySQL 8"),
        pytest.param(
            server("mysql", 8, 0, settings={"performance_schema": "OFF"}),
            *("t.AUTO_INCREMENT", False),
            id="MySQL 8 without performance_schema",
        ),
    ],
)
def test_asks_as_the_version_answers(asked: Server, source: str, *, locks: bool) -> None:
    db = FakeSession(asked, by_type=answers(next_value=1))
    auto_increment(db)
    assert source in "".join(db.ran)
    assert ("metadata_locks" in "".join(db.ran)) == locks
