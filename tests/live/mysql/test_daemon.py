"""`dbtriage run` on MySQL and MariaDB: what Prometheus sees while the server forgets things."""

from __future__ import annotations

import pytest
from pymysql.cursors import Cursor

from tests.live import mysql_binaries
from tests.live.mysql_database import MysqlDatabase
from tests.live.mysql_server import MysqlServer
from tests.live.own_mysql_servers import OwnMysqlServers
from tests.live.rules.background import until
from tests.live.running import Running

CALLS = "dbtriage_statement_calls_total"


def target(name: str, server: MysqlServer) -> str:
    return f'name = "{name}"\ndsn = "{server.dsn()}"'


def watching(cursor: Cursor) -> int:
    """Connections of dbtriage: those whose home is information_schema."""
    cursor.execute(
        "SELECT COUNT(*) FROM information_schema.processlist WHERE db = 'information_schema'"
    )
    ((count,),) = cursor.fetchall()
    return int(count)


def test_from_start_to_end(daemon: Running, mysql_database: MysqlDatabase) -> None:
    cursor = mysql_database.connect().cursor()
    cursor.execute("CREATE TABLE t (a int PRIMARY KEY)")
    daemon.configure(target("shop", mysql_database.server))
    daemon.start()

    def counted() -> bool:
        cursor.execute("SELECT a FROM t WHERE a = 4217")
        return any(s.labels["database"] == mysql_database.name for s in daemon.metrics(CALLS))

    until(counted)
    (up,) = daemon.metrics("dbtriage_up")
    engine = mysql_database.server.product.lower()
    assert (up.labels, up.value) == ({"target": "shop", "engine": engine}, 1)

    def texts() -> str:
        return " ".join(s.labels["query"] for s in daemon.metrics("dbtriage_statement_info"))

    until(lambda: "from t where a = ?" in texts().lower())
    assert "4217" not in texts()
    (shop,) = daemon.report()["targets"]
    assert (shop["reachable"], shop["engine"]) == (True, engine)
    assert {o["outcome"] for o in shop["outcomes"]["rules"]} <= {"evaluated", "not-evaluated"}
    assert all(daemon.get(path) == 200 for path in ("/", "/api/v1/statements"))
    assert 1 <= watching(cursor) <= 2
    assert daemon.stop() < 5
    until(lambda: watching(cursor) == 0)
    assert "Traceback" not in daemon.log


class Shop:
    """A table that is read, and the daemon's count of that."""

    def __init__(self, server: MysqlServer, daemon: Running) -> None:
        self.server = server
        self.seen = [0.0]
        self._daemon = daemon
        self.tell("CREATE DATABASE shop")
        self.tell("CREATE TABLE shop.t (a int PRIMARY KEY)")

    def tell(self, statement: str, times: int = 1) -> None:
        with self.server.session() as connection, connection.cursor() as cursor:
            for _ in range(times):
                cursor.execute(statement)

    def run(self, times: int) -> None:
        self.tell("SELECT a FROM shop.t WHERE a = 1", times)

    def total(self) -> float:
        """Of the statement above; what was seen last while the target is away."""
        queries = {
            s.labels["digest"]: s.labels["query"].lower()
            for s in self._daemon.metrics("dbtriage_statement_info")
        }
        found = [
            s.value
            for s in self._daemon.metrics(CALLS)
            if "from shop . t" in queries.get(s.labels["digest"], "").replace("shop.t", "shop . t")
        ]
        if found:
            self.seen.append(sum(found))
        return self.seen[-1]

    def counts_on(self) -> None:
        before = self.total()

        def grown() -> bool:
            self.run(1)
            return self.total() > before

        until(grown)


@pytest.mark.parametrize(
    "engine",
    [pytest.param(e, marks=pytest.mark.xdist_group(f"own {e}")) for e in mysql_binaries.ENGINES],
)
def test_counters_survive_truncate_and_restart(
    daemon: Running, own_mysql_server: OwnMysqlServers, engine: str
) -> None:
    shop = Shop(own_mysql_server(engine), daemon)
    daemon.configure(target("shop", shop.server))
    daemon.start()
    shop.counts_on()
    shop.run(500)
    until(lambda: shop.total() >= 500)
    shop.tell("TRUNCATE performance_schema.events_statements_summary_by_digest")
    shop.counts_on()
    shop.server.restart()
    until(lambda: [s.value for s in daemon.metrics("dbtriage_up")] == [1])
    shop.counts_on()
    assert shop.seen == sorted(shop.seen), "never less than before"
    assert shop.seen[-1] < 1000, "and nothing counted twice"
    assert daemon.stop() < 5


@pytest.mark.engines("mysql97")
def test_a_mariadb_behind_a_mysql_url(daemon: Running, own_mysql_server: OwnMysqlServers) -> None:
    server = own_mysql_server("maria118")
    dsn = server.dsn().replace("mariadb://", "mysql://")
    daemon.configure(f'name = "shop"\ndsn = "{dsn}"')
    daemon.start()
    until(lambda: {s.labels["engine"] for s in daemon.metrics("dbtriage_up")} == {"mariadb"})
    (shop,) = daemon.report()["targets"]
    assert shop["engine"] == "mariadb"
    assert daemon.stop() < 5
