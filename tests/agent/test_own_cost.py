"""Our own cost is held under its budget: intervals stretch, and shrink again."""

from __future__ import annotations

from agent.own_cost import OwnCost
from collectors.snapshots.statements import Statement
from tests.make import activity, make

BUDGET = 0.005


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def spent(cost: OwnCost, seconds: float) -> None:
    mine = make(Statement, exec_seconds=seconds, own=True)
    theirs = make(Statement, exec_seconds=1000.0)
    cost.counted(activity(mine, theirs))


def test_over_the_budget_intervals_stretch_and_then_recover() -> None:
    clock = Clock()
    cost = OwnCost(BUDGET, clock)
    stretches = []
    for seconds in (1.0, 3.0, 6.0, 0.0, 0.0, 0.0, 0.0):
        spent(cost, seconds)
        clock.now += 300 * min(cost.stretch, 4)
        cost.judge(0.0)
        stretches.append(cost.stretch)
    assert stretches == [1, 2, 4, 2, 1, 1, 1]


def test_a_cost_near_the_budget_changes_nothing() -> None:
    clock = Clock()
    cost = OwnCost(BUDGET, clock)
    for seconds in (3.0, 1.8, 1.8):
        spent(cost, seconds)
        clock.now += 300 * min(cost.stretch, 4)
        cost.judge(0.0)
    assert cost.stretch == 2
    assert cost.said.startswith("dbtriage's own statements took 0.30% of one core of the server")
    assert cost.said.endswith("the budget is 0.50%: intervals are 2 times as long")


def test_the_stretch_has_an_end() -> None:
    clock = Clock()
    cost = OwnCost(BUDGET, clock)
    for _ in range(20):
        spent(cost, 1000.0)
        clock.now += 1200
        cost.judge(0.0)
    assert cost.stretch == 16


def test_a_moment_is_too_short_to_judge() -> None:
    clock = Clock()
    cost = OwnCost(BUDGET, clock)
    spent(cost, 50.0)
    clock.now += 30
    cost.judge(0.0)
    assert (cost.stretch, cost.said, cost.seconds) == (1, "", 50)


def test_waiting_stands_in_where_statements_are_not_counted() -> None:
    clock = Clock()
    cost = OwnCost(BUDGET, clock)
    clock.now += 300
    cost.judge(4.0)
    assert (cost.seconds, cost.stretch) == (4, 2)
    assert cost.said.startswith("dbtriage waited for answers 1.33% of the time")


def test_seconds_never_fall() -> None:
    """They are a counter on /metrics, also when the measure changes."""
    clock = Clock()
    cost = OwnCost(BUDGET, clock)
    shown = []
    for waited, counted in ((5.0, 0.0), (8.0, 0.0), (9.0, 0.5), (12.0, 0.25), (12.0, 0.0)):
        if counted:
            spent(cost, counted)
        cost.judge(waited)
        shown.append(cost.seconds)
    assert shown == [5, 8, 8.5, 8.75, 8.75]
