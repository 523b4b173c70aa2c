"""A blocking tree, drawn: each blocked session once, below the one it waits for."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from collectors.snapshots.locks import BlockingTree, LockWait
from exporters.figures import one_line
from exporters.report import TargetReport
from rules.wording import duration

NAMED = 3


@dataclass(frozen=True, slots=True)
class Waiter:
    """A blocked session, shown once: below the blocker that is nearest to the root.

    `branch` are the lines that draw it as a tree, `stem` those before a second line of it;
    `also` are other sessions that block it too.
    """

    branch: str
    stem: str
    wait: LockWait
    also: tuple[int, ...]


def waiters(tree: BlockingTree) -> tuple[Waiter, ...]:
    """Every blocked session of a tree, from the top down."""
    nearest: dict[int, LockWait] = {}
    also: dict[int, list[int]] = defaultdict(list)
    for edge in tree.edges:
        if nearest.setdefault(edge.waiter, edge) is not edge:
            also[edge.waiter].append(edge.blocker)
    below: dict[int, list[LockWait]] = defaultdict(list)
    for edge in nearest.values():
        below[edge.blocker].append(edge)
    drawn, left = [], [(edge, "") for edge in reversed(below[tree.root])]
    while left:
        edge, stem = left.pop()
        last = edge is below[edge.blocker][-1]
        branch, stem = stem + ("└─ " if last else "├─ "), stem + ("   " if last else "│  ")
        left += [(child, stem) for child in reversed(below[edge.waiter])]
        second = stem + ("│  " if below[edge.waiter] else "   ")
        drawn.append(Waiter(branch, second, edge, tuple(also[edge.waiter])))
    return tuple(drawn)


def root_session(tree: BlockingTree) -> str:
    """Who the root is and what it does: pid 18200 shop@app0, idle in transaction for 6 min."""
    first = tree.first
    if tree.root == 0:
        kind = "prepared transaction" if first.blocker_state == "prepared" else "transaction"
        told = first.blocker_application if kind != "transaction" else first.blocker_state
        return f"{kind} {one_line(told, 80)}".rstrip()
    who = session(first.blocker_user, first.blocker_application)
    long = first.blocker_state_seconds
    state = one_line(first.blocker_state, 40) + (f" for {duration(long)}" if long else "")
    return f"pid {tree.root}{f' {who}' if who else ''}, {state}"


def waiting(waiter: Waiter) -> str:
    """Who waits how long for what: 18201 shop@app1 waits 5 min on public.orders (ShareLock)."""
    wait = waiter.wait
    who = session(wait.waiter_user, wait.waiter_application)
    long = duration(wait.waited_seconds)
    return (
        f"{wait.waiter}{f' {who}' if who else ''} waits {long} on {one_line(wait.object, 80)} "
        f"({one_line(wait.kind, 40)})"
    )


def behind(waiter: Waiter) -> str:
    """The statement that waits, after the other sessions it waits for."""
    others = ", ".join(map(str, waiter.also[:NAMED])) + (", …" if waiter.also[NAMED:] else "")
    query = one_line(waiter.wait.waiter_query)
    return f"[also behind {others}] {query}" if others else query


def nothing_seen(target: TargetReport) -> str:
    """Why no tree is shown: nobody waits, or nobody could look."""
    for outcome in target.outcomes.rows:
        if outcome.id.endswith(".lock_waits"):
            if outcome.ended == "answered":
                return "No session waits for another."
            return f"Who blocks whom is not known: {one_line(outcome.reason)}"
    return "Who blocks whom is not known yet."


def session(user: str | None, application: str) -> str:
    return one_line("@".join(part for part in (user, application) if part), 80)
