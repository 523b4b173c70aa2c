"""No lock that others hold on a table keeps a collector from its answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from agent.collect import ask
from agent.targets.mysql import MysqlSession
from collectors.base import Collector
from collectors.mysql.auto_increment import auto_increment
from collectors.mysql.columns import columns
from collectors.mysql.foreign_keys import foreign_keys
from collectors.mysql.indexes import indexes
from collectors.mysql.tables import tables
from collectors.session import SqlSession
from collectors.snapshot import Snapshot
from tests.live.mysql.opened import opened
from tests.live.mysql.standoff import Standoff, standoff
from tests.live.mysql_server import MysqlServer

ALL: tuple[Collector[SqlSession, Any], ...] = (
    tables,
    indexes,
    columns,
    foreign_keys,
    auto_increment,
)
GAP = "1 table could not be read: a statement that changes their definition holds them"


@pytest.fixture
def scene(mysql_server: MysqlServer) -> Iterator[Standoff]:
    with standoff(mysql_server) as made:
        made.do("CREATE TABLE p (id int AUTO_INCREMENT PRIMARY KEY, v int, KEY v (v))")
        made.do("CREATE TABLE c (id int PRIMARY KEY, p int, FOREIGN KEY (p) REFERENCES p (id))")
        made.do("INSERT INTO p (v) VALUES (1), (2)")
        yield made


@pytest.fixture
def db(scene: Standoff) -> Iterator[MysqlSession]:
    with opened(scene.server) as session:
        yield session


def mine(answer: Snapshot[Any], scene: Standoff) -> set[Any]:
    return {row for row in answer.rows if row.schema == scene.database}


def held(scene: Standoff) -> None:
    """p is held exclusively by a RENAME that waits for a reader of t."""
    scene.idle("BEGIN", "SELECT * FROM t")
    scene.blocked("RENAME TABLE p TO p2, t TO t2")


def written(scene: Standoff) -> None:
    scene.idle("LOCK TABLES p WRITE, t WRITE")


def queued(scene: Standoff) -> None:
    scene.idle("BEGIN", "SELECT * FROM p")
    scene.blocked("ALTER TABLE p ADD COLUMN w int, ALGORITHM = COPY")


def globally(scene: Standoff) -> None:
    scene.idle("FLUSH TABLES WITH READ LOCK")


@pytest.mark.parametrize("lock", [written, queued, globally])
def test_locks_that_change_no_answer(
    scene: Standoff, db: MysqlSession, lock: Callable[[Standoff], None]
) -> None:
    before = [_names(collector(db), scene) for collector in ALL]
    assert [len(names) for names in before] == [3, 5, 6, 1, 1]
    lock(scene)
    answers = [collector(db) for collector in ALL]
    assert [_names(answer, scene) for answer in answers] == before
    assert [(answer.gaps, answer.partial) for answer in answers] == [((), False)] * 5


def _names(answer: Snapshot[Any], scene: Standoff) -> set[tuple[str, ...]]:
    labels = ("table", "index", "column", "name")
    return {tuple(str(getattr(r, name, "")) for name in labels) for r in mine(answer, scene)}


@pytest.mark.engines("maria1011", "maria118")
def test_mariadb_leaves_out_a_table_that_is_held(scene: Standoff, db: MysqlSession) -> None:
    held(scene)
    for collector in (tables, indexes, columns, auto_increment):
        answer: Snapshot[Any] = collector(db)
        assert (answer.gaps, answer.partial) == ((GAP,), True), collector.id
        found = {row.table for row in mine(answer, scene)}
        assert found == ({"t", "c"} if collector is not auto_increment else set())
    keys = foreign_keys(db)
    assert [row.table for row in mine(keys, scene)] == ["c"]
    assert not keys.partial


@pytest.mark.engines("mysql97")
def test_mysql_reads_a_table_that_is_held(scene: Standoff, db: MysqlSession) -> None:
    """All but its next number, which is not in the dictionary."""
    held(scene)
    for collector in (tables, indexes, columns, foreign_keys):
        answer: Snapshot[Any] = collector(db)
        assert (answer.gaps, answer.partial) == ((), False), collector.id
    assert {row.table for row in mine(tables(db), scene)} == {"t", "p", "c"}
    numbers = auto_increment(db)
    assert mine(numbers, scene) == set()
    assert numbers.partial
    assert "could not be read" in numbers.gaps[0]


@pytest.mark.engines("maria1011", "maria118")
def test_many_tables_held_at_once(scene: Standoff, db: MysqlSession) -> None:
    for number in range(20):
        scene.do(f"CREATE TABLE a{number} (id int AUTO_INCREMENT PRIMARY KEY)")
    scene.idle("BEGIN", "SELECT * FROM t")
    renames = ", ".join(f"a{n} TO b{n}" for n in range(20))
    scene.blocked(f"RENAME TABLE {renames}, t TO t2")
    for collector in (tables, indexes, columns, auto_increment):
        answer: Snapshot[Any] = collector(db)
        assert answer.partial
        assert answer.gaps[0].startswith("20 tables could not be read")


@pytest.mark.engines("maria1011", "maria118")
def test_statistics_that_are_held_end_as_words(scene: Standoff, db: MysqlSession) -> None:
    scene.idle("LOCK TABLES mysql.innodb_table_stats WRITE")
    outcome, answer = ask(tables, db)
    assert answer is None
    assert outcome.ended == "failed"
    assert outcome.reason.startswith("out of time: Lock wait timeout exceeded")
    assert ask(foreign_keys, db)[0].ended == "answered"
