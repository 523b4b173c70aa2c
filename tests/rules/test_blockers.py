from __future__ import annotations

from typing import Any

import pytest

from rules.base import Severity
from rules.locks.blockers import queues, sits_idle, trees_of, urgency, who
from tests.rules.waits import ALTER, IDLE, wait


@pytest.mark.parametrize(
    ("state", "state_seconds", "idle"),
    [
        pytest.param("idle in transaction", 1.0, True, id="idle"),
        pytest.param("idle in transaction (aborted)", 9.0, True, id="aborted"),
        pytest.param("idle in transaction", None, True, id="nobody says since when"),
        pytest.param("idle in transaction", 0.1, False, id="between two statements"),
        pytest.param("active", 9.0, False, id="busy"),
        pytest.param("prepared", 9.0, False, id="prepared"),
    ],
)
def test_sits_idle(state: str, state_seconds: float | None, idle: bool) -> None:
    blocker = wait(2, 1, blocker_state=state, blocker_state_seconds=state_seconds)
    assert sits_idle(blocker) is idle


@pytest.mark.parametrize(
    ("ddl", "queued"),
    [
        pytest.param(ALTER, [2], id="ALTER TABLE"),
        pytest.param({**ALTER, "object": "relation 16385 in shop"}, [2], id="another database"),
        pytest.param({**ALTER, "waiter_query": "DELETE FROM orders"}, [], id="a row's queue"),
        pytest.param({**ALTER, "kind": "ShareUpdateExclusiveLock"}, [], id="plain VACUUM"),
        pytest.param({**ALTER, "object": "virtualxid"}, [], id="CREATE INDEX CONCURRENTLY"),
    ],
)
def test_queues(ddl: dict[str, Any], queued: list[int]) -> None:
    found = queues([wait(2, 1, **ddl), wait(3, 2)], 5)
    assert [queue.ddl.waiter for queue in found] == queued


def test_nobody_behind_is_no_queue() -> None:
    assert queues([wait(2, 1, **ALTER)], 5) == ()


def test_a_prepared_transaction_is_no_session() -> None:
    assert [tree.root for tree in trees_of([wait(2, 0), wait(4, 3, **IDLE)])] == [3]


@pytest.mark.parametrize(
    ("blocked", "waited_seconds", "severity"),
    [
        pytest.param(1, 10.0, Severity.HIGH, id="one"),
        pytest.param(3, 10.0, Severity.CRITICAL, id="three"),
        pytest.param(1, 61.0, Severity.CRITICAL, id="one for a minute"),
    ],
)
def test_urgency(blocked: int, waited_seconds: float, severity: Severity) -> None:
    assert urgency(blocked, waited_seconds) == severity


def test_names_outlive_process_ids() -> None:
    assert who("web", "shop", "app").name == "web/shop"
    assert who(None, "", "app").name == "unknown"
