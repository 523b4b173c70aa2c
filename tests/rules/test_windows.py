from __future__ import annotations

import pytest

from rules.availability.windows import DAY, WEEK, Load, load_of, quietest, spans
from tests.aws.rows import hours


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        pytest.param("mon:00:00-mon:00:30", ((0, 30),), id="weekly"),
        pytest.param("sun:23:45-mon:00:15", ((WEEK - 15, WEEK + 15),), id="over the week's end"),
        pytest.param("tue:10:30-tue:11:00", ((DAY + 630, DAY + 660),), id="half hours"),
        pytest.param("", (), id="not told"),
        pytest.param("whenever", (), id="no window"),
    ],
)
def test_weekly_windows(window: str, expected: tuple[tuple[int, int], ...]) -> None:
    assert spans(window) == expected


def test_daily_windows_come_each_day() -> None:
    found = spans("23:45-00:15")
    assert len(found) == 7
    assert found[0] == (DAY - 15, DAY + 15)


def flat(**busy: float) -> Load:
    """Each hour of the week once, with load 1; `h25=9` gives the 25th hour 9."""
    return Load("sessions", tuple((h * 60, busy.get(f"h{h}", 1.0)) for h in range(168)))


@pytest.mark.parametrize(
    ("window", "load"),
    [
        pytest.param("mon:10:15-mon:10:45", 9.0, id="within the hour"),
        pytest.param("mon:09:45-mon:10:15", 5.0, id="half in the hour before"),
        pytest.param("mon:09:30-mon:10:00", 1.0, id="ends where it begins"),
    ],
)
def test_hours_that_a_window_touches(window: str, load: float) -> None:
    assert flat(h10=9.0).during(spans(window)) == load


def test_the_week_is_round() -> None:
    assert flat(h0=9.0).during(spans("sun:23:45-mon:00:15")) == 5.0
    assert flat(h167=9.0).during(spans("sun:23:45-mon:00:15")) == 5.0
    assert flat().during(()) is None


def test_quietest_hour_of_the_week() -> None:
    assert quietest(flat(h100=0.1), "02:00-02:30", weekly=True) == "fri:04:00-fri:04:30"


def test_room_is_kept_around_the_other_window() -> None:
    assert quietest(flat(h100=0.1), "04:00-04:30", weekly=True) == "mon:00:00-mon:00:30"


def test_quietest_hour_of_the_day() -> None:
    load = flat(**{f"h{day * 24 + 5}": 0.1 for day in range(7)})
    assert quietest(load, "sun:03:00-sun:03:30", weekly=False) == "05:00-05:30"
    assert quietest(load, "sun:05:30-sun:06:00", weekly=False) == "00:00-00:30"


def test_sessions_are_preferred_to_cpu() -> None:
    found = load_of(hours(24, load_sessions=2.0, cpu_ratio=0.5).rows)
    assert found is not None
    assert found.unit == "sessions"


def test_cpu_where_sessions_are_mostly_unknown() -> None:
    sessions = [2.0] * 19 + [None] * 5  # fewer than eight of ten
    found = load_of(hours(24, load_sessions=sessions, cpu_ratio=0.5).rows)
    assert found is not None
    assert found.unit == "cpu_ratio"
    enough = load_of(hours(5, load_sessions=[2.0] * 4 + [None], cpu_ratio=0.5).rows)
    assert enough is not None
    assert enough.unit == "sessions"  # eight of ten just do
    assert load_of(hours(24).rows) is None
    assert load_of(()) is None
