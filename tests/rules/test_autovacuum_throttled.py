from __future__ import annotations

from typing import Any

import pytest

from collectors.postgres.postgres_table import PostgresTable
from collectors.postgres.server import PostgresStatus
from collectors.postgres.vacuum_progress import VacuumProgress
from collectors.session import Server
from collectors.snapshot import Snapshot
from rules.base import Finding
from rules.vacuum.autovacuum_throttled import autovacuum_throttled
from tests.make import make, server, snapshot

SETTINGS = {
    "autovacuum_max_workers": "3",
    "autovacuum_vacuum_cost_limit": "-1",
    "vacuum_cost_limit": "200",
    "autovacuum_work_mem": "-1",
    "maintenance_work_mem": "65536",
}


def waiting(count: int, **given: Any) -> list[PostgresTable]:
    about = {"database": "db", "schema": "s", "autovacuum": True, "dead_rows": 2}
    return [make(PostgresTable, table=f"t{n}", oid=n, **{**about, **given}) for n in range(count)]


def progress(*running: VacuumProgress) -> Snapshot[VacuumProgress]:
    return snapshot(*running)


def judged(
    tables: list[PostgresTable],
    running: Snapshot[VacuumProgress],
    on: Server | None = None,
    workers: int = 3,
) -> list[Finding]:
    status = snapshot(make(PostgresStatus, autovacuum_workers=workers))
    return autovacuum_throttled(on or server(settings=SETTINGS), status, snapshot(*tables), running)


@pytest.mark.parametrize(
    ("tables", "workers", "settings", "fires"),
    [
        pytest.param(waiting(4), 3, {}, True, id="three busy, four wait"),
        pytest.param(waiting(3), 3, {}, False, id="three busy, three wait"),
        pytest.param(waiting(9), 2, {}, False, id="one worker is free"),
        pytest.param(waiting(9, dead_rows=0), 3, {}, False, id="none is due"),
        pytest.param(waiting(9, autovacuum=False), 3, {}, False, id="autovacuum is off for them"),
        pytest.param(
            waiting(9), 3, {"autovacuum_vacuum_cost_limit": "2000"}, False, id="already raised"
        ),
        pytest.param(waiting(9), 3, {"vacuum_cost_limit": "2000"}, False, id="raised for all"),
        pytest.param(waiting(9), 3, {"autovacuum_max_workers": ""}, False, id="limit not known"),
    ],
)
def test_workers(
    tables: list[PostgresTable], workers: int, settings: dict[str, str], fires: bool
) -> None:
    on = server(settings={**SETTINGS, **settings})
    assert bool(judged(tables, progress(), on, workers)) is fires


def test_tables_being_vacuumed_do_not_wait() -> None:
    running = progress(
        make(VacuumProgress, database="db", table="s.t0"),
        make(VacuumProgress, database="db", table="1"),
    )
    assert judged(waiting(5), running) == []


@pytest.mark.parametrize(
    ("passes", "version", "memory_kb", "fires"),
    [
        pytest.param(2, (16, 4), "65536", True, id="walked twice"),
        pytest.param(1, (16, 4), "65536", False, id="walked once"),
        pytest.param(2, (16, 4), "1048576", False, id="a gigabyte is all that 16 uses"),
        pytest.param(2, (17, 2), "1048576", True, id="17 uses more"),
    ],
)
def test_memory(passes: int, version: tuple[int, ...], memory_kb: str, fires: bool) -> None:
    on = server(*version, settings={**SETTINGS, "maintenance_work_mem": memory_kb})
    running = progress(make(VacuumProgress, table="s.t", index_passes=passes, automatic=True))
    findings = judged([], running, on)
    assert [f.subject.name for f in findings] == ["autovacuum_work_mem"] * fires


def test_manual_vacuum_uses_another_setting() -> None:
    (finding,) = judged([], progress(make(VacuumProgress, table="s.t", index_passes=3)))
    assert finding.subject.name == "maintenance_work_mem"
    assert finding.remedy.statements[0] == "ALTER SYSTEM SET maintenance_work_mem = '262144kB';"
