"""Tables that vacuum can't or may not clean, on real servers."""

from __future__ import annotations

import psycopg
import pytest

from agent.demo.server import PostgresServer
from rules.base import Severity
from tests.live.database import Database
from tests.live.own_servers import OwnServers
from tests.live.rules.background import sessions, until
from tests.live.rules.told import of, rows, say
from tests.live.triage import found, look

pytestmark = pytest.mark.newest

MEGABYTE = 2**20
# A power of two: the status file of such an id begins with it, so no older one must exist.
MOVED_ON = 600 * MEGABYTE
FAR_MOVED_ON = 1536 * MEGABYTE
AT_ONCE = {
    "horizon-blocked": {"maximum_seconds": 0},
    "wraparound-vacuum-running": {"tolerated_seconds": 0},
}
CRAWL = {
    "autovacuum_naptime": "1s",
    "autovacuum_max_workers": "1",
    "autovacuum_vacuum_cost_delay": "100ms",
    "autovacuum_vacuum_cost_limit": "1",
}


def filled(name: str, count: int, options: str = "") -> tuple[str, str]:
    """A table of rows of 100 bytes."""
    return (
        f"CREATE TABLE {name} (id int, note text) {options}",
        f"INSERT INTO {name} SELECT i, repeat('a', 70) FROM generate_series(1, {count}) i",
    )


def test_autovacuum_disabled_for_a_table(database: Database) -> None:
    say(
        database.dsn,
        *filled("forgotten", 30_000, "WITH (autovacuum_enabled = false)"),
        *filled("small", 100, "WITH (autovacuum_enabled = false)"),
        *filled("tended", 30_000),
        "UPDATE forgotten SET id = id + 1",
    )
    limits = {"autovacuum-disabled": {"minimum_bytes": MEGABYTE}}
    findings = of(look(database.dsn, limits=limits), "autovacuum-disabled")
    assert {n: f.severity for n, f in findings.items()} == {"public.forgotten": Severity.HIGH}
    finding = findings["public.forgotten"]
    assert finding.evidence["dead_rows"] == 30_000
    say(database.dsn, *finding.remedy.statements)
    assert not of(look(database.dsn, limits=limits), "autovacuum-disabled")
    say(database.dsn, finding.remedy.rollback)


def test_autovacuum_disabled_for_the_server(own_server: OwnServers) -> None:
    server = own_server(settings={"autovacuum": "off"})
    findings = of(look(server.dsn()), "autovacuum-disabled")
    assert list(findings) == ["autovacuum"]
    say(server.dsn(), *findings["autovacuum"].remedy.statements)
    until(lambda: rows(server.dsn(), "SHOW autovacuum") == [("on",)])
    assert not of(look(server.dsn()), "autovacuum-disabled")


def test_horizon_blocked(own_server: OwnServers) -> None:
    server = own_server(settings={"max_prepared_transactions": "5"})
    dsn = server.dsn()
    say(dsn, *filled("t", 30_000))
    say(dsn, "BEGIN", "INSERT INTO t VALUES (0)", "PREPARE TRANSACTION 'left behind'")
    with psycopg.connect(dsn, autocommit=True) as reader:
        reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        reader.execute("SELECT 1 FROM t LIMIT 1")
        say(dsn, "UPDATE t SET id = id + 1")
        findings = found(look(dsn, limits=AT_ONCE), "horizon-blocked")
        kinds = {r.finding.evidence["kind"] for r in findings}
        assert kinds == {"session", "prepared-transaction"}
        assert not found(look(dsn), "horizon-blocked")
        say(dsn, *(s for r in findings for s in r.finding.remedy.statements))
        with pytest.raises(psycopg.OperationalError):
            reader.execute("SELECT 1")
    say(dsn, "VACUUM t")
    assert rows(dsn, "SELECT n_dead_tup FROM pg_stat_user_tables") == [(0,)]
    assert not found(look(dsn, limits=AT_ONCE), "horizon-blocked")


def test_autovacuum_throttled(own_server: OwnServers) -> None:
    server = own_server(settings=CRAWL)
    dsn = server.dsn()
    say(dsn, *(s for n in range(4) for s in filled(f"t{n}", 3000)))
    say(dsn, *(f"UPDATE t{n} SET id = id + 1" for n in range(4)))
    until(lambda: bool(rows(dsn, "SELECT FROM pg_stat_progress_vacuum")))
    (finding,) = of(look(dsn), "autovacuum-throttled").values()
    assert finding.subject.name == "autovacuum_vacuum_cost_limit"
    assert finding.evidence["workers_busy"] == 1
    assert finding.evidence["tables_waiting"] == 3
    say(dsn, *finding.remedy.statements[:1])


def moved_on(server: PostgresServer, transaction: int) -> None:
    """As if that many transactions had been run: the next one gets this id."""
    server.stop()
    server.run("pg_resetwal", "-x", str(transaction), "-D", str(server.data))
    server.launch()


def test_wraparound(own_server: OwnServers) -> None:
    # Or else autovacuum, though off, is forced to freeze everything within a second.
    server = own_server(settings={"autovacuum": "off", "autovacuum_freeze_max_age": "2000000000"})
    dsn = server.dsn()
    say(dsn, *filled("t", 1000))
    assert not found(look(dsn), "wraparound")
    moved_on(server, FAR_MOVED_ON)
    findings = of(look(dsn), "wraparound")
    finding = findings["postgres (transaction ids)"]
    assert finding.severity is Severity.CRITICAL
    assert finding.evidence["transaction_age"] == pytest.approx(FAR_MOVED_ON, rel=0.01)
    assert "VACUUM (FREEZE, VERBOSE, INDEX_CLEANUP off, TRUNCATE off) public.t;" in (
        finding.remedy.statements
    )
    say(dsn, *finding.remedy.statements, "VACUUM (FREEZE)")
    assert "postgres (transaction ids)" not in of(look(dsn), "wraparound")


def test_wraparound_vacuum_running(own_server: OwnServers) -> None:
    server = own_server(settings={**CRAWL, "autovacuum_max_workers": "8"})
    dsn = server.dsn()
    say(dsn, *filled("t", 30_000))
    moved_on(server, MOVED_ON)
    at_work = "SELECT FROM pg_stat_progress_vacuum WHERE relid = 't'::regclass"
    until(lambda: bool(rows(dsn, at_work)))
    rule_id = "wraparound-vacuum-running"
    assert of(look(dsn), rule_id)["public.t"].severity is None
    with sessions(dsn) as opened:
        migration = opened.blocked("ALTER TABLE t ADD COLUMN more int")
        finding = of(look(dsn, limits=AT_ONCE), rule_id)["public.t"]
        assert finding.severity is Severity.HIGH
        say(dsn, *finding.remedy.statements)
        until(lambda: migration.done)
    assert rows(dsn, at_work)
