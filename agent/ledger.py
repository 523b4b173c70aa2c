"""Differences of counters that survive resets, evictions, restarts and failovers.

A `Ledger` is given one collector's snapshots in order and keeps what was counted between
them. Each entry of a snapshot is in one of four cases:

* known      counted on: the difference
* new        not there before: it began from zero, so all of it is new
* reset      a counter fell, or the server says that it began to count anew: all of it is new,
             or only what fell where a row's counters are reset apart
* unseen     there before but hidden from us (its own start lies before our last look): unknown,
             so nothing is counted
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Generic, TypeVar

from collectors.fields import adder, names, reader, resets_apart
from collectors.snapshot import Activity, Snapshot

Row = TypeVar("Row")
Key = tuple[Any, ...]
Counts = tuple[Any, ...]


# A window is kept in so many spans, however often the collector asks: memory is what it costs.
_SPANS = 4


@dataclass(slots=True)
class _Span:
    """What was counted up to `end`, over `seconds`, by entry."""

    end: float
    seconds: float
    counted: dict[Key, Counts]


class Ledger(Generic[Row]):
    """What one collector's rows counted over the last `window_seconds`, or up to a span more."""

    def __init__(self, row: type[Row], window_seconds: float) -> None:
        self._row: Any = row
        self._window_seconds = window_seconds
        self._counts = reader(row, "counter")
        self._key = reader(row, "label", "identity")
        self._before: dict[Key, Row] = {}
        self._last: Snapshot[Row] | None = None
        self._instance: str | None = None
        self._spans: list[_Span] = []
        self._latest: dict[Key, Row] = {}
        self._built_window: Activity[Row] | None = None

    def add(self, snapshot: Snapshot[Row], instance: str | None = None) -> Activity[Row] | None:
        """Take the next snapshot; what was counted since the last one, None for the first.

        `instance` names the server process family that counts: after a failover to another one
        there is nothing to compare with, so it starts like a first look.
        """
        last, self._last = self._last, snapshot
        if last is None or instance != self._instance:
            self._instance = instance
            self._before = {self._key(r): r for r in snapshot.rows}
            return None
        seconds = max(snapshot.taken_at - last.taken_at, 0.0)
        found = self._differences(snapshot, last)
        counted = {self._key(row): (row, counts) for row, counts in found if any(counts)}
        now = {self._key(r): r for r in snapshot.rows}
        # Rows that were hidden must not count as new when they come back.
        self._before = self._before | now if snapshot.partial else now
        self._keep(snapshot.taken_at, seconds, counted)
        return Activity(seconds, self._built(counted.values()))

    def window(self) -> Activity[Row] | None:
        """What was counted in the window so far; None before the second look."""
        if self._built_window is None and self._spans:
            total: dict[Key, Counts] = {}
            for span in self._spans:
                self._add(total, span.counted)
            rows = self._built((self._latest[entry], counts) for entry, counts in total.items())
            self._built_window = Activity(sum(s.seconds for s in self._spans), rows)
        return self._built_window

    def _keep(self, end: float, seconds: float, counted: dict[Key, tuple[Row, Counts]]) -> None:
        """Into the newest span, or a new one where that is long enough; old ones are forgotten."""
        self._built_window = None
        self._latest.update((entry, row) for entry, (row, _) in counted.items())
        counts = {entry: counts for entry, (_, counts) in counted.items()}
        newest = self._spans[-1] if self._spans else None
        if newest and newest.seconds < self._window_seconds / _SPANS:
            newest.end, newest.seconds = end, newest.seconds + seconds
            self._add(newest.counted, counts)
        else:
            self._spans.append(_Span(end, seconds, counts))
        if self._spans[0].end <= end - self._window_seconds:
            self._spans = [s for s in self._spans if s.end > end - self._window_seconds]
            living = set().union(*(span.counted for span in self._spans))
            self._latest = {entry: row for entry, row in self._latest.items() if entry in living}

    def _add(self, total: dict[Key, Counts], counted: dict[Key, Counts]) -> None:
        add = adder(self._row)
        for entry, counts in counted.items():
            total[entry] = add(total[entry], counts) if entry in total else counts

    def _differences(
        self, snapshot: Snapshot[Row], last: Snapshot[Row]
    ) -> Iterable[tuple[Row, Counts]]:
        subtract, counts = _subtracter(self._row, _known(self._row, snapshot.rows)), self._counts
        renewed = _later(snapshot.counting_since, last.counting_since)
        dated = "counting_since" in {f.name for f in fields(self._row)}
        for row in snapshot.rows:
            now = counts(row)
            before = self._before.get(self._key(row))
            since = row.counting_since if dated else None  # type: ignore[attr-defined]
            if before is None:
                if since is None or since >= last.taken_at:
                    yield row, now
            # What says itself when it began does not begin anew because others did.
            elif renewed if since is None else _later(since, before.counting_since):  # type: ignore[attr-defined]
                yield row, now
            else:
                yield row, subtract(now, counts(before)) or now

    def _built(self, counted: Iterable[tuple[Row, Counts]]) -> tuple[Row, ...]:
        """The latest look at each entry, with differences in place of totals."""
        build = _builder(self._row)
        return tuple(build(row, counts) for row, counts in counted)


def accumulated(snapshot: Snapshot[Row]) -> Activity[Row] | None:
    """The totals of one look as activity since the server began to count; None if unknown."""
    if snapshot.counting_since is None or snapshot.counting_since >= snapshot.taken_at:
        return None
    span = snapshot.taken_at - snapshot.counting_since
    ran = tuple(r for r in snapshot.rows if any(reader(type(r), "counter")(r)))
    return Activity(span, ran, accumulated=True)


def merged(parts: Iterable[Activity[Row]]) -> Activity[Row] | None:
    """The activity of several databases as one; the longest span, so no rate is overstated."""
    given = list(parts)
    if not given:
        return None
    rows = tuple(r for part in given for r in part.rows)
    return Activity(max(p.seconds for p in given), rows, any(p.accumulated for p in given))


def _later(now: float | None, before: float | None) -> bool:
    """The start of counting moved: the difference of clocks and roundings stays below 1 ms."""
    return now is not None and before is not None and now > before + 0.001


def _known(row: Any, rows: tuple[Any, ...]) -> tuple[int, ...]:
    """Which counters this server counts, as its first row tells."""
    if not rows:
        return ()
    return tuple(at for at, n in enumerate(reader(row, "counter")(rows[0])) if n is not None)


@cache
def _subtracter(row: Any, known: tuple[int, ...]) -> Callable[[Counts, Counts], Counts | None]:
    """Entry by entry difference; None where any counter fell. Compiled: it runs per entry.

    Most entries count what is `known`, and nothing of it fell: that is tried first.
    """
    careful = _careful(row)
    if not known:
        return careful
    at = range(len(names(row, "counter")))
    given = ", ".join(f"n[{i}] - b[{i}]" for i in known)
    alike = " and ".join(["min(d) >= 0", *(f"n[{i}] is None" for i in at if i not in known)])
    whole = ", ".join(f"d[{known.index(i)}]" if i in known else "None" for i in at)
    subtract: Callable[[Counts, Counts], Counts] = eval(  # noqa: S307
        f"lambda n, b: ({whole},) if (d := ({given},)) and {alike} else careful(n, b)",
        {"careful": careful, "min": min},
    )

    def difference(now: Counts, before: Counts) -> Counts | None:
        try:
            return subtract(now, before)
        except TypeError:  # what is not counted
            return careful(now, before)

    return difference


def _careful(row: Any) -> Callable[[Counts, Counts], Counts | None]:
    """The same for any entry."""
    at, apart = range(len(names(row, "counter"))), resets_apart(row)
    exact = [f.metadata["exact"] for f in fields(row) if f.metadata["kind"] == "counter"]
    # What was not counted before has no difference yet: a timer that was switched on in between.
    parts = ", ".join(
        f"(None if n[{i}] is None or b[{i}] is None else {_less(i, exact=exact[i], apart=apart)})"
        for i in at
    )
    subtract: Callable[[Counts, Counts], Counts] = eval(f"lambda n, b: ({parts},)")  # noqa: S307

    def difference(now: Counts, before: Counts) -> Counts | None:
        found = subtract(now, before)
        return None if any(d is not None and d < 0 for d in found) else found

    return difference


def _less(at: int, *, exact: bool, apart: bool) -> str:
    if exact and apart:
        return f"n[{at}] - (b[{at}] if b[{at}] <= n[{at}] else 0)"
    return f"n[{at}] - b[{at}]" if exact else f"max(n[{at}] - b[{at}], 0)"


@cache
def _builder(row: Any) -> Callable[[Any, Counts], Any]:
    counters = names(row, "counter")
    values = ", ".join(
        f"c[{counters.index(f.name)}]" if f.name in counters else f"r.{f.name}" for f in fields(row)
    )
    return eval(f"lambda r, c: row({values})", {"row": row})  # type: ignore[no-any-return]  # noqa: S307
