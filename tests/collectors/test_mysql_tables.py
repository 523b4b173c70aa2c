from __future__ import annotations

from typing import Any

import pytest

from collectors.mysql.indexes import indexes
from collectors.mysql.key_bytes import KeyColumn, key_bytes
from collectors.mysql.key_parts import KeyPart
from collectors.mysql.relations import TableCount
from collectors.mysql.storage import File, Format, TableStats
from collectors.mysql.table_io import Use
from collectors.mysql.tables import Name, tables
from collectors.session import QueryTimeout, Server
from collectors.variants import Variants
from tests.fakes import FakeSession, Row
from tests.make import make, row

GRANTS = {"PROCESS", "REFERENCES", "SELECT ON performance_schema.*"}
FEW: dict[type[Any], list[dict[str, Any]]] = {TableCount: [{"number": 1}]}
STATS = {"SELECT ON mysql.innodb_table_stats", "SELECT ON mysql.innodb_index_stats"}


class SlowSession(FakeSession):
    """Its clock can be set, and queries into what is `late` run out of time."""

    def __init__(self, server: Server, by_type: dict[type[Any], list[dict[str, Any]]]) -> None:
        super().__init__(server, by_type=by_type)
        self.clock = 1e9
        self.late: set[type[Any]] = set()

    def now(self) -> float:
        return self.clock

    def rows(self, query: Variants, into: type[Row], **given: object) -> tuple[Row, ...]:
        found = super().rows(query, into, **given)
        if into in self.late:
            raise QueryTimeout("out of time")
        return found


def server(engine: str = "mysql", *version: int, **given: Any) -> Server:
    about = {
        "grants": frozenset(GRANTS | STATS),
        "user": "dbtriage@%",
        "settings": {"performance_schema": "ON"},
        "started_at": 5.0,
        **given,
    }
    return Server("db", engine, {engine: version or (8, 4)}, **about)  # type: ignore[arg-type]


def answers(**of: list[dict[str, Any]]) -> dict[type[Any], list[dict[str, Any]]]:
    kinds = (Name, KeyPart, KeyColumn, TableStats, File, Format, Use)
    return {kind: of.get(kind.__name__, []) for kind in kinds} | FEW


def asked(db: FakeSession, words: str) -> int:
    return sum(words in sql for sql in db.ran)


T = {"schema": "shop", "table": "t"}


def test_puts_together_what_is_known() -> None:
    found = answers(
        Name=[row(Name, storage_engine="InnoDB", row_format="Dynamic", **T)],
        KeyPart=[
            row(KeyPart, index="PRIMARY", column="id", unique=True, **T),
            row(KeyPart, index="v", column="v", nullable=True, **T),
        ],
        KeyColumn=[row(KeyColumn, column="id", type="bigint", **T)],
        TableStats=[row(TableStats, rows=9.0, data_bytes=100, index_bytes=20, **T)],
        File=[row(File, file_bytes=150, **T)],
        Use=[
            row(Use, index="PRIMARY", fetched=3, **T),
            row(Use, index=None, fetched=4, inserted=2, seconds=0.5, **T),
        ],
    )
    snapshot = tables(FakeSession(server(), by_type=found))
    (t,) = snapshot.rows
    assert (t.name, t.kind, t.rows) == ("shop.t", "table", 9.0)
    assert (t.heap_bytes, t.index_bytes, t.free_bytes) == (100, 20, 30)
    assert (t.primary_key, t.primary_key_bytes, t.secondary_indexes) == (("id",), 8, 1)
    assert (t.rows_read, t.rows_scanned, t.inserts, t.io_seconds) == (7, 4, 2, 0.5)
    assert snapshot.counting_since == 5.0
    assert (snapshot.gaps, snapshot.partial) == ((), False)


def test_files_are_looked_at_once_an_hour() -> None:
    found = answers(
        Name=[row(Name, storage_engine="InnoDB", **T)],
        TableStats=[row(TableStats, data_bytes=100, **T)],
        File=[row(File, file_bytes=150, **T)],
    )
    db = SlowSession(server(), found)
    assert tables(db).rows[0].free_bytes == 50
    db.clock += 3599
    # Rebuilt: the file of an hour ago says nothing of today's pages.
    db.by_type[TableStats] = [row(TableStats, data_bytes=10, **T)]
    assert tables(db).rows[0].free_bytes == 50
    assert asked(db, "INNODB_TABLESPACES") == 1
    db.clock += 1
    assert tables(db).rows[0].free_bytes == 140


def test_files_that_are_too_many_cost_free_space_only() -> None:
    found = answers(
        Name=[row(Name, storage_engine="InnoDB", **T)], TableStats=[row(TableStats, **T)]
    )
    db = SlowSession(server(), found)
    db.late = {File}
    for _ in range(2):
        snapshot = tables(db)
        assert [(t.table, t.free_bytes) for t in snapshot.rows] == [("t", None)]
        assert ["free space is not known" in gap for gap in snapshot.gaps] == [True]
        assert not snapshot.partial
    assert asked(db, "INNODB_TABLESPACES") == 1
    db.late, db.clock = set(), db.clock + 3600
    assert tables(db).gaps == ()


def test_sizes_that_no_statistics_tell() -> None:
    found = answers(
        Name=[row(Name, storage_engine="MyISAM", **T)],
        KeyPart=[row(KeyPart, index="v", column="v", **T), row(KeyPart, index="w", **T)],
    )
    db = FakeSession(server(), by_type=found)
    gap = "1 table has no persistent statistics: sizes are not known there"
    for snapshot in (tables(db), indexes(db)):
        assert (snapshot.gaps, snapshot.partial) == ((gap,), False)


def test_key_parts_are_read_once_a_round() -> None:
    db = SlowSession(server(), answers())
    for round_ in (1, 2):
        indexes(db)
        tables(db)
        assert asked(db, "information_schema.STATISTICS") == round_
    indexes(db)
    db.clock += 60
    tables(db)
    assert asked(db, "information_schema.STATISTICS") == 4
    tables(db)
    assert asked(db, "information_schema.STATISTICS") == 5


def use_of(table: str, fetched: int) -> dict[str, Any]:
    return row(Use, schema="shop", table=table, index="PRIMARY", fetched=fetched)


@pytest.mark.parametrize(
    ("after", "reset"),
    [
        pytest.param({"hot": 0, "a": 0, "b": 0}, True, id="TRUNCATE"),
        pytest.param({"hot": 2, "a": 1, "b": 9}, True, id="TRUNCATE, and one has caught up"),
        pytest.param({"a": 5, "b": 5}, False, id="the hottest is dropped"),
        pytest.param({"cold": 900, "a": 5, "b": 5}, False, id="the hottest is renamed"),
        pytest.param({"hot": 0, "a": 5, "b": 5}, False, id="the hottest is altered"),
        pytest.param({"new": 1}, False, id="all are others"),
        pytest.param({"hot": 899, "a": 4, "b": 4}, False, id="none lost much"),
    ],
)
def test_when_counting_began(after: dict[str, int], *, reset: bool) -> None:
    before = {"hot": 900, "a": 5, "b": 5}
    db = SlowSession(server(), answers(Use=[use_of(*each) for each in before.items()]))
    assert tables(db).counting_since == 5.0
    db.clock += 300
    db.by_type[Use] = [use_of(*each) for each in after.items()]
    assert tables(db).counting_since == (db.clock if reset else 5.0)
    assert tables(db).counting_since == (db.clock if reset else 5.0)


def test_a_table_that_is_held() -> None:
    found = answers(Name=[row(Name, storage_engine=None, **T)])
    snapshot = tables(FakeSession(server("mariadb", 11, 8), by_type=found))
    assert (snapshot.rows, snapshot.partial) == ((), True)
    assert snapshot.gaps[0].startswith("1 table could not be read: ")


@pytest.mark.parametrize(
    ("given", "gap"),
    [
        pytest.param({}, (), id="a right on everything hides nothing"),
        pytest.param(
            {"grants": frozenset({"SELECT ON shop.*"})},
            ("1 table is hidden from dbtriage@%; run GRANT REFERENCES ON *.* TO 'dbtriage'@'%'",),
            id="a right on one schema does",
        ),
    ],
)
def test_a_table_that_is_hidden(given: dict[str, Any], gap: tuple[str, ...]) -> None:
    found = answers(TableStats=[row(TableStats, **T)])
    assert tables(FakeSession(server(**given), by_type=found)).gaps == gap


@pytest.mark.parametrize(
    ("asked", "files", "formats"),
    [
        pytest.param(server("mysql", 5, 7, 44), "INNODB_SYS_TABLESPACES", True, id="MySQL 5.7"),
        pytest.param(server("mysql", 8, 0, 11), "INNODB_TABLESPACES", False, id="MySQL 8.0"),
        pytest.param(server("mysql", 26, 4), "INNODB_TABLESPACES", False, id="MySQL 26"),
        pytest.param(server("mariadb", 10, 5), "INNODB_SYS_TABLESPACES", True, id="MariaDB 10.5"),
    ],
)
def test_asks_as_the_version_answers(asked: Server, files: str, *, formats: bool) -> None:
    db = FakeSession(asked, by_type=answers())
    assert tables(db).rows == ()
    assert any(f"information_schema.{files}" in sql for sql in db.ran)
    assert any("INNODB_SYS_TABLES\n" in sql for sql in db.ran) == formats
    dynamic = ("TABLE_ROWS", "DATA_LENGTH", "DATA_FREE", "CARDINALITY", "INNODB_TABLES\n")
    assert not any(word in sql for sql in db.ran for word in dynamic)


def test_without_performance_schema() -> None:
    db = FakeSession(server(settings={"performance_schema": "OFF"}), by_type=answers())
    assert tables(db).counting_since is None
    assert not any("performance_schema." in sql for sql in db.ran)


def test_says_what_it_needs() -> None:
    assert tables.unmet(server()) == []
    assert tables.unmet(server(grants=frozenset({"ALL PRIVILEGES"}))) == []
    shows, process, reads = tables.unmet(server(grants=frozenset({"SELECT ON mysql.*x"})))[:3]
    assert "run GRANT REFERENCES ON *.* TO 'dbtriage'@'%'" in shows
    assert "run GRANT PROCESS ON *.*" in process
    assert "run GRANT SELECT ON mysql.innodb_table_stats" in reads


@pytest.mark.parametrize(
    ("column", "prefix", "wide"),
    [
        pytest.param({"type": "int"}, 0, 4, id="an integer"),
        pytest.param({"type": "datetime", "fraction": 3}, 0, 7, id="fractions of a second"),
        pytest.param({"type": "decimal", "digits": 12, "decimals": 2}, 0, 6, id="a decimal"),
        pytest.param({"type": "bit", "digits": 9}, 0, 2, id="bits"),
        pytest.param({"type": "char", "characters": 9, "octets": 36}, 0, 36, id="characters"),
        pytest.param({"type": "char", "characters": 9, "octets": 36}, 5, 20, id="a prefix"),
        pytest.param({"type": "geometry"}, 0, None, id="unknown"),
    ],
)
def test_how_wide_a_key_is(column: dict[str, Any], prefix: int, wide: int | None) -> None:
    part = make(KeyPart, column="a", prefix=prefix)
    assert key_bytes([part], [make(KeyColumn, column="a", **column)]) == wide


def test_a_table_without_a_key_has_no_width() -> None:
    assert key_bytes([], []) is None
