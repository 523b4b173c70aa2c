from __future__ import annotations

from typing import Any

import pytest

from collectors.postgres.vacuum_progress import VacuumProgress
from collectors.snapshots.locks import LockWait
from rules.base import Severity
from rules.vacuum.wraparound_vacuum_running import wraparound_vacuum_running
from tests.make import make, snapshot


def wait(**given: Any) -> LockWait:
    about = {
        "database": "db",
        "object": "public.t",
        "kind": "AccessExclusiveLock",
        "waiter": 7,
        "waited_seconds": 5.1,
    }
    return make(LockWait, **{**about, **given})


VACUUM = make(VacuumProgress, database="db", table="public.t", wraparound=True, automatic=True)


@pytest.mark.parametrize(
    ("locks", "severity"),
    [
        pytest.param([], None, id="nobody waits"),
        pytest.param([wait()], Severity.HIGH, id="a migration waits"),
        pytest.param([wait(waited_seconds=5.0)], None, id="just not long enough"),
        pytest.param([wait(object="public.u")], None, id="for another table"),
        pytest.param([wait(kind="AccessShareLock")], None, id="a reader: not for the vacuum"),
        pytest.param([wait(database="x")], None, id="in another database"),
    ],
)
def test_wraparound_vacuum_running(locks: list[LockWait], severity: Severity | None) -> None:
    (finding,) = wraparound_vacuum_running(snapshot(VACUUM), snapshot(*locks))
    assert finding.severity is severity
    assert bool(finding.remedy.statements) is (severity is not None)


def test_an_ordinary_vacuum_gives_way() -> None:
    ordinary = make(VacuumProgress, database="db", table="public.t", automatic=True)
    assert wraparound_vacuum_running(snapshot(ordinary), snapshot(wait())) == []


def test_the_waiting_statement_is_cancelled_not_the_vacuum() -> None:
    (finding,) = wraparound_vacuum_running(snapshot(VACUUM), snapshot(wait()))
    assert finding.remedy.statements == ("SELECT pg_cancel_backend(7);",)
    assert finding.subject.name == "public.t"
