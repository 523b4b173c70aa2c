from __future__ import annotations

from typing import Any

import pytest

from collectors.mysql.key_bytes import KeyColumn, key_bytes
from collectors.mysql.key_parts import KeyPart
from collectors.mysql.storage import File, Format, TableStats
from collectors.mysql.table_io import Use
from collectors.mysql.tables import Name, tables
from collectors.session import Server
from tests.fakes import FakeSession
from tests.make import make, row

GRANTS = {"PROCESS", "REFERENCES", "SELECT ON performance_schema.*"}
STATS = {"SELECT ON mysql.innodb_table_stats", "SELECT ON mysql.innodb_index_stats"}


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
    return {kind: of.get(kind.__name__, []) for kind in kinds}


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
