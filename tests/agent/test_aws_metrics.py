"""Series of many targets come in few calls, each paid for once a round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agent.targets.aws_metrics import MetricBatch
from collectors.session import MetricQuery, Points


class Cloud:
    def __init__(self) -> None:
        self.now = 0.0
        self.fetched: list[int] = []
        self.batch = MetricBatch(self.fetch, most=500, clock=lambda: self.now)

    def fetch(self, queries: Sequence[MetricQuery]) -> Mapping[MetricQuery, Points]:
        self.fetched.append(len(queries))
        return dict.fromkeys(queries, ((self.now, 1.0),))


def of(target: int, count: int = 25) -> list[MetricQuery]:
    about = (("DBInstanceIdentifier", f"db-{target}"),)
    return [MetricQuery(f"m{n}", "Average", about) for n in range(count)]


def test_twenty_targets_come_to_one_call_a_round() -> None:
    cloud = Cloud()
    for round in range(6):
        for target in range(20):
            cloud.now = round * 300 + target * 0.5
            cloud.batch.get(of(target))
    assert sum(cloud.fetched[:20]) == 500, "at first each asks for its own"
    # From the third round on all are known to come again.
    assert cloud.fetched[-4:] == [500, 500, 500, 500]


def test_targets_out_of_step_are_not_paid_for_twice() -> None:
    cloud = Cloud()
    for second in range(0, 3000, 10):
        cloud.now = float(second)
        for target in range(10):
            if second % 300 == target * 30:
                cloud.batch.get(of(target))
    paid = sum(cloud.fetched) / (10 * 25)
    assert paid <= 11, "ten rounds, and the first look"


def test_what_is_not_asked_for_any_more_is_forgotten() -> None:
    cloud = Cloud()
    for round in range(9):
        cloud.now = round * 300.0
        cloud.batch.get(of(1))
        if round < 2:
            cloud.batch.get(of(2))
    assert cloud.fetched[-1] == 25


def test_no_points_where_none_came() -> None:
    batch = MetricBatch(lambda _: {})
    (query,) = of(1, 1)
    assert batch.get([query]) == {query: ()}
