from __future__ import annotations

import pytest

from collectors.snapshot import Snapshot
from collectors.snapshots.replication import Replica
from collectors.snapshots.settings import Setting
from rules.replication.synchronous_standby_missing import synchronous_standby_missing
from tests.make import make, server, snapshot
from tests.rules.loads import load


def settings(names: str, commit: str = "on") -> Snapshot[Setting]:
    return snapshot(
        make(Setting, setting="synchronous_standby_names", value=names),
        make(Setting, setting="synchronous_commit", value=commit),
    )


def replicas(*states: str) -> Snapshot[Replica]:
    return snapshot(*(make(Replica, sync_state=state) for state in states))


@pytest.mark.parametrize(
    ("names", "states", "fires"),
    [
        pytest.param("s1", (), True, id="none is connected"),
        pytest.param("s1", ("async",), True, id="another one is connected"),
        pytest.param("FIRST 2 (s1, s2, s3)", ("sync",), True, id="one of two"),
        pytest.param("any 2 (s1, s2)", ("quorum", "quorum"), False, id="quorum"),
        pytest.param("2 (s1, s2)", ("sync", "sync"), False, id="old spelling"),
        pytest.param("s1, s2", ("sync", "potential"), False, id="one is enough"),
        pytest.param("", (), False, id="not synchronous"),
    ],
)
def test_synchronous_standby_missing(names: str, states: tuple[str, ...], fires: bool) -> None:
    found = synchronous_standby_missing(replicas(*states), settings(names), None, server())
    assert bool(found) is fires


def test_commits_that_do_not_wait_are_fine() -> None:
    for mode in ("off", "local"):
        given = replicas(), settings("s1", mode), None, server()
        assert synchronous_standby_missing(*given) == []


def test_a_replica_commits_nothing() -> None:
    given = replicas(), settings("s1"), None, server(is_replica=True)
    assert synchronous_standby_missing(*given) == []


def test_counts_those_who_hang() -> None:
    hung = load(("IPC:SyncRep", 4.0))
    (finding,) = synchronous_standby_missing(replicas(), settings("s1"), hung, server())
    assert finding.impact.value == 4.0
    assert finding.remedy.statements[0] == "ALTER SYSTEM SET synchronous_standby_names = '';"
