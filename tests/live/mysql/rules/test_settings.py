"""Settings that hurt, on servers that were given them, and gone once the advice was followed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from rules.base import Severity
from tests.live.mysql.opened import query, tell
from tests.live.mysql.rules.told import follow
from tests.live.mysql.rules.work import repeat
from tests.live.mysql_binaries import ENGINES
from tests.live.mysql_database import MysqlDatabase, fresh_mysql_database
from tests.live.mysql_server import MysqlServer
from tests.live.own_mysql_servers import OwnMysqlServers
from tests.live.triage import found, look

EACH = pytest.mark.parametrize(
    "engine", [pytest.param(e, marks=pytest.mark.xdist_group(e)) for e in ENGINES]
)
MARIA = pytest.mark.parametrize("engine", [e for e in ENGINES if e.startswith("maria")])
MB = 1 << 20
ROWS = (
    "CREATE TABLE filled (id INT PRIMARY KEY AUTO_INCREMENT, note CHAR(200) NOT NULL)",
    "INSERT INTO filled (note) VALUES ('a'), ('b')",
    *("INSERT INTO filled (note) SELECT CONCAT('x', id) FROM filled",) * 16,
)
SAFE = {"innodb_flush_log_at_trx_commit": "1", "sync_binlog": "1", "innodb_doublewrite": "ON"}


@contextmanager
def filled(server: MysqlServer, *statements: str) -> Iterator[MysqlDatabase]:
    with fresh_mysql_database(server) as database:
        with database.connect().cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        yield database


@EACH
def test_what_was_switched_off(own_mysql_server: OwnMysqlServers, engine: str) -> None:
    off = {
        "innodb_flush_log_at_trx_commit": "2",
        "innodb_stats_persistent": "OFF",
        "sql_mode": "''",
        "general_log": "ON",
        "log_bin": "binlog",
        "sync_binlog": "0",
        "binlog_expire_logs_seconds": "0",
    }
    server = own_mysql_server(engine, settings=off)
    report = look(server.dsn())
    lost = found(report, "durability-off")
    assert {r.finding.subject.name for r in lost} == {
        "innodb_flush_log_at_trx_commit",
        "sync_binlog",
    }
    assert {r.severity for r in lost} == {Severity.HIGH, Severity.MEDIUM}
    told = (
        "durability-off",
        "general-log-on",
        "statistics-not-persistent",
        "sql-mode-not-strict",
        "binary-logs-kept-forever",
    )
    findings = [r.finding for id in told for r in found(report, id)]
    assert len(findings) == len(told) + 1
    follow(server, findings)
    after = look(server.dsn())
    assert [r.rule.id for id in told for r in found(after, id)] == []
    undo_each(server, [f.remedy.rollback for f in findings])
    again = look(server.dsn())
    assert len([r for id in told for r in found(again, id)]) == len(findings)


def undo_each(server: MysqlServer, rollbacks: list[str]) -> None:
    """All but the comments, which are for a person's file."""
    lines = (line for rollback in rollbacks for line in rollback.splitlines())
    tell(server, *(line for line in lines if not line.startswith("--")))


@EACH
def test_a_torn_page_can_not_be_mended(own_mysql_server: OwnMysqlServers, engine: str) -> None:
    server = own_mysql_server(engine, settings={**SAFE, "innodb_doublewrite": "OFF"})
    (torn,) = found(look(server.dsn()), "durability-off")
    assert torn.finding.subject.name == "innodb_doublewrite"
    follow(server, [torn.finding])
    if "-- then restart the server" in torn.finding.remedy.statements:
        server.configure({"innodb_doublewrite": "ON"})
        server.restart()
    assert found(look(server.dsn()), "durability-off") == []


def test_a_redo_log_that_is_off(own_mysql_server: OwnMysqlServers) -> None:
    server = own_mysql_server("mysql97", settings=SAFE)
    tell(server, "ALTER INSTANCE DISABLE INNODB REDO_LOG")
    (off,) = found(look(server.dsn()), "durability-off")
    assert off.severity is Severity.CRITICAL
    follow(server, [off.finding])
    assert found(look(server.dsn()), "durability-off") == []


@EACH
def test_a_redo_log_that_is_filled_within_a_minute(
    own_mysql_server: OwnMysqlServers, engine: str
) -> None:
    name = "innodb_redo_log_capacity" if engine == "mysql97" else "innodb_log_file_size"
    small = {name: str(8 * MB), "innodb_max_dirty_pages_pct_lwm": "0"}
    server = own_mysql_server(engine, settings={**small, "innodb_adaptive_flushing": "OFF"})
    with filled(server, *ROWS) as database:
        write = "UPDATE filled SET note = CONCAT('y', id + RAND())"
        written = partial(repeat, database, write, seconds=4)
        # A checkpoint may have come just before the second look.
        looks = (found(look(database.dsn, during=written), "redo-log-too-small") for _ in range(5))
        small_log = next(one for each in looks for one in each)
        assert small_log.finding.subject.name == name
        follow(server, [small_log.finding])
        larger = int(query(server, f"SELECT @@{name}"))
        assert larger >= 64 * MB
        once = "UPDATE filled SET note = CONCAT('z', id) WHERE id < 2000"
        calm = look(database.dsn, during=partial(tell, server, f"USE {database.name}", once))
        assert found(calm, "redo-log-too-small") == []


@EACH
def test_a_pool_far_smaller_than_what_is_read(
    own_mysql_server: OwnMysqlServers, engine: str
) -> None:
    server = own_mysql_server(engine, settings={"innodb_buffer_pool_size": "6M"})
    with filled(server, *ROWS) as database:
        lookups = [f"SELECT COUNT(note) FROM filled WHERE id BETWEEN {n} AND {n + 40}"
                   for n in range(1, 190_000, 199)]  # fmt: skip
        report = look(database.dsn, during=partial(repeat, database, *lookups), memory="256MiB")
        (pool,) = found(report, "buffer-pool-too-small")
        assert pool.finding.evidence["buffer_pool_bytes"] < 30 * MB  # type: ignore[operator]
        (guess,) = found(
            look(database.dsn, during=partial(repeat, database, *lookups)), "buffer-pool-too-small"
        )
        assert guess.finding.remedy.statements == ()
        follow(server, [pool.finding])
        repeat(database, *lookups)
        after = look(database.dsn, during=partial(repeat, database, *lookups), memory="256MiB")
        assert found(after, "buffer-pool-too-small") == []


@EACH
def test_more_tables_than_the_cache_holds(own_mysql_server: OwnMysqlServers, engine: str) -> None:
    small = {"table_open_cache": "40", "table_open_cache_instances": "1"}
    server = own_mysql_server(engine, settings={**small, "open_files_limit": "20000"})
    tables = [f"CREATE TABLE t{n} (id INT)" for n in range(120)]
    with filled(server, *tables) as database:
        walk = partial(repeat, database, *(f"SELECT * FROM t{n}" for n in range(120)))
        (cache,) = found(look(database.dsn, during=walk), "table-cache-overflow")
        follow(server, [cache.finding])
        assert query(server, "SELECT @@table_open_cache") == "400"
        walk()
        assert found(look(database.dsn, during=walk), "table-cache-overflow") == []


@MARIA
def test_a_query_cache_that_is_asked_by_many(
    own_mysql_server: OwnMysqlServers, engine: str
) -> None:
    server = own_mysql_server(engine, settings={"query_cache_type": "ON"})
    with filled(server, *ROWS[:2]) as database:
        read, write = "SELECT note FROM filled", "UPDATE filled SET note = RAND()"
        calm = look(database.dsn, during=partial(repeat, database, read))
        (cache,) = found(calm, "query-cache-on")
        assert cache.severity is Severity.INFO
        assert cache.finding.evidence["hit_ratio"] > 0.9  # type: ignore[operator]
        (busy,) = found(
            look(database.dsn, during=partial(repeat, database, read, write)), "query-cache-on"
        )
        assert busy.severity is Severity.MEDIUM
        follow(server, [busy.finding])
        after = look(database.dsn, during=partial(repeat, database, read))
        assert found(after, "query-cache-on") == []
        undo_each(server, [busy.finding.remedy.rollback])
        assert query(server, "SELECT @@query_cache_type") == "ON"


@EACH
def test_transactions_that_spill(own_mysql_server: OwnMysqlServers, engine: str) -> None:
    server = own_mysql_server(engine, settings={"log_bin": "binlog", "binlog_cache_size": "4096"})
    with filled(server, *ROWS[:12]) as database:
        much = "UPDATE filled SET note = CONCAT(REPEAT('x', 150), RAND()) WHERE id < 300"
        write = partial(repeat, database, much)
        (spill,) = found(look(database.dsn, during=write), "binlog-cache-spill")
        follow(server, [spill.finding])
        assert found(look(database.dsn, during=write), "binlog-cache-spill") == []
        undo_each(server, [spill.finding.remedy.rollback])
        assert query(server, "SELECT @@binlog_cache_size") == "4096"


@MARIA
def test_temporary_tables_where_statements_are_not_counted(
    own_mysql_server: OwnMysqlServers, engine: str
) -> None:
    server = own_mysql_server(engine, settings={"performance_schema": "OFF"})
    with filled(server, *ROWS[:6], "ALTER TABLE filled ADD body TEXT") as database:
        group = partial(repeat, database, "SELECT body, COUNT(*) FROM filled GROUP BY body")
        (tables,) = found(look(database.dsn, during=group), "temp-tables-on-disk")
        follow(server, [tables.finding])


@EACH
def test_a_server_with_safe_settings_has_nothing_to_tell(
    own_mysql_server: OwnMysqlServers, engine: str
) -> None:
    server = own_mysql_server(engine, settings=SAFE)
    with filled(server, *ROWS[:8]) as database:
        report = look(database.dsn, during=partial(repeat, database, "SELECT * FROM filled"))
    told = [a.recommendation for a in report.advice if a.recommendation.rule.topic == "settings"]
    assert [(r.rule.id, r.finding.summary) for r in told] == []
