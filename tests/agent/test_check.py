"""How long a look waits where Performance Insights tells what happened."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from agent.check import Look, check, insights_span
from agent.config_aws import TargetAws
from agent.config_target import Target
from agent.judge import Tuning
from agent.watch import Watch
from collectors.rds.insights import settled
from tests.aws.world import World

HOUR = 1_800_000_000.0  # a whole one


@pytest.mark.parametrize(
    ("window", "second", "waited"),
    [
        pytest.param(30.0, 0.0, 61.0, id="a minute has just settled"),
        pytest.param(30.0, 59.0, 30.0, id="the next one settles within the window"),
        pytest.param(30.0, 20.0, 41.0, id="the next one settles a little after the window"),
        pytest.param(300.0, 20.0, 300.0, id="a long window holds minutes enough"),
    ],
)
def test_the_wait_for_a_new_minute(window: float, second: float, waited: float) -> None:
    assert insights_span(window, HOUR + second) == waited


@pytest.mark.parametrize("second", [0.0, 0.001, 29.5, 59.0, 59.999])
def test_a_minute_is_new_after_the_wait(second: float) -> None:
    first = HOUR + second
    assert settled(first + insights_span(1.0, first)) > settled(first)


class Unhurried(threading.Event):
    """Says how long it was to wait, and does not."""

    def __init__(self) -> None:
        super().__init__()
        self.waited: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waited.append(timeout or 0.0)
        return True


@pytest.fixture
def watch(world: World) -> Iterator[Watch]:
    """An instance that only AWS is asked about."""
    assert world.instances
    target = Target(name="orders", aws=TargetAws(instance="orders-1", region="eu-west-1"))
    made = Watch(target, window_seconds=3600)
    yield made
    made.close()


def test_only_aws_is_looked_at_twice_once_there_is_a_new_minute(watch: Watch) -> None:
    stop, said = Unhurried(), list[str]()
    began = time.time()
    check(watch, Look(30.0, stop=stop), Tuning(), said.append)
    (waited,) = stop.waited
    assert 30 <= waited <= 61
    assert settled(time.time() + waited) > settled(began)
    assert (
        f"orders: waiting {waited:.0f} s for Performance Insights, which tells whole minutes "
        "and is about 2 min behind" in said
    )
    assert said[-2:] == ["orders: collecting again", "orders: judging"]


def test_without_a_window_only_aws_is_not_waited_for(watch: Watch) -> None:
    stop, said = Unhurried(), list[str]()
    made = check(watch, Look(stop=stop), Tuning(), said.append)
    assert stop.waited == []
    assert said == ["orders: collecting", "orders: judging"]
    assert made.reachable
    assert made.aws_answers
