"""The commands on MySQL and MariaDB as a user runs them: output, exit codes, words."""

from __future__ import annotations

import json

import pytest

from agent.demo.server import free_port
from tests.live.mysql_database import MysqlDatabase
from tests.live.test_cli import dbtriage

PHRASE = "hunter2"


@pytest.fixture
def trouble(mysql_database: MysqlDatabase) -> MysqlDatabase:
    """Two equal indexes: a finding of medium severity."""
    cursor = mysql_database.connect().cursor()
    cursor.execute("CREATE TABLE t (id int PRIMARY KEY AUTO_INCREMENT, a int, KEY one (a))")
    cursor.execute("ALTER TABLE t ADD KEY two (a)")
    cursor.execute("INSERT INTO t (a) VALUES (1)")
    for _ in range(15):
        cursor.execute("INSERT INTO t (a) SELECT a + 1 FROM t")
    cursor.execute("ANALYZE TABLE t")
    return mysql_database


def test_check_one_server(trouble: MysqlDatabase) -> None:
    done = dbtriage("check", "--dsn", trouble.dsn, "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    (report,) = json.loads(done.stdout)["targets"]
    assert report["engine"] == trouble.server.product.lower()
    assert report["platform"] == "self-managed"
    assert report["reachable"]
    outcomes = report["outcomes"]
    assert {o["outcome"] for o in outcomes["collectors"]} <= {"answered", "skipped"}
    assert all(o["id"].startswith("mysql.") for o in outcomes["collectors"])
    assert {o["outcome"] for o in outcomes["rules"]} <= {"evaluated", "not-evaluated"}
    mine = [r for r in report["recommendations"] if r["rule"] == "duplicate-index"]
    assert any(r["subject"]["database"] == trouble.name for r in mine)
    assert report["statements"]
    assert 0 < report["coverage"]["statement_time_ratio"] <= 1


def test_check_as_text(trouble: MysqlDatabase) -> None:
    done = dbtriage("check", "--dsn", trouble.dsn, "--window", "2s", "--fail-on", "low")
    assert done.returncode == 1, done.stderr
    assert trouble.server.product in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 120


def test_doctor(mysql_database: MysqlDatabase) -> None:
    done = dbtriage("doctor", "--dsn", mysql_database.dsn)
    assert done.returncode == 0, done.stderr
    assert f"  {mysql_database.server.product} " in done.stdout
    assert "session is read-only and bounded" in done.stdout
    assert "failed" not in done.stdout


@pytest.mark.engines("mysql97")
def test_nobody_is_there(mysql_database: MysqlDatabase) -> None:
    dsn = f"mysql://root:{PHRASE}@127.0.0.1:{free_port()}/"
    for command in ("check", "doctor"):
        done = dbtriage(command, "--dsn", dsn)
        assert done.returncode == 3
        said = done.stdout + done.stderr
        assert "Connection refused" in said
        assert PHRASE not in said
    done = dbtriage(
        "check", "--dsn", f"mysql://nobody:{PHRASE}@127.0.0.1:{mysql_database.server.port}"
    )
    assert done.returncode == 3
    assert "Access denied" in done.stdout + done.stderr
    assert PHRASE not in done.stdout + done.stderr
    done = dbtriage("check", "--dsn", "oracle://h")
    assert done.returncode == 2
    assert "allowed: postgresql://, postgres://, mysql://, mariadb://" in done.stderr
