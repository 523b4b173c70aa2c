"""Differences that survive resets, evictions, restarts and failovers, against a model server."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.ledger import Ledger, accumulated, merged
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.statements import Statement
from tests.make import activity, make, snapshot

WEEK = 7 * 86400.0


def statement(entry: str, calls: int, since: float | None = None) -> Statement:
    return make(
        Statement, digest=entry, entry=entry, calls=calls, exec_seconds=calls / 2,
        counting_since=since,
    )  # fmt: skip


def at(
    moment: float, *rows: Statement, since: float | None = None, partial: bool = False
) -> Snapshot[Statement]:
    return Snapshot(moment, rows, since, partial=partial)


def counted(*looks: Snapshot[Statement], instances: str = "") -> dict[str, int]:
    """Calls a digest in the window over all looks; `instances` names who counted at each look."""
    ledger = Ledger(Statement, WEEK)
    for look, instance in itertools.zip_longest(looks, instances or "a" * len(looks)):
        ledger.add(look, instance)
    window = ledger.window()
    assert window is not None
    return {s.digest: s.calls for s in window.rows}


@pytest.mark.parametrize(
    ("looks", "calls"),
    [
        pytest.param([at(0, statement("a", 5)), at(60, statement("a", 7))], {"a": 2}, id="ran"),
        pytest.param([at(0, statement("a", 5)), at(60, statement("a", 5))], {}, id="did not run"),
        pytest.param([at(0), at(60, statement("a", 7))], {"a": 7}, id="new since the last look"),
        pytest.param([at(0, statement("a", 5)), at(60, statement("a", 3))], {"a": 3}, id="it fell"),
        pytest.param([at(0, statement("a", 5)), at(60)], {}, id="evicted"),
        pytest.param(
            [at(0, statement("a", 5)), at(60), at(120, statement("a", 4))], {"a": 4},
            id="evicted and back",
        ),
        pytest.param(
            [at(0, statement("a", 5)), at(60, statement("a", 9)), at(120)], {"a": 4},
            id="evicted later in the window keeps what it counted",
        ),
        pytest.param(
            [
                at(0, statement("a", 5, since=0), since=0),
                at(60, statement("a", 8, since=30), since=0, partial=True),
                at(120, statement("a", 9, since=30), since=30),
            ],
            {"a": 9}, id="its own start was told before that of all",
        ),
        pytest.param(
            [at(0, statement("a", 5), since=0), at(60, statement("a", 8), since=30)], {"a": 8},
            id="reset, then ran more often than before: only the date shows it",
        ),
        pytest.param(
            [at(0, statement("a", 5, since=0)), at(60, statement("a", 8, since=30))], {"a": 8},
            id="one entry reset, by its own date",
        ),
        pytest.param(
            [at(0), at(60, statement("a", 99, since=-500))], {},
            id="hidden from us at the first look, not new",
        ),
        pytest.param(
            [at(0, statement("a", 5)), at(60, partial=True), at(120, statement("a", 6))],
            {"a": 1}, id="hidden from us for one look",
        ),
    ],
)  # fmt: skip
def test_cases(looks: list[Snapshot[Statement]], calls: dict[str, int]) -> None:
    assert counted(*looks) == calls


def test_a_failover_starts_anew() -> None:
    looks = [at(0, statement("a", 5)), at(60, statement("a", 900)), at(120, statement("a", 901))]
    assert counted(*looks, instances="abb") == {"a": 1}


def test_a_value_the_server_stopped_counting_is_no_difference() -> None:
    before, now = make(Statement, calls=1, plans=3), make(Statement, calls=2, plans=None)
    ledger = Ledger(Statement, WEEK)
    ledger.add(at(0, before))
    new = ledger.add(at(60, now))
    assert new is not None
    assert (new.rows[0].calls, new.rows[0].plans) == (1, None)


def test_rounding_is_no_reset() -> None:
    """calls * (stddev² + mean²) may fall by a hair; the totals of years must not count again."""
    ledger = Ledger(Statement, WEEK)
    before = make(Statement, calls=10**6, exec_seconds=5e6, exec_seconds_squared=2.5e7)
    ledger.add(at(0, before))
    now = replace(before, calls=10**6 + 1, exec_seconds=5e6 + 1, exec_seconds_squared=2.5e7 - 1e-3)
    new = ledger.add(at(60, now))
    assert new is not None
    assert (new.rows[0].calls, new.rows[0].exec_seconds) == (1, 1.0)
    assert new.rows[0].exec_seconds_squared == 0


def test_a_timer_that_was_switched_on_has_no_difference_yet() -> None:
    ledger = Ledger(Statement, WEEK)
    ledger.add(at(0, make(Statement, calls=1)))
    new = ledger.add(at(60, make(Statement, calls=2, block_read_seconds=5000.0)))
    assert new is not None
    assert (new.rows[0].calls, new.rows[0].block_read_seconds) == (1, None)


def test_a_long_outage_does_not_stay_in_the_window() -> None:
    ledger = Ledger(Statement, 900.0)
    for moment in (*range(0, 901, 60), 8100, 9060):
        ledger.add(at(float(moment), statement("a", moment)))
    window = ledger.window()
    assert window is not None
    assert window.seconds == 960


def test_the_window_forgets() -> None:
    ledger = Ledger(Statement, 600.0)
    for moment in range(0, 6001, 60):
        ledger.add(at(float(moment), statement("a", moment), statement(f"once{moment}", 1)))
    window = ledger.window()
    assert window is not None
    assert 600 <= window.seconds <= 720
    calls = {s.digest: s.calls for s in window.rows}
    assert calls["a"] == window.seconds
    assert len(calls) == 1 + window.seconds / 60


def test_one_look_has_no_window() -> None:
    ledger = Ledger(Statement, WEEK)
    assert ledger.add(at(0, statement("a", 5))) is None
    assert ledger.window() is None


def test_accumulated_totals_are_over_the_time_since_reset() -> None:
    found = accumulated(
        snapshot(statement("a", 5), statement("b", 0), taken_at=900, counting_since=100)
    )
    assert found == Activity(800.0, (statement("a", 5),), accumulated=True)


@pytest.mark.parametrize("since", [None, 900.0, 1000.0], ids=["unknown", "just now", "ahead"])
def test_accumulated_needs_a_span(since: float | None) -> None:
    assert accumulated(snapshot(statement("a", 5), taken_at=900, counting_since=since)) is None


def test_merged_takes_the_longest_span() -> None:
    both = merged(
        [activity(statement("a", 1), seconds=60), activity(statement("b", 2), seconds=90)]
    )
    assert both is not None
    assert (both.seconds, len(both.rows)) == (90, 2)
    assert merged([]) is None


@dataclass(slots=True)
class ModelServer:
    """Counts calls as pg_stat_statements does; `lost` is what no later look can show."""

    dated: bool
    clock: float = 0.0
    reset_at: float = 0.0
    calls: dict[str, int] = field(default_factory=dict)
    since: dict[str, float] = field(default_factory=dict)
    unseen: dict[str, int] = field(default_factory=dict)
    visible: dict[str, int] = field(default_factory=dict)

    def run(self, entry: str, times: int) -> None:
        self.since.setdefault(entry, self.clock)
        self.calls[entry] = self.calls.get(entry, 0) + times
        self.unseen[entry] = self.unseen.get(entry, 0) + times

    def forget(self, entry: str) -> None:
        for counts in (self.calls, self.since, self.unseen):
            counts.pop(entry, None)

    def reset(self) -> None:
        self.reset_at = self.clock
        for entry in list(self.calls):
            self.forget(entry)

    def look(self) -> Snapshot[Statement]:
        for entry, times in self.unseen.items():
            self.visible[entry] = self.visible.get(entry, 0) + times
        self.unseen.clear()
        dates = self.since if self.dated else {}
        rows = [statement(e, n, dates.get(e)) for e, n in self.calls.items()]
        return Snapshot(self.clock, tuple(rows), self.reset_at)


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("run"), st.sampled_from("abc"), st.integers(1, 50)),
        st.tuples(st.just("forget"), st.sampled_from("abc"), st.just(0)),
        st.tuples(st.just("reset"), st.just(""), st.just(0)),
        st.tuples(st.just("look"), st.just(""), st.just(0)),
    ),
    max_size=60,
)


@given(events=EVENTS)
def test_totals_equal_the_servers_whatever_the_order_of_resets_and_evictions(
    events: list[tuple[str, str, int]],
) -> None:
    """Exactly what could be seen is counted, each call once, where entries carry their date."""
    model, ledger = _replayed(events, dated=True)
    assert _calls(ledger) == {e: n for e, n in model.visible.items() if n}


@given(events=EVENTS)
def test_without_dates_nothing_is_negative_or_counted_twice(
    events: list[tuple[str, str, int]],
) -> None:
    """Before extension 1.11 an eviction that is made up for in between cannot be seen."""
    model, ledger = _replayed(events, dated=False)
    for entry, calls in _calls(ledger).items():
        assert 0 < calls <= model.visible[entry]


def _replayed(
    events: list[tuple[str, str, int]], *, dated: bool
) -> tuple[ModelServer, Ledger[Statement]]:
    model, ledger = ModelServer(dated), Ledger(Statement, WEEK)
    ledger.add(model.look())
    for what, entry, times in [*events, ("look", "", 0)]:
        model.clock += 1
        match what:
            case "run":
                model.run(entry, times)
            case "forget":
                model.forget(entry)
            case "reset":
                model.reset()
            case _:
                new = ledger.add(model.look())
                assert new is not None
                assert all(s.calls > 0 and s.exec_seconds >= 0 for s in new.rows)
    return model, ledger


def _calls(ledger: Ledger[Statement]) -> dict[str, int]:
    window = ledger.window()
    return {s.digest: s.calls for s in window.rows} if window else {}
