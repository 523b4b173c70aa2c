"""A healthy server stays quiet: an order workload on servers with durable settings."""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.live import mysql_binaries
from tests.live.mysql_server import MysqlServer
from tests.live.own_mysql_servers import OwnMysqlServers
from tests.live.test_healthy import worrying
from tests.live.triage import look

# Durability stays on: to switch it off, as tests do for speed, is a finding.
BORN_WITH = {
    "innodb_flush_log_at_trx_commit": "1",
    "sync_binlog": "1",
    "innodb_buffer_pool_size": "128M",
    "max_connections": "151",
}
_REDO = {"mysql97": {"innodb_redo_log_capacity": "100M"}}
_REDO_OF_MARIADB = {"innodb_log_file_size": "96M"}
_SCHEMA = (
    "CREATE DATABASE shop",
    "USE shop",
    "CREATE TABLE customers (id int PRIMARY KEY AUTO_INCREMENT, name varchar(60) NOT NULL)",
    "CREATE TABLE orders (id bigint PRIMARY KEY AUTO_INCREMENT, customer_id int NOT NULL, "
    "total decimal(10, 2) NOT NULL, placed_at datetime NOT NULL, "
    "KEY orders_of_customer (customer_id, placed_at), "
    "FOREIGN KEY (customer_id) REFERENCES customers (id))",
    # One by one: of a copy of many, MySQL hands out more numbers than it uses.
    *("INSERT INTO customers (name) VALUES ('a')",) * 256,
    "INSERT INTO orders (customer_id, total, placed_at) "
    "SELECT c.id, 10, NOW() FROM customers c CROSS JOIN customers d",
    "ANALYZE TABLE customers, orders",
    # The set-up is no workload.
    "TRUNCATE performance_schema.events_statements_summary_by_digest",
)
_WORKERS = 2
_SECONDS = 15.0


def _work(server: MysqlServer, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  a workload
    until = time.monotonic() + _SECONDS
    with server.session(database="shop", autocommit=False) as connection:
        cursor = connection.cursor()
        while time.monotonic() < until:
            customer = chance.randint(1, 256)
            cursor.execute("SELECT name FROM customers WHERE id = %s", [customer])
            cursor.execute(
                "SELECT id, total FROM orders WHERE customer_id = %s "
                "ORDER BY placed_at DESC LIMIT 10",
                [customer],
            )
            cursor.execute(
                "INSERT INTO orders (customer_id, total, placed_at) VALUES (%s, %s, NOW())",
                [customer, chance.randint(1, 500)],
            )
            cursor.execute("UPDATE orders SET total = total + 1 WHERE id = %s", [cursor.lastrowid])
            connection.commit()


def _workload(server: MysqlServer) -> None:
    with ThreadPoolExecutor(_WORKERS) as workers:
        for worker in [workers.submit(_work, server, n) for n in range(_WORKERS)]:
            worker.result()


@pytest.mark.parametrize(
    "engine",
    [pytest.param(e, marks=pytest.mark.xdist_group(f"own {e}")) for e in mysql_binaries.ENGINES],
)
def test_a_healthy_shop_gives_no_finding_of_medium_or_worse(
    own_mysql_server: OwnMysqlServers, engine: str
) -> None:
    server = own_mysql_server(engine, settings=BORN_WITH | _REDO.get(engine, _REDO_OF_MARIADB))
    with server.session() as connection, connection.cursor() as cursor:
        for statement in _SCHEMA:
            cursor.execute(statement)
    watched = look(server.dsn(), during=lambda: _workload(server))
    assert worrying(watched) == []
    assert any("orders" in s.query for s in watched.statements), "the workload was seen"
    assert worrying(look(server.dsn())) == []
