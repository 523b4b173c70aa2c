from __future__ import annotations

from collectors.mysql.foreign_keys import foreign_keys
from collectors.snapshots.schema import ForeignKey
from tests.live.mysql.opened import opened, tell
from tests.live.mysql_database import MysqlDatabase


def test_what_a_foreign_key_is(mysql_database: MysqlDatabase) -> None:
    name = mysql_database.name
    tell(
        mysql_database.server,
        f"USE {name}",
        "CREATE TABLE `p-é#1` (a int, b int, PRIMARY KEY (b, a))",
        "CREATE TABLE c (x int, y int, up int, id int PRIMARY KEY, "
        "CONSTRAINT pair FOREIGN KEY (y, x) REFERENCES `p-é#1` (b, a) ON DELETE CASCADE, "
        "CONSTRAINT up FOREIGN KEY (up) REFERENCES c (id) ON DELETE SET NULL ON UPDATE CASCADE)",
        "CREATE TABLE d (id int, CONSTRAINT plain FOREIGN KEY (id) REFERENCES c (id))",
        "CREATE TABLE e (id int, CONSTRAINT stay FOREIGN KEY (id) REFERENCES c (id) "
        "ON DELETE RESTRICT)",
    )
    with opened(mysql_database.server) as db:
        found = {key.name: key for key in foreign_keys(db).rows if key.schema == name}
    assert found["pair"] == ForeignKey(
        database=name,
        schema=name,
        table="c",
        name="pair",
        columns=("y", "x"),
        referenced_schema=name,
        referenced_table="p-é#1",
        referenced_columns=("b", "a"),
        indexed=True,
        on_delete="cascade",
    )
    assert found["up"].on_delete == "set null"
    assert (found["up"].table, found["up"].referenced_table) == ("c", "c")
    assert found["plain"].on_delete in ("no action", "restrict")
    assert found["stay"].on_delete == "restrict"
    assert len(found) == 4
