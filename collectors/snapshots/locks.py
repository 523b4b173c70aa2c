"""Who waits for whom, and the trees that makes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from collectors.fields import gauge, label, note, row
from collectors.snapshot import Snapshot
from collectors.snapshots.schema import Table


@row(exported=False)
class LockWait:
    """A waiting session beside one session that blocks it directly.

    A prepared transaction blocks as pid 0; its `blocker_state` is "prepared" and its
    `blocker_application` the global transaction id.
    """

    database: str = label()
    object: str = label("What is waited for: a relation as schema.name, or the kind of lock.")
    relation: int | None = note("Oid of that relation; None for other locks.")
    waiter: int = note("Process id.")
    blocker: int = note("Process id; 0 for a prepared transaction.")
    kind: str = note("Lock mode the waiter asks for: AccessExclusiveLock, ShareLock, …")
    waited_seconds: float = gauge("How long the waiter has waited for this lock.")
    waiter_user: str | None = note()
    waiter_application: str = note()
    waiter_query: str = note("Normalised text without literals.")
    blocker_user: str | None = note()
    blocker_application: str = note()
    blocker_state: str = note("active, idle in transaction, prepared, …")
    blocker_state_seconds: float | None = note("How long the blocker is in this state.")
    blocker_transaction_seconds: float | None = note("How long its transaction is open.")
    blocker_query: str = note("Its last statement, normalised, without literals.")

    @property
    def blocker_idle(self) -> bool:
        """The blocker runs nothing: only its client (or an operator) can free the lock."""
        return self.blocker_state.startswith("idle in transaction")


@dataclass(frozen=True, slots=True)
class BlockingTree:
    """A root that waits for nobody, and everyone who waits for it, directly or not.

    `edges` are the direct waits under the root, parents first. `waited_seconds` is the sum
    over all blocked sessions.
    """

    root: int
    first: LockWait
    edges: tuple[LockWait, ...]
    depth: int
    blocked_sessions: int
    waited_seconds: float


def named(waits: Snapshot[LockWait], tables: Snapshot[Table]) -> Snapshot[LockWait]:
    """The same waits; relations of databases we were not in get the names the walk found."""
    names = {(t.database, t.oid): t.name for t in tables.rows}
    rows = (
        replace(w, object=names.get((w.database, w.relation), w.object)) if w.relation else w
        for w in waits.rows
    )
    return replace(waits, rows=tuple(rows))


def trees(waits: Iterable[LockWait]) -> tuple[BlockingTree, ...]:
    """One tree a root, the one with most blocked sessions first; a cycle has no root."""
    by_blocker: dict[int, list[LockWait]] = defaultdict(list)
    waiters = set()
    for wait in waits:
        by_blocker[wait.blocker].append(wait)
        waiters.add(wait.waiter)
    roots = [blocker for blocker in by_blocker if blocker not in waiters]
    made = (_tree(root, by_blocker) for root in roots)
    return tuple(sorted(made, key=lambda t: (-t.blocked_sessions, -t.waited_seconds, t.root)))


def _tree(root: int, by_blocker: dict[int, list[LockWait]]) -> BlockingTree:
    levels = list(_levels(root, by_blocker))
    edges = tuple(edge for level in levels for edge in level)
    waited: dict[int, float] = {}
    for edge in edges:
        waited[edge.waiter] = max(waited.get(edge.waiter, 0.0), edge.waited_seconds)
    return BlockingTree(root, edges[0], edges, len(levels), len(waited), sum(waited.values()))


def _levels(root: int, by_blocker: dict[int, list[LockWait]]) -> Iterator[list[LockWait]]:
    """The edges one step from the root, two steps, …; each session is expanded once."""
    seen, level = {root}, [root]
    while edges := [edge for pid in level for edge in by_blocker.get(pid, ())]:
        yield edges
        level = list(dict.fromkeys(e.waiter for e in edges if e.waiter not in seen))
        seen.update(level)
