"""What `dbtriage grants mysql` and `… mariadb` print is run for real, and is enough."""

from __future__ import annotations

import re
from typing import Any

import pymysql
import pytest
from typer.testing import CliRunner

from agent.cli import app
from agent.collect import ask
from agent.discovery import all_collectors
from collectors.mysql.columns import columns
from collectors.mysql.indexes import indexes
from collectors.mysql.tables import tables
from tests.live import mysql_binaries
from tests.live.mysql.opened import opened, query, tell
from tests.live.mysql_server import MysqlServer
from tests.live.own_mysql_servers import OwnMysqlServers

ROLE = "Watch'dog"
PRIVILEGE = re.compile(r"GRANT|privilege|denied|permission|hidden", re.IGNORECASE)


def prepared(shop: MysqlServer, *arguments: str) -> dict[str, Any]:
    """Run what is printed, as an administrator would; how to connect as the new account."""
    printed = CliRunner().invoke(app, ["grants", shop.product.lower(), "--role", ROLE, *arguments])
    assert printed.exit_code == 0
    lines = [line for line in printed.stdout.splitlines() if not line.startswith("--")]
    (unlock,) = re.findall(r"-- Then: (ALTER USER .*);", printed.stdout)
    tell(shop, *(s for s in "\n".join(lines).split(";") if s.strip()))
    tell(shop, unlock.replace("…", "a phrase"))
    return {"user": ROLE, "password": "a phrase"}


@pytest.fixture(params=mysql_binaries.ENGINES)
def shop(own_mysql_server: OwnMysqlServers, request: pytest.FixtureRequest) -> MysqlServer:
    """With tables of another account."""
    server = own_mysql_server(request.param)
    tell(
        server,
        "CREATE DATABASE shop",
        "CREATE TABLE shop.customers (id int AUTO_INCREMENT PRIMARY KEY, name varchar(20))",
        "CREATE TABLE shop.orders (id int PRIMARY KEY, customer int, "
        "FOREIGN KEY (customer) REFERENCES shop.customers (id))",
        "INSERT INTO shop.customers (name) VALUES ('Ada'), (NULL)",
    )
    return server


def test_what_is_printed_is_enough(shop: MysqlServer) -> None:
    account = prepared(shop)
    with opened(shop, account.pop("user"), **account) as db:
        asked = [ask(c, db) for c in all_collectors() if c.engine == "mysql"]
        assert "ALL PRIVILEGES" not in db.server.grants
    assert {outcome.id: outcome.reason for outcome, _ in asked if outcome.privilege} == {}
    said = {o.id: o.reason for o, _ in asked if o.ended == "failed" or PRIVILEGE.search(o.reason)}
    assert said == {}
    answers = {o.id: answer for o, answer in asked if answer is not None}
    for id in ("tables", "indexes", "columns", "foreign_keys", "auto_increment"):
        schemas = {row.schema for row in answers[f"mysql.{id}"].rows}
        assert schemas == {"shop"}, f"{id} sees {schemas}"


@pytest.mark.parametrize("arguments", [(), ("--without-data",)])
def test_the_account_reads_and_writes_no_table(
    shop: MysqlServer, arguments: tuple[str, ...]
) -> None:
    account = prepared(shop, *arguments)
    with shop.session(**account) as connection, connection.cursor() as cursor:
        for statement in (
            "SELECT * FROM shop.customers",
            "INSERT INTO shop.customers VALUES (0, '')",
            "CREATE TABLE shop.t (id int)",
            "CREATE DATABASE other",
            "ALTER TABLE shop.orders ADD FOREIGN KEY (id) REFERENCES shop.customers (id)",
            "SELECT max_value FROM mysql.column_stats",
            "SELECT * FROM mysql.user",
        ):
            with pytest.raises(pymysql.err.MySQLError, match=r"denied|doesn't exist"):
                cursor.execute(statement)


def test_it_can_be_run_again(shop: MysqlServer) -> None:
    prepared(shop)
    prepared(shop)


def test_before_it_has_a_password(shop: MysqlServer) -> None:
    account = prepared(shop)
    tell(shop, "DROP USER `Watch'dog`@`%`")
    printed = CliRunner().invoke(app, ["grants", shop.product.lower(), "--role", ROLE]).stdout
    create = next(line for line in printed.splitlines() if line.startswith("CREATE USER"))
    tell(shop, create.rstrip(";"))
    with (
        pytest.raises(pymysql.err.MySQLError, match="locked"),
        shop.session(user=account["user"], password=""),
    ):
        pass


def test_an_account_that_was_granted_nothing(shop: MysqlServer) -> None:
    tell(shop, "CREATE USER stranger")
    with opened(shop, "stranger") as db:
        for collector in (tables, indexes, columns):
            outcome, _ = ask(collector, db)
            assert outcome.ended == "skipped"
            assert "run GRANT REFERENCES ON *.* TO 'stranger'@'%'" in outcome.reason


def test_tables_the_account_has_no_right_on(shop: MysqlServer) -> None:
    tell(shop, "CREATE DATABASE other", "CREATE TABLE other.t (id int PRIMARY KEY)")
    account = prepared(shop)
    named = "`Watch'dog`@`%`"
    tell(shop, f"REVOKE REFERENCES ON *.* FROM {named}", f"GRANT SELECT ON other.* TO {named}")
    assert query(shop, "SELECT COUNT(*) FROM mysql.innodb_table_stats WHERE n_rows >= 0") != "0"
    with opened(shop, account.pop("user"), **account) as db:
        outcome, answer = ask(tables, db)
    assert answer is not None
    assert [row.name for row in answer.rows] == ["other.t"]
    assert outcome.reason == (
        "2 tables are hidden from Watch'dog@%; run GRANT REFERENCES ON *.* TO 'Watch''dog'@'%'"
    )
