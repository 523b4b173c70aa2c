"""The commands as a user runs them: output, exit codes, and words for what went wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.demo.server import PostgresServer, free_port
from tests.live.database import Database
from tests.live.rules.background import sessions
from tests.live.triage import look

ROOT = Path(__file__).parents[2]
HBA = "host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n"

pytestmark = pytest.mark.newest


def dbtriage(
    *arguments: str | Path, stdin: str | None = None, **env: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        [sys.executable, "-m", "agent", *map(str, arguments)],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        input=stdin,
        timeout=60,
        env={**os.environ, "NO_COLOR": "1", **env},
    )


@pytest.fixture
def config(tmp_path: Path, database: Database) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(
        f'[[targets]]\nname = "shop"\ndsn = "{database.dsn}"\ndatabases = ["{database.name}"]\n'
        f'[[targets]]\nname = "down"\ndsn = "{_nowhere()}"\n'
    )
    return file


def _nowhere() -> str:
    return f"postgresql://postgres:hunter2@127.0.0.1:{free_port()}/postgres"


@pytest.fixture
def trouble(database: Database) -> Iterator[Database]:
    """Two equal indexes: a finding of medium severity."""
    with sessions(database.dsn) as live:
        live.do("CREATE TABLE t (a int); CREATE INDEX ON t (a); CREATE INDEX ON t (a)")
        live.do("INSERT INTO t SELECT generate_series(1, 50000)")
        live.do("ANALYZE t")
        yield database


def target(document: str, name: str = "shop") -> dict[str, Any]:
    found = [t for t in json.loads(document)["targets"] if t["name"] == name]
    assert len(found) == 1
    made: dict[str, Any] = found[0]
    return made


@pytest.mark.usefixtures("trouble")
def test_check_a_window(config: Path) -> None:
    done = dbtriage("check", "-c", config, "-t", "shop", "--window", "2s", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    report = target(done.stdout)
    assert report["window_kind"] == "difference"
    assert 2 <= report["window_seconds"] < 20
    assert "duplicate-index" in {r["rule"] for r in report["recommendations"]}
    assert {o["outcome"] for o in report["outcomes"]["collectors"]} <= {"answered", "skipped"}


@pytest.mark.parametrize(
    ("kind", "begins"),
    [("text", "dbtriage report of "), ("markdown", "# "), ("html", "<!doctype html>")],
)
def test_check_in_each_format(config: Path, kind: str, begins: str) -> None:
    done = dbtriage("check", "-c", config, "--window", "1s", "-f", kind)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.lower().startswith(begins)
    assert "Connection refused" in done.stdout
    assert "hunter2" not in done.stdout
    assert "\x1b" not in done.stdout
    if kind == "text":
        assert max(map(len, done.stdout.splitlines())) <= 100


def test_check_into_a_file(config: Path, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    done = dbtriage("check", "-c", config, "--window", "1s", "-f", "json", "-o", file)
    assert (done.returncode, done.stdout) == (0, "")
    assert target(file.read_text())["reachable"]
    refused = dbtriage("check", "-c", config, "--window", "1s", "-o", tmp_path)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == f"dbtriage: {tmp_path}: Is a directory\n"


@pytest.mark.usefixtures("trouble")
def test_check_fails_on_findings(config: Path) -> None:
    config.write_text(config.read_text() + '[mute]\n"durability-off" = ["*"]\n')
    arguments = ("check", "-c", config, "-t", "shop", "--window", "1s", "--fail-on")
    assert dbtriage(*arguments, "critical").returncode == 0
    found = dbtriage(*arguments, "info")
    assert found.returncode == 1
    assert found.stdout
    assert found.stderr == ""


@pytest.mark.parametrize("command", ["check", "doctor"])
def test_no_target_can_be_reached(command: str) -> None:
    done = dbtriage(command, "--dsn", _nowhere())
    assert done.returncode == 3
    said = done.stdout + done.stderr
    assert "Connection refused" in said
    assert "hunter2" not in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "give either --config FILE or --dsn URL"),
        (("-c", "/nowhere.toml"), "/nowhere.toml: No such file or directory"),
        (("--dsn", "mssql://sa:hunter2@h/d"), "mssql:// is not supported"),
        (("--dsn", "postgresql://u:hunter2@[h/d"), "not a valid URL"),
        (("--dsn", "postgresql://u:hunter2@h/d?nonsense=1"), "not a valid postgresql:// URL"),
        (("--dsn", "postgresql://h/d", "--window", "2"), "needs a number with a unit"),
        (("--dsn", "postgresql://h/d", "--window", "0s"), "needs more than nothing"),
        (("--dsn", "postgresql://h/d", "-t", "x"), "no target named x; the file has h"),
        (("--dsn", "postgresql://h/d", "--format", "pdf"), "'pdf' is not one of"),
        (("--dsn", "postgresql://h/d", "--fail-on", "worst"), "'worst' is not one of"),
        (("--nonsense",), "No such option"),
    ],
)
def test_usage(arguments: tuple[str, ...], sentence: str) -> None:
    done = dbtriage("check", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in " ".join(done.stderr.replace("│", " ").split())
    assert "hunter2" not in done.stderr
    assert "Traceback" not in done.stderr


def test_doctor_says_what_to_run(
    database: Database, server: PostgresServer, tmp_path: Path
) -> None:
    admin = database.connect()
    role = f"plain_{database.name}"
    admin.execute(f"CREATE ROLE {role} LOGIN".encode())
    dsn = server.dsn(database.name, user=role)
    file = tmp_path / "config.toml"
    file.write_text(
        f'[[targets]]\nname = "plain"\ndsn = "{dsn}"\ndatabases = ["{database.name}"]\n'
        f'[[targets]]\nname = "down"\ndsn = "{_nowhere()}"\n'
    )
    try:
        done = dbtriage("doctor", "-c", file)
    finally:
        admin.execute(f"DROP ROLE {role}".encode())
    assert (done.returncode, done.stderr) == (0, "")
    assert f"connected as {role}" in done.stdout
    assert f'run GRANT pg_read_all_stats TO "{role}"' in done.stdout
    assert "session is read-only and bounded" in done.stdout
    assert "down\n  cannot be reached: " in done.stdout
    assert "hunter2" not in done.stdout


def test_doctor_of_a_server_without_the_extension(server: PostgresServer) -> None:
    done = dbtriage("doctor", "--dsn", server.dsn("template1"))
    assert done.returncode == 0
    assert "run CREATE EXTENSION pg_stat_statements" in done.stdout


def test_doctor_with_nothing_to_say(database: Database, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(
        f'[[targets]]\nname = "shop"\ndsn = "{database.dsn}"\ndatabases = ["{database.name}"]\n'
    )
    done = dbtriage("doctor", "-c", file)
    assert done.returncode == 0
    assert "skipped" not in done.stdout
    assert "failed" not in done.stdout


def digests(text: str, *arguments: str) -> list[dict[str, str]]:
    done = dbtriage("digest", *arguments, stdin=text)
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_digest_reads_sql_and_json() -> None:
    statements = ["SELECT * FROM t WHERE a = 'hunter2; x'", "select * from t where a = 'other'"]
    of_sql = digests(";\n".join(statements) + ";\n")
    assert of_sql == digests(json.dumps(statements))
    assert [set(each) for each in of_sql] == [{"digest", "query"}] * 2
    assert of_sql[0] == of_sql[1]
    assert len(of_sql[0]["digest"]) == 16
    assert "hunter2" not in str(of_sql)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT 'hunter2",
        "SELECT $$hunter2$$",
        "SELECT E'it\\'s hunter2'",
        "this is no SQL 'hunter2' (((",
        "SELECT 1; INSERT INTO t VALUES ('hunter2'), ('x;hunter2')",
        "",
    ],
)
def test_digest_never_echoes_a_literal(text: str) -> None:
    assert "hunter2" not in str(digests(text))


@pytest.mark.parametrize("text", ["['hunter2'", "[1, 2]", '["a", null]'])
def test_digest_refuses_what_is_no_list_of_statements(text: str) -> None:
    done = dbtriage("digest", stdin=text)
    assert done.returncode == 2
    assert "not a JSON list" in done.stderr
    assert "hunter2" not in done.stderr


def test_digest_names_what_the_report_names(database: Database) -> None:
    with sessions(database.dsn) as live:
        live.do("CREATE TABLE t (a int)")
        live.do("SELECT pg_stat_statements_reset()")
        for n in range(9):
            live.do(f"SELECT a FROM t WHERE a = {n}")
    report = look(database.dsn, databases=[database.name])
    (mine,) = [s for s in report.statements if s.query.startswith("SELECT a FROM t")]
    assert mine.calls == 9
    assert mine.digest == digests("select a from T where a=7")[0]["digest"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--help",), "Finds what hurts your databases' performance"),
        (("--version",), "dbtriage 0."),
        (("rules",), "idle-blocker"),
        (("explain", "idle-blocker"), "Why it matters"),
        (("grants", "postgres"), "GRANT pg_monitor TO dbtriage;"),
    ],
)
def test_what_needs_no_server(arguments: tuple[str, ...], sentence: str) -> None:
    done = dbtriage(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert sentence in done.stdout


def test_explain_an_unknown_rule() -> None:
    done = dbtriage("explain", "idle-blockers")
    assert done.returncode == 2
    assert done.stderr == "dbtriage: no rule named idle-blockers; did you mean idle-blocker?\n"


def test_a_reader_that_goes_away() -> None:
    """As in `dbtriage rules | head -1`."""
    command = f"{sys.executable} -m agent rules | head -1"
    done = subprocess.run(  # noqa: S602
        command, shell=True, cwd=ROOT, check=False, capture_output=True, text=True
    )
    assert done.stderr == ""
