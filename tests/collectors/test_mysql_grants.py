from __future__ import annotations

from typing import Literal

import pytest
from typer.testing import CliRunner

from agent.cli import app
from collectors.mysql.grants import setup

Engine = Literal["mysql", "mariadb"]


@pytest.mark.parametrize(
    ("role", "account"),
    [
        ("dbtriage", "'dbtriage'@'%'"),
        ("watch@10.0.%", "'watch'@'10.0.%'"),
        ("o'dd", "'o''dd'@'%'"),
    ],
)
@pytest.mark.parametrize("engine", ["mysql", "mariadb"])
def test_the_account(engine: Engine, role: str, account: str) -> None:
    text = setup(engine, role)
    limits = "WITH MAX_USER_CONNECTIONS 5 ACCOUNT LOCK;"
    assert f"CREATE USER IF NOT EXISTS {account} {limits}" in text
    statements = [line for line in text.splitlines() if line and not line.startswith("--")]
    assert all(line.startswith(("CREATE USER", "GRANT", "   ON")) for line in statements)
    grants = [s for s in "\n".join(statements).split(";") if s.strip().startswith("GRANT")]
    assert all(s.endswith(f" TO {account}") for s in grants)
    assert "SELECT ON *.*" not in text


def test_each_fork_has_its_own_words() -> None:
    mysql, mariadb = setup("mysql", "dbtriage"), setup("mariadb", "dbtriage")
    assert "GRANT REPLICATION CLIENT ON" in mysql
    assert "MONITOR" not in mysql
    assert "GRANT SLAVE MONITOR ON" in mariadb
    assert "performance_schema = ON" in mariadb
    assert "mysql.column_stats" in mariadb
    assert "max_value" not in mariadb


def test_without_data() -> None:
    assert "-- GRANT SELECT ON mydb.*" in setup("mysql", "dbtriage")
    assert "mydb" not in setup("mysql", "dbtriage", with_data=False)


@pytest.mark.parametrize("engine", ["mysql", "mariadb"])
def test_it_is_printed(engine: Engine) -> None:
    done = CliRunner().invoke(app, ["grants", engine, "--role", "eye"])
    assert (done.exit_code, done.stdout.rstrip()) == (0, setup(engine, "eye").rstrip())
