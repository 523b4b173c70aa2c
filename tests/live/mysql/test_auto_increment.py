from __future__ import annotations

from collectors.mysql.auto_increment import auto_increment
from tests.live.mysql.opened import opened, tell
from tests.live.mysql_database import MysqlDatabase


def test_how_near_the_end(mysql_database: MysqlDatabase) -> None:
    name = mysql_database.name
    tell(
        mysql_database.server,
        f"USE {name}",
        "CREATE TABLE small (id tinyint AUTO_INCREMENT PRIMARY KEY)",
        "INSERT INTO small VALUES (100)",
        "INSERT INTO small VALUES (NULL)",
        "CREATE TABLE `od-d é` (id bigint unsigned AUTO_INCREMENT PRIMARY KEY, v int)",
        "INSERT INTO `od-d é` VALUES (18446744073709551000, 1)",
        "CREATE TABLE medium (v int, id mediumint unsigned AUTO_INCREMENT, KEY (id))",
        "INSERT INTO medium (v) VALUES (1)",
        "CREATE TABLE parted (id int AUTO_INCREMENT, y int, PRIMARY KEY (id, y)) "
        "PARTITION BY RANGE (y) (PARTITION p0 VALUES LESS THAN (5), "
        "PARTITION p1 VALUES LESS THAN (9), PARTITION p2 VALUES LESS THAN MAXVALUE)",
        "INSERT INTO parted VALUES (40, 1), (3000, 7), (2, 10)",
        "CREATE TABLE plain (id int PRIMARY KEY)",
        "INSERT INTO plain VALUES (1)",
    )
    with opened(mysql_database.server) as db:
        rows = [row for row in auto_increment(db).rows if row.schema == name]
    assert {(r.table, r.column, r.next_value, r.ceiling) for r in rows} == {
        ("small", "id", 102, 127),
        ("od-d é", "id", 18446744073709551001, 18446744073709551615),
        ("medium", "id", 2, 16777215),
        ("parted", "id", 3001, 2147483647),
    }
    assert {r.table for r in rows if "unsigned" in r.column_type} == {"od-d é", "medium"}
