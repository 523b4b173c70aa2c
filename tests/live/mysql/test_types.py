"""Every value of every row is of the type its field declares, on MySQL and MariaDB."""

from __future__ import annotations

from agent.config_target import Target
from agent.watch import Watch
from collectors.mysql.tables import MysqlTable
from collectors.snapshots.schema import Index
from tests.live.mysql_database import MysqlDatabase
from tests.live.test_types import check_types

_SCENE = (
    "CREATE TABLE parent (id int PRIMARY KEY, name varchar(40), KEY part (name(5)))",
    "CREATE TABLE child (id bigint unsigned PRIMARY KEY AUTO_INCREMENT, parent int, "
    "FOREIGN KEY (parent) REFERENCES parent (id) ON DELETE CASCADE)",
    "CREATE TABLE old (a int) ENGINE = MyISAM",
    "INSERT INTO parent VALUES (1, 'x')",
    "INSERT INTO child (parent) VALUES (1)",
    "ANALYZE TABLE parent, child",
)
# What only some versions have, in the words of the skip.
_ELSEWHERE = ("needs mysql >= ",)


def test_rows_hold_what_they_declare(mysql_database: MysqlDatabase) -> None:
    cursor = mysql_database.connect().cursor()
    for statement in _SCENE:
        cursor.execute(statement)
    idle = mysql_database.connect(autocommit=False).cursor()
    idle.execute("SELECT * FROM parent FOR UPDATE")
    watch = Watch(Target.model_validate({"name": "types", "dsn": mysql_database.dsn}), 60)
    try:
        watch.collect(watch.collectors)
        watch.sample()
        outcomes = watch.outcomes()
        for collector in watch.collectors:
            outcome = outcomes.get(collector.id)
            assert outcome is not None
            old = outcome.ended == "skipped" and outcome.reason.startswith(_ELSEWHERE)
            assert outcome.ended == "answered" or old, outcome
            snapshot = watch.answers.snapshot(collector.row)
            check_types(collector.row, snapshot.rows if snapshot else ())
    finally:
        watch.close()


def test_only_the_databases_that_are_to_be_watched(mysql_database: MysqlDatabase) -> None:
    mysql_database.connect().cursor().execute("CREATE TABLE t (a int PRIMARY KEY)")
    name, nobody = mysql_database.name, "nobody_has_this"
    given = {"name": "some", "dsn": mysql_database.dsn, "databases": [name, nobody]}
    watch = Watch(Target.model_validate(given), 60)
    try:
        watch.collect([c for c in watch.collectors if c.id in ("mysql.tables", "mysql.indexes")])
        for row in (MysqlTable, Index):
            snapshot = watch.answers.snapshot(row)
            assert snapshot
            assert {r.database for r in snapshot.rows} == {name}
        outcome = watch.outcomes().get("mysql.tables")
        assert outcome
        assert f"no table of database {nobody} can be seen" in outcome.reason
    finally:
        watch.close()
