from __future__ import annotations

from typing import Any

import pytest

from collectors.mysql.auto_increment import AutoIncrement
from collectors.mysql.tables import MysqlTable
from collectors.postgres.postgres_table import PostgresTable
from collectors.session import Server
from collectors.snapshots.replication import Replica
from rules.base import Severity
from rules.tables.no_primary_key import no_primary_key
from tests.make import make, server, snapshot
from tests.rules.mysql_servers import mariadb, mysql


def table(**given: Any) -> PostgresTable:
    about = {"schema": "public", "table": "t", "kind": "table", "live_rows": 1000, "updates": 1}
    return make(PostgresTable, **{**about, **given})


@pytest.mark.parametrize(
    ("it", "severities"),
    [
        pytest.param(table(), [None], id="rows are changed"),
        pytest.param(table(updates=0, deletes=1), [None], id="rows are deleted"),
        pytest.param(table(updates=0), [Severity.LOW], id="only appended to"),
        pytest.param(table(live_rows=999), [], id="a handful of rows"),
        pytest.param(table(has_primary_key=True), [], id="has one"),
        pytest.param(table(has_unique_key=True), [], id="unique and not NULL"),
        pytest.param(table(kind="partition"), [], id="its parent is named instead"),
        pytest.param(table(kind="materialized view"), [], id="can't have one"),
        pytest.param(
            table(kind="partitioned table", rows=1e6, updates=0), [Severity.LOW], id="a parent"
        ),
        pytest.param(table(kind="partitioned table", rows=None), [], id="a parent not analysed"),
    ],
)
def test_no_primary_key(it: PostgresTable, severities: list[Severity | None]) -> None:
    assert [f.severity for f in no_primary_key(snapshot(it), None, None, server())] == severities


def test_remedy_names_the_table() -> None:
    (finding,) = no_primary_key(snapshot(table(table="Order")), None, None, server())
    assert finding.remedy.statements[1].startswith('ALTER TABLE public."Order" ADD COLUMN')


def of_mysql(**given: Any) -> MysqlTable:
    about = {
        "database": "shop",
        "schema": "shop",
        "table": "t",
        "kind": "table",
        "storage_engine": "InnoDB",
        "rows": 1000.0,
        "updates": 1,
        "deletes": 0,
    }
    return make(MysqlTable, **{**about, **given})


@pytest.mark.parametrize(
    ("it", "where", "severities"),
    [
        pytest.param(of_mysql(), mysql(), [None], id="rows are changed"),
        pytest.param(of_mysql(updates=0), mariadb(), [Severity.LOW], id="only appended to"),
        pytest.param(
            of_mysql(updates=None, deletes=None), mariadb(), [Severity.LOW], id="nobody counts"
        ),
        pytest.param(of_mysql(rows=999.0), mysql(), [], id="a handful of rows"),
        pytest.param(of_mysql(rows=None), mysql(), [], id="rows not known"),
        pytest.param(of_mysql(has_primary_key=True), mysql(), [], id="has one"),
        pytest.param(of_mysql(has_unique_key=True), mysql(), [], id="InnoDB takes the unique one"),
        pytest.param(
            of_mysql(),
            mysql(settings={"show_gipk_in_create_table_and_information_schema": "OFF"}),
            [],
            id="keys that MySQL made itself are not shown",
        ),
    ],
)
def test_on_mysql(it: MysqlTable, where: Server, severities: list[Severity | None]) -> None:
    assert [f.severity for f in no_primary_key(snapshot(it), None, None, where)] == severities


def test_replicas_make_it_worse() -> None:
    replicas = snapshot(make(Replica, replica="r"))
    (finding,) = no_primary_key(snapshot(of_mysql()), None, replicas, mysql())
    assert finding.severity is Severity.HIGH


def remedy(where: Server, numbered: str = "") -> tuple[str, ...]:
    column = make(AutoIncrement, database="shop", schema="shop", table="t", column=numbered)
    known = snapshot(column) if numbered else None
    (finding,) = no_primary_key(snapshot(of_mysql()), known, None, where)
    return finding.remedy.statements


@pytest.mark.parametrize(
    ("where", "hidden"),
    [
        pytest.param(mysql(8, 0, 23), " INVISIBLE", id="MySQL 8.0.23"),
        pytest.param(mysql(5, 7, 44), "", id="MySQL 5.7"),
        pytest.param(mariadb(10, 5), " INVISIBLE", id="MariaDB"),
    ],
)
def test_a_numbered_column_is_hidden_where_it_can_be(where: Server, hidden: str) -> None:
    assert remedy(where)[1] == (
        "ALTER TABLE shop.t ADD COLUMN row_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT"
        f"{hidden} PRIMARY KEY, ALGORITHM=INPLACE, LOCK=SHARED;"
    )


def test_logged_changes_go_through_a_new_table() -> None:
    said = remedy(mysql(settings={"log_bin": "ON"}))
    assert said[0] == "CREATE TABLE shop.t_new LIKE shop.t;"
    assert said[3] == "INSERT INTO shop.t_new SELECT * FROM shop.t AS every;"
    old = remedy(mysql(5, 7, 44, settings={"log_bin": "ON"}))
    assert "every.*, NULL" in old[3]


def test_a_column_that_is_numbered_becomes_the_key() -> None:
    assert remedy(mysql(), "id")[1] == (
        "ALTER TABLE shop.t ADD PRIMARY KEY (id), ALGORITHM=INPLACE, LOCK=NONE;"
    )
