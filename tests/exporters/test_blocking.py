"""How a lock tree is told: its root in words."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.snapshots.locks import LockWait, trees
from exporters.blocking import root_session
from tests.make import make


@pytest.mark.parametrize(
    ("blocker", "told"),
    [
        (
            {"blocker": 7, "blocker_user": "shop", "blocker_state": "idle in transaction"},
            "pid 7 shop, idle in transaction",
        ),
        (
            {"blocker_state": "prepared", "blocker_application": "gid-1"},
            "prepared transaction gid-1",
        ),
        ({"blocker_state": "prepared"}, "prepared transaction"),
        ({"blocker_state": "rolling back"}, "transaction rolling back"),
    ],
    ids=["session", "prepared on PostgreSQL", "prepared on MySQL", "after a crash"],
)
def test_the_root(blocker: dict[str, Any], told: str) -> None:
    (tree,) = trees([make(LockWait, waiter=8, **blocker)])
    assert root_session(tree) == told
