"""Counter series of one row type: they only grow, whatever the server forgets.

A series starts at zero when it is first shown and is added to by differences, so a restart of
dbtriage, a reset or a failover never looks like a burst. Where rows are many, the top ones by
one counter have series of their own and all others share one remainder, so that sums still
add up. Who is in has hysteresis: enter at rank K, leave after `patience` rounds beyond 2 K, or at
once where 2 K are in.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from collectors.fields import adder, names, noun, reader
from exporters.prometheus.families import Family, columns, row_labels

OTHER = "__other__"
_FORGOTTEN = 1e-9
_FIRST_LOOK = 1e-3


@dataclass(frozen=True, slots=True)
class Top:
    """Rank by `counter`; `label` is what the remainder replaces by ``__other__``."""

    counter: str
    label: str
    k: int
    patience: int = 5


@dataclass(slots=True)
class _Series:
    labels: str
    totals: tuple[Any, ...]
    outside: int = 0


@dataclass(slots=True)
class Counters:
    """All counter series of one target and row type. `evicted` counts series taken away."""

    row: type[Any]
    target: str
    top: Top | None = None
    limit: int = 20_000
    evicted: int = 0
    _series: dict[tuple[Any, ...], _Series] = field(default_factory=dict)
    _candidates: dict[tuple[Any, ...], float] = field(default_factory=dict)

    def begin(self, rows: Sequence[Any]) -> bool:
        """Show at zero what a first look finds: a rate needs a value before the first difference.

        Totals rank the rows until differences do; beside those they weigh next to nothing.
        """
        if self._series or not rows:
            return False
        if self.top:
            at, key = names(self.row, "counter").index(self.top.counter), reader(self.row, "label")
            totals = [(key(row), reader(self.row, "counter")(row)[at] or 0.0) for row in rows]
            whole = sum(total for _, total in totals) or 1.0
            self._candidates = {of: _FIRST_LOOK * total / whole for of, total in totals}
        counters = names(self.row, "counter")
        self.add(
            dataclasses.replace(row, **{n: 0 for n in counters if getattr(row, n) is not None})
            for row in rows
        )
        return True

    def keep(self, living: Iterable[Any]) -> bool:
        """Take away the series of rows that are gone for good: a dropped table, an old partition.

        Not of ranked ones: an evicted statement comes back.
        """
        if self.top:
            return False
        key = reader(self.row, "label")
        gone = self._series.keys() - {key(row) for row in living}
        gone = {labels for labels in gone if OTHER not in labels}
        for labels in gone:
            del self._series[labels]
        return bool(gone)

    def add(self, rows: Iterable[Any]) -> None:
        """Add one round of differences."""
        key, counts = reader(self.row, "label"), reader(self.row, "counter")
        add = adder(self.row)
        grown: dict[tuple[Any, ...], list[tuple[Any, ...]]] = defaultdict(list)
        for row in rows:
            grown[key(row)].append(counts(row))
        if self.top:
            self._rank(grown, self.top)
        for labels, added in grown.items():
            series = self._series.get(labels) or self._new(labels)
            for one in added:
                series.totals = add(series.totals, one)

    def families(self) -> list[Family]:
        series = list(self._series.values())
        of = [s.labels for s in series]
        made = []
        for at, name in enumerate(names(self.row, "counter")):
            values = [s.totals[at] for s in series]
            full = f"dbtriage_{noun(self.row)}_{name}"
            made.append(columns(full, "counter", _help(self.row, name), of, values))
        return [family for family in made if family]

    def shown(self) -> frozenset[tuple[Any, ...]]:
        """Label values that have series of their own."""
        return frozenset(k for k in self._series if OTHER not in k)

    def _new(self, labels: tuple[Any, ...]) -> _Series:
        """The series of these labels, or a remainder's where they are not among the top."""
        if self.top or not self._room():
            labels = self._remainder(labels)
        if labels not in self._series and not self._room():
            labels = (OTHER,) * len(labels)
        if labels not in self._series:
            self._open(labels)
        return self._series[labels]

    def _room(self) -> bool:
        """One place is kept for the last remainder."""
        return len(self._series) < self._most - 1

    @property
    def _most(self) -> int:
        """Series within the limit of samples: one a counter, and one for the text of a digest."""
        return max(self.limit // (len(names(self.row, "counter")) + 1), 1)

    def _open(self, labels: tuple[Any, ...]) -> None:
        of = row_labels(self.row, labels, self.target)
        self._series[labels] = _Series(of, (None,) * len(names(self.row, "counter")))

    def _remainder(self, labels: tuple[Any, ...]) -> tuple[Any, ...]:
        """The same labels with the last (or the ranked) one given up."""
        own = names(self.row, "label")
        at = own.index(self.top.label) if self.top else len(own) - 1
        return (*labels[:at], OTHER, *labels[at + 1 :])

    def _rank(self, grown: dict[tuple[Any, ...], list[tuple[Any, ...]]], top: Top) -> None:
        """Decide who has a series, by what grew lately (older rounds count half each)."""
        at = names(self.row, "counter").index(top.counter)
        weights = {k: w / 2 for k, w in self._candidates.items() if w > _FORGOTTEN}
        for labels, added in grown.items():
            weights[labels] = weights.get(labels, 0.0) + sum(one[at] or 0.0 for one in added)
        self._candidates = weights
        ranked = sorted(weights, key=weights.__getitem__, reverse=True)
        remainders = max(sum(OTHER in k for k in self._series), 1)
        room = max(min(2 * top.k, self._most - 1 - remainders), 0)
        self._evict(ranked, top, room)
        for labels in ranked[: min(top.k, room)]:
            if labels not in self._series:
                self._open(labels)

    def _evict(self, ranked: list[tuple[Any, ...]], top: Top, room: int) -> None:
        """Take away who is outside for long, and the lowest where newcomers need the room."""
        inside, entering = set(ranked[: 2 * top.k]), set(ranked[: min(top.k, room)])
        place = {labels: at for at, labels in enumerate(ranked)}
        own = [k for k in self._series if OTHER not in k]
        own.sort(key=lambda k: place.get(k, len(place)), reverse=True)
        excess = len(entering.union(own)) - room
        for labels in own:
            series = self._series[labels]
            series.outside = 0 if labels in inside else series.outside + 1
            if series.outside > top.patience or (excess > 0 and labels not in entering):
                del self._series[labels]
                self.evicted += 1
                excess -= 1


def _help(row: Any, name: str) -> str:
    (found,) = (f for f in dataclasses.fields(row) if f.name == name)
    return str(found.metadata["help"])
