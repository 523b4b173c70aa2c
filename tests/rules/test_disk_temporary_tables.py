from __future__ import annotations

from typing import Any

import pytest

from collectors.mysql.statements import MysqlStatement
from collectors.session import Server
from rules.base import Severity
from rules.statements.disk_temporary_tables import disk_temporary_tables
from tests.make import activity
from tests.rules.mysql_costs import REST, SECONDS, ran
from tests.rules.mysql_servers import mariadb, mysql

MB = 1024 * 1024
TEMPTABLE = {
    "internal_tmp_mem_storage_engine": "TempTable",
    "tmp_table_size": str(16 * MB),
    "max_heap_table_size": str(16 * MB),
    "temptable_max_ram": str(1024 * MB),
}
MEMORY = {"tmp_table_size": str(16 * MB), "max_heap_table_size": str(16 * MB)}
GROUPS = "SELECT note, COUNT(*) FROM orders GROUP BY note"


def spilled(**given: Any) -> MysqlStatement:
    return ran(**{"query": GROUPS, "temp_tables": 1000, "disk_temp_tables": 1000, **given})


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(spilled(), id="all of them"),
        pytest.param(spilled(disk_temp_tables=251), id="over a quarter"),
        pytest.param(spilled(calls=100, temp_tables=100, disk_temp_tables=90), id="over ten"),
    ],
)
def test_fires(row: MysqlStatement) -> None:
    statements = activity(row, REST, seconds=SECONDS)
    (finding,) = disk_temporary_tables(statements, mysql(9, 7, settings=TEMPTABLE))
    assert finding.severity is Severity.MEDIUM
    assert finding.evidence["tmp_table_size_bytes"] == 16 * MB


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(spilled(disk_temp_tables=250), id="a quarter"),
        pytest.param(spilled(temp_tables=83, disk_temp_tables=83), id="under ten a minute"),
        pytest.param(spilled(disk_temp_tables=0), id="all in memory"),
        pytest.param(spilled(exec_seconds=49.0), id="little load"),
        pytest.param(spilled(own=True), id="our own"),
        pytest.param(spilled(temp_tables=None, disk_temp_tables=None), id="not counted"),
    ],
)
def test_quiet(row: MysqlStatement) -> None:
    statements = activity(row, REST, seconds=SECONDS)
    assert not disk_temporary_tables(statements, mysql(9, 7, settings=TEMPTABLE))


@pytest.mark.parametrize(
    ("server", "advised"),
    [
        pytest.param(
            mysql(9, 7, settings=TEMPTABLE), ["SET PERSIST tmp_table_size = 67108864;"], id="mysql"
        ),
        pytest.param(
            mariadb(11, 8, settings=MEMORY),
            ["SET GLOBAL tmp_table_size = 67108864;", "SET GLOBAL max_heap_table_size = 67108864;"],
            id="mariadb takes the smaller of two",
        ),
        pytest.param(
            mariadb(11, 8, settings={**MEMORY, "tmp_table_size": str(64 * MB)}),
            ["SET GLOBAL max_heap_table_size = 67108864;"],
            id="only the one that holds it back",
        ),
        pytest.param(
            mysql(9, 7, settings={**TEMPTABLE, "tmp_table_size": str(64 * MB)}), [], id="ample"
        ),
        pytest.param(
            mysql(8, 0, 27, settings=TEMPTABLE), [], id="before 8.0.28 a gigabyte for all"
        ),
        pytest.param(mariadb(11, 8), [], id="not known"),
    ],
)
def test_what_is_set_already_is_not_advised(server: Server, advised: list[str]) -> None:
    (finding,) = disk_temporary_tables(activity(spilled(), seconds=SECONDS), server)
    assert [s for s in finding.remedy.statements if s.startswith("SET ")] == advised
    assert ("Worst case" in finding.remedy.text) == bool(advised)


def test_how_to_go_back() -> None:
    server = mysql(9, 7, settings=TEMPTABLE)
    (finding,) = disk_temporary_tables(activity(spilled(), seconds=SECONDS), server)
    assert finding.remedy.rollback == "SET PERSIST tmp_table_size = 16777216;"


def test_how_to_go_back_from_two_settings() -> None:
    """A remark ends with its line: what follows it on the same line would not be run."""
    both = {"tmp_table_size": "16777216", "max_heap_table_size": "16777216"}
    (finding,) = disk_temporary_tables(activity(spilled(), seconds=SECONDS), mariadb(settings=both))
    lines = finding.remedy.rollback.splitlines()
    assert [line.split()[2] for line in lines if line.startswith("SET GLOBAL ")] == list(both)


@pytest.mark.parametrize(
    ("server", "always"),
    [
        pytest.param(mysql(9, 7, settings=TEMPTABLE), False, id="TempTable keeps them"),
        pytest.param(mysql(5, 7, settings=MEMORY), True, id="5.7"),
        pytest.param(mariadb(11, 8, settings=MEMORY), True, id="mariadb"),
    ],
)
def test_where_text_columns_go_to_disk_always(server: Server, always: bool) -> None:
    (finding,) = disk_temporary_tables(activity(spilled(), seconds=SECONDS), server)
    assert ("TEXT or BLOB" in finding.remedy.text) is always
