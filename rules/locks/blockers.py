"""What the lock rules must agree on, so that one incident is told once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from collectors.snapshots.locks import BlockingTree, LockWait, trees
from rules.base import Severity, Subject

Thing = TypeVar("Thing")
Group = TypeVar("Group", bound=Hashable)

# Modes that make later readers or writers of the relation queue behind the one who asks.
_STRONG = ("AccessExclusiveLock", "ExclusiveLock", "ShareRowExclusiveLock", "ShareLock")
# What GET_LOCK and the locking service take, in the same modes as tables.
NAMED_LOCKS = ("user level lock", "locking service lock")
# Modes of MySQL's and MariaDB's metadata locks begin so; no mode of a row lock does.
_METADATA = ("SHARED", "INTENTION_EXCLUSIVE", "EXCLUSIVE", "BACKUP_", "MDL_")
# Statements that change rows wait for rows in strong modes too: the mode alone proves nothing.
_DDL = (
    *("alter", "create", "drop", "truncate", "lock", "reindex", "cluster", "vacuum", "refresh"),
    *("comment", "rename", "optimize", "analyze", "repair", "flush"),
)
_IDLE_SECONDS = 1.0
_QUEUED_SECONDS = 5.0
_OUTAGE_SESSIONS = 3
_OUTAGE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Queue:
    """DDL that waits for a relation, and those who wait because it does."""

    ddl: LockWait
    behind: tuple[LockWait, ...]

    @property
    def waited_seconds(self) -> float:
        return max(wait.waited_seconds for wait in self.behind)


def sits_idle(blocker: LockWait) -> bool:
    """It runs nothing for a second or more: not merely between two statements."""
    idle_seconds = blocker.blocker_state_seconds
    return blocker.blocker_idle and (idle_seconds is None or idle_seconds >= _IDLE_SECONDS)


def queues(waits: Iterable[LockWait], tolerated_seconds: float) -> tuple[Queue, ...]:
    """Queued DDL behind which somebody waits for longer than is tolerated."""
    rows = tuple(waits)
    found = {}
    for wait in rows:
        behind = tuple(w for w in rows if w.blocker == wait.waiter)
        if _is_ddl(wait) and behind and wait.waiter not in found:
            found[wait.waiter] = Queue(wait, behind)
    return tuple(q for q in found.values() if q.waited_seconds > tolerated_seconds)


def is_metadata(wait: LockWait) -> bool:
    """It waits for the definition of a table (MySQL, MariaDB), not for a row or a named lock."""
    return wait.kind.startswith(_METADATA) and wait.object not in NAMED_LOCKS


def about_metadata(tree: BlockingTree) -> bool:
    """A tree that metadata-lock-queue tells: its root holds such locks, or a queue is under it."""
    metadata = [edge for edge in tree.edges if is_metadata(edge)]
    of_root = all(is_metadata(edge) for edge in tree.edges if edge.blocker == tree.root)
    return bool(metadata) and (of_root or longest_wait_seconds(metadata) > _QUEUED_SECONDS)


def trees_of(waits: Iterable[LockWait]) -> Iterator[BlockingTree]:
    """The trees whose root is a session: a prepared transaction has a rule of its own."""
    return (tree for tree in trees(waits) if tree.root != 0)


def longest_wait_seconds(edges: Iterable[LockWait]) -> float:
    return max((edge.waited_seconds for edge in edges), default=0.0)


def urgency(blocked: int, waited_seconds: float) -> Severity:
    """Waiters that nobody will free by themselves: three, or one for a minute, are an outage."""
    outage = blocked >= _OUTAGE_SESSIONS or waited_seconds > _OUTAGE_SECONDS
    return Severity.CRITICAL if outage else Severity.HIGH


def who(user: str | None, application: str, database: str) -> Subject:
    """The program behind sessions: outlives their process ids."""
    parts = [part for part in (user, application) if part]
    return Subject("session", "/".join(parts) or "unknown", database)


def grouped(things: Iterable[tuple[Group, Thing]]) -> dict[Group, list[Thing]]:
    """Things by what they belong to, in the order they come."""
    groups: dict[Group, list[Thing]] = defaultdict(list)
    for group, thing in things:
        groups[group].append(thing)
    return groups


def blocker_of(tree: BlockingTree) -> Subject:
    root = tree.first
    return who(root.blocker_user, root.blocker_application, root.database)


def pids(numbers: Iterable[int]) -> str:
    """As a list in a sentence; a prepared transaction has none."""
    return ", ".join(str(number) if number else "none (prepared)" for number in numbers)


def counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def sessions_wait(count: int) -> str:
    return "1 session waits" if count == 1 else f"{count:,} sessions wait"


def changes_schema(query: str) -> bool:
    """It is DDL, or locks whole tables as DDL does."""
    verb, _, _ = query.lstrip(" (").partition(" ")
    return verb.lower() in _DDL


def _is_ddl(wait: LockWait) -> bool:
    relation = "." in wait.object or wait.object.startswith("relation ")
    return relation and wait.kind in _STRONG and changes_schema(wait.waiter_query)
