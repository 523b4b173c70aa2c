from __future__ import annotations

import pytest

from agent.ledger import Ledger
from collectors.mysql.facts import Variable
from collectors.mysql.status import STATUS, Status, status
from collectors.snapshot import Snapshot
from tests.fakes import FakeSession
from tests.make import make
from tests.rules.mysql_servers import mariadb, mysql


def shown(**values: object) -> list[dict[str, object]]:
    return [{"variable_name": name, "value": str(value)} for name, value in values.items()]


def asked(server: object, **values: object) -> Status:
    (row,) = status(FakeSession(server, by_type={Variable: shown(**values)})).rows  # type: ignore[arg-type]
    return row


def test_several_commands_are_one_count() -> None:
    row = asked(mysql(), Com_commit=3, Com_xa_commit=1, Com_replace=2, Com_insert_select=5)
    assert (row.database, row.commits, row.inserts, row.rollbacks) == ("", 4, 7, 0)


def test_what_is_not_shown_is_none_where_it_may_be() -> None:
    row = asked(mysql(), Questions=8)
    assert row.questions == 8
    assert row.table_cache_hits is row.query_cache_hits is row.deadlocks is None
    assert row.table_lock_waits == 0


@pytest.mark.parametrize("at", [mysql(), mariadb()], ids=["metric", "status variable"])
def test_deadlocks_are_a_metric_on_mysql(at: object) -> None:
    name = {"mysql": "lock_deadlocks", "mariadb": "Innodb_deadlocks"}[at.engine]  # type: ignore[attr-defined]
    assert asked(at, **{name: 6}).deadlocks == 6


@pytest.mark.parametrize("word", ["source", "master"])
def test_semi_sync_under_either_name(word: str) -> None:
    server = mariadb(settings={f"rpl_semi_sync_{word}_enabled": "ON"})
    found = {f"Rpl_semi_sync_{word}_status": "OFF", f"Rpl_semi_sync_{word}_clients": 2}
    row = asked(server, **found)
    assert (row.semi_sync_on, row.semi_sync_clients) == (False, 2)
    off = mariadb(settings={f"rpl_semi_sync_{word}_enabled": "OFF"})
    assert asked(off, **found).semi_sync_on is None


def test_a_pause_of_galera_is_in_seconds() -> None:
    assert asked(mariadb(), wsrep_flow_control_paused_ns=2500000000).flow_control_seconds == 2.5


def test_digests_are_lost_where_they_are_counted() -> None:
    off = mysql(settings={"performance_schema": "OFF"})
    assert asked(off, Performance_schema_digest_lost=0).digests_lost is None
    on = mysql(settings={"performance_schema": "ON"})
    assert asked(on, Performance_schema_digest_lost=7).digests_lost == 7


def test_counts_since_the_start() -> None:
    db = FakeSession(mysql(started_at=5.0), by_type={Variable: shown(Questions=1)})
    assert status(db).counting_since == 5.0
    assert db.ran[0].startswith("SHOW GLOBAL STATUS WHERE Variable_name IN ('Connections', ")


def test_a_counter_that_is_reset_leaves_the_others() -> None:
    """FLUSH STATUS sets Aborted_clients to zero, and lets Questions run on."""
    ledger = Ledger(Status, 3600.0)
    ledger.add(Snapshot(0.0, (make(Status, questions=1000, sessions_abandoned=50),), 1.0))
    ran = ledger.add(Snapshot(60.0, (make(Status, questions=1030, sessions_abandoned=2),), 1.0))
    assert ran
    assert [(s.questions, s.sessions_abandoned) for s in ran.rows] == [(30, 2)]


def test_a_restart_resets_all() -> None:
    ledger = Ledger(Status, 3600.0)
    ledger.add(Snapshot(0.0, (make(Status, questions=10, selects=9),), 1.0))
    ran = ledger.add(Snapshot(60.0, (make(Status, questions=30, selects=4),), 50.0))
    assert ran
    assert [(s.questions, s.selects) for s in ran.rows] == [(30, 4)]


def test_every_name_is_asked_for_once() -> None:
    sql = STATUS.pick({"mysql": (8, 0)}) or ""
    names = sql.partition("(")[2].rstrip(")").replace("'", "").split(", ")
    assert len(names) == len(set(names)) > 50
