"""What digests of MySQL and MariaDB cost the server and the agent, and what a scrape costs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agent.config_target import Target
from agent.watch import Watch
from benchmarks.measure import Figure
from benchmarks.pages import daemon, get, scrapes, until_full
from collectors.mysql.statements import MysqlStatement
from tests.live.mysql_server import MysqlServer, start

ENGINES = ("mysql97", "maria118")
STATEMENTS = 5000
_TABLES = 200
_ROUNDS = 10
_SETTINGS = {
    "performance_schema_digests_size": str(STATEMENTS + 2000),
    "table_definition_cache": "2000",
}


def figures() -> Iterator[Figure]:
    for engine in ENGINES:
        with start(engine, _SETTINGS) as server:
            _build(server)
            yield from _rounds(server)
            with daemon(server.dsn()) as (_, port):
                until_full(port, lambda: _run_all(server))
                yield from _exported(server, port)


def _build(server: MysqlServer) -> None:
    with server.session() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE shop")
        for n in range(_TABLES):
            columns = "id int PRIMARY KEY, a int, b varchar(20), c int"
            cursor.execute(f"CREATE TABLE shop.t{n} ({columns})")
    _run_all(server)


def _run_all(server: MysqlServer) -> None:
    """Run each statement once; each has its own table and length of its sum."""
    with server.session(database="shop") as connection, connection.cursor() as cursor:
        for n in range(STATEMENTS):
            cursor.execute(
                f"SELECT a{' + c' * (n // _TABLES)}, b, c FROM t{n % _TABLES} "
                "WHERE id = 1 AND c > 2 AND b = 'some text' ORDER BY a LIMIT 10"
            )


def _rounds(server: MysqlServer) -> Iterator[Figure]:
    """Rounds after the first, each with all statements run in between."""
    watch = Watch(Target.model_validate({"name": "bench", "dsn": server.dsn()}), 900.0)
    asked = [c for c in watch.collectors if c.row is MysqlStatement]
    try:
        watch.collect(asked)
        server_cpu = agent_cpu = 0.0
        for _ in range(_ROUNDS):
            _run_all(server)
            thread = _thread(server)
            before, ours = thread(), time.process_time()
            watch.collect(asked)
            agent_cpu += time.process_time() - ours
            server_cpu += thread() - before
    finally:
        watch.close()
    ms = 1000 / _ROUNDS
    yield Figure(f"{server.name} statements round: server CPU", server_cpu * ms, "ms", 25)
    yield Figure(f"{server.name} statements round: agent CPU", agent_cpu * ms, "ms", 60)


def _thread(server: MysqlServer) -> Any:
    """Reads the CPU time so far of the one thread of the server that serves our connection."""
    with server.session() as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT THREAD_OS_ID FROM performance_schema.threads "
            "WHERE PROCESSLIST_ID <> CONNECTION_ID() AND PROCESSLIST_DB = 'information_schema'"
        )
        ((thread,),) = cursor.fetchall()
    stat = Path(f"/proc/{server.pid}/task/{thread}/schedstat")
    return lambda: int(stat.read_text().split()[0]) / 1e9


def _exported(server: MysqlServer, port: int) -> Iterator[Figure]:
    digest = b'digest="'
    lines = [line for line in get(port)[1].splitlines() if digest in line]
    valued = [line for line in lines if line.startswith(b"dbtriage_statement_")]
    texts = sum(line.startswith(b"dbtriage_statement_info") for line in valued)
    digests = len({line.partition(digest)[2].partition(b'"')[0] for line in valued})
    yield Figure(f"{server.name} values a digest", (len(valued) - texts) / digests, "")
    yield from scrapes(port, f"{server.name} ")
