"""Counter series of one row type: they only grow, whatever the server forgets.

A series starts at zero when it is first shown and is added to by differences, so a restart of
dbtriage, a reset or a failover never looks like a burst. Where rows are many, the top ones by
one counter have series of their own and all others share one remainder, so that sums still
add up. What is ranked comes and goes whole: a statement with all its waits. Who is in has
hysteresis: enter at rank K, leave after `patience` rounds beyond 2 K, or at once where 2 K are in.
"""

from __future__ import annotations

import dataclasses
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import accumulate
from operator import itemgetter
from typing import Any, TypeAlias

from collectors.fields import adder, names, noun, reader
from exporters.prometheus.families import Family, columns, row_labels

OTHER = "__other__"
_FORGOTTEN = 1e-9
_FIRST_LOOK = 1e-3
# What the rows of each label tuple grew by.
_Grown: TypeAlias = Mapping[tuple[Any, ...], Sequence[tuple[Any, ...]]]


@dataclass(frozen=True, slots=True)
class Top:
    """Rank what the labels `of` name, by `counter`; other labels split it into several series.

    The last of `of` is what the remainder replaces by ``__other__``.
    """

    counter: str
    of: tuple[str, ...]
    k: int
    patience: int = 5


@dataclass(slots=True)
class _Series:
    labels: str
    totals: tuple[Any, ...]


@dataclass(slots=True)
class Counters:
    """All counter series of one target and row type. `evicted` counts series taken away."""

    row: type[Any]
    target: str
    top: Top | None = None
    limit: int = 20_000
    evicted: int = 0
    _series: dict[tuple[Any, ...], _Series] = field(default_factory=dict)
    _candidates: dict[Any, float] = field(default_factory=dict)
    _in: dict[Any, list[tuple[Any, ...]]] = field(default_factory=dict)
    _outside: dict[Any, int] = field(default_factory=dict)
    _given_up: int = field(init=False)

    def __post_init__(self) -> None:
        own = names(self.row, "label")
        self._given_up = own.index(self.top.of[-1]) if self.top else len(own) - 1

    def begin(self, rows: Sequence[Any]) -> bool:
        """Show at zero what a first look finds: a rate needs a value before the first difference.

        Totals rank the rows until differences do; beside those they weigh next to nothing.
        """
        if self._series or not rows:
            return False
        if self.top:
            key, named = reader(self.row, "label"), self._named(self.top)
            totals: dict[Any, float] = defaultdict(float)
            for row in rows:
                totals[named(key(row))] += getattr(row, self.top.counter) or 0.0
            whole = sum(totals.values()) or 1.0
            self._candidates = {of: _FIRST_LOOK * total / whole for of, total in totals.items()}
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
            self._admit(grown, self.top)
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
        at = self._given_up
        return (*labels[:at], OTHER, *labels[at + 1 :])

    def _named(self, top: Top) -> Callable[[tuple[Any, ...]], Any]:
        """Reads from labels what is ranked."""
        own = names(self.row, "label")
        return itemgetter(*(own.index(name) for name in top.of))

    def _admit(self, grown: _Grown, top: Top) -> None:
        """Decide who has series, and open those that are new of whoever is in."""
        ranked, named = self._rank(grown, top), self._named(top)
        possible = self._in.keys() | ranked[: top.k]
        fresh: dict[Any, list[tuple[Any, ...]]] = defaultdict(list)
        for labels in grown:
            if labels not in self._series and (of := named(labels)) in possible:
                fresh[of].append(labels)
        sizes = {of: len(opened) for of, opened in fresh.items()}
        for of, own in self._in.items():
            sizes[of] = sizes.get(of, 0) + len(own)
        at = self._given_up
        remainders = {k[:at] + k[at + 1 :] for k in grown}
        remainders.update(k[:at] + k[at + 1 :] for k in self._series if OTHER in k)
        self._choose(ranked, sizes, top, self._most - 1 - len(remainders))
        for of, opened in fresh.items():
            if of in self._in:
                self._in[of] += opened
                for labels in opened:
                    self._open(labels)

    def _rank(self, grown: _Grown, top: Top) -> list[Any]:
        """The first is what grew most lately (older rounds count half each)."""
        at, named = names(self.row, "counter").index(top.counter), self._named(top)
        weights = {of: w / 2 for of, w in self._candidates.items() if w > _FORGOTTEN}
        for labels, added in grown.items():
            of = named(labels)
            weights[of] = weights.get(of, 0.0) + sum(one[at] or 0.0 for one in added)
        self._candidates = weights
        return sorted(weights, key=weights.__getitem__, reverse=True)

    def _choose(self, ranked: Sequence[Any], sizes: Mapping[Any, int], top: Top, room: int) -> None:
        """Let in the first as far as all their series have room; see who is outside."""
        first = [of for of in ranked[: top.k] if of in sizes]
        fits = bisect_right([*accumulate(sizes[of] for of in first)], room)
        for of in first[:fits]:
            self._in.setdefault(of, [])
        outside = self._in.keys() - ranked[: 2 * top.k]
        self._outside = {of: self._outside.get(of, 0) + 1 for of in outside}
        self._evict(sizes, set(first[:fits]), top, room)

    def _evict(self, sizes: Mapping[Any, int], entering: Set[Any], top: Top, room: int) -> None:
        """Take away who is outside for long, and the lowest where newcomers need the room."""
        crowd, excess = len(self._in) - 2 * top.k, sum(sizes[of] for of in self._in) - room
        leaving = self._in.keys() - entering
        for of in sorted(leaving, key=lambda of: self._candidates.get(of, 0.0)):
            if crowd > 0 or excess > 0 or self._outside.get(of, 0) > top.patience:
                gone = self._in.pop(of)
                for labels in gone:
                    del self._series[labels]
                self.evicted += len(gone)
                crowd, excess = crowd - 1, excess - sizes[of]


def _help(row: Any, name: str) -> str:
    (found,) = (f for f in dataclasses.fields(row) if f.name == name)
    return str(found.metadata["help"])
