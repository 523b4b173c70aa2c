"""Lock waits in a word."""

from __future__ import annotations

from typing import Any

from collectors.snapshots.locks import LockWait
from tests.make import make

IDLE: dict[str, Any] = {"blocker_state": "idle in transaction", "blocker_state_seconds": 60.0}
ALTER: dict[str, Any] = {
    "waiter_query": "ALTER TABLE orders add x int",
    "kind": "AccessExclusiveLock",
}


def wait(waiter: int, blocker: int, seconds: float = 10.0, **given: Any) -> LockWait:
    """A busy session of web in database app blocks another, over the table orders."""
    about = {
        "database": "app",
        "object": "public.orders",
        "kind": "ShareLock",
        "blocker_user": "web",
        "blocker_application": "shop",
        "blocker_state": "active",
        "waiter_query": "UPDATE orders SET note = ? WHERE id = ?",
        **given,
    }
    return make(LockWait, waiter=waiter, blocker=blocker, waited_seconds=seconds, **about)
