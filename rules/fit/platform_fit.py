"""Platforms in the order they fit what was measured and what is needed, with reasons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from rules.fit import criteria
from rules.fit.acu_range import AcuRange, acu_range
from rules.fit.criteria import Case, Criterion, Judged
from rules.fit.measured import Measured
from rules.fit.migration import Step, migration
from rules.fit.monthly_cost import MonthlyCost, Prices, monthly_cost
from rules.fit.needs import Needs
from rules.fit.platforms import PLATFORMS, Platform
from rules.wording import duration, size

# How much each counts; a stated failover time counts twice.
_WEIGHTS: Mapping[str, tuple[int, Criterion]] = {
    "storage": (15, criteria.storage),
    "failover": (20, criteria.failover),
    "reads": (15, criteria.reads),
    "throughput": (10, criteria.throughput),
    "variability": (20, criteria.variability),
    "second region": (20, criteria.second_region),
    "support": (5, criteria.support),
    "change": (15, criteria.change),
}
_COST_WEIGHT = 20
_TIE_POINTS = 2.0
_SURE, _FAIRLY_SURE = 0.8, 0.5
_RESTORE_SECONDS = 3600.0
_NO_PRICES: Prices = {}


@dataclass(frozen=True, slots=True)
class Points:
    """`ratio` is 0 to 1, None where it was not judged: then it counts for no platform."""

    criterion: str
    weight: int
    ratio: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class Score:
    """`total` is 0 to 100, of what could be judged. `tie` says why it is first among equals.

    `unchecked` is what has to be looked at by hand.
    """

    platform: Platform
    points: tuple[Points, ...]
    excluded: tuple[str, ...]
    unchecked: tuple[str, ...]
    cost: MonthlyCost
    tie: str = ""

    @property
    def total(self) -> float:
        weight = sum(p.weight for p in self.points if p.ratio is not None)
        got = sum(p.weight * p.ratio for p in self.points if p.ratio is not None)
        return 100 * got / weight if weight else 0.0

    @property
    def confidence(self) -> Literal["high", "medium", "low"]:
        """By how much of what counts was known."""
        judged = sum(p.weight for p in self.points if p.ratio is not None)
        known = judged / sum(p.weight for p in self.points)
        return "high" if known >= _SURE else "medium" if known >= _FAIRLY_SURE else "low"


@dataclass(frozen=True, slots=True)
class Fit:
    """Scores are best first; `steps` lead to the first choice, none where nothing fits."""

    measured: Measured
    needs: Needs
    scores: tuple[Score, ...]
    acu: AcuRange | None
    steps: tuple[Step, ...]

    @property
    def choice(self) -> Score | None:
        return next((s for s in self.scores if not s.excluded), None)


def fit(measured: Measured, needs: Needs, prices: Prices = _NO_PRICES) -> Fit:
    """The whole answer; `wanted_prices` says which prices it can use."""
    acu = acu_range(measured)
    found = Fit(measured, needs, scored(measured, needs, prices), acu, ())
    steps = migration(measured, found.choice.platform.key, acu) if found.choice else ()
    return replace(found, steps=steps)


def scored(measured: Measured, needs: Needs, prices: Prices = _NO_PRICES) -> tuple[Score, ...]:
    """All platforms, best first, excluded ones last."""
    case = Case(measured, needs, acu_range(measured))
    costs = {p.key: monthly_cost(p, measured, case.acu, prices) for p in PLATFORMS}
    excluded = {p.key: tuple(_excluded(p, case, costs[p.key])) for p in PLATFORMS}
    left = [costs[p.key].most for p in PLATFORMS if not excluded[p.key]]
    known = [dollars for dollars in left if dollars]
    return _ordered(
        [
            Score(
                p,
                (*_points(p, case), _cost_points(costs[p.key], known)),
                excluded[p.key],
                tuple(_unchecked(p, measured)),
                costs[p.key],
            )
            for p in PLATFORMS
        ]
    )


def _points(platform: Platform, case: Case) -> Iterator[Points]:
    for name, (weight, judge) in _WEIGHTS.items():
        if name == "second region" and not case.needs.second_region:
            continue
        stated = name == "failover" and case.needs.failover_seconds is not None
        judged: Judged = judge(platform, case)
        yield Points(name, weight * (2 if stated else 1), judged.ratio, judged.reason)


def _cost_points(cost: MonthlyCost, known: Sequence[float]) -> Points:
    """By the dearer end; who has no price counts like the dearest that has one."""
    if not known:
        return Points("cost", _COST_WEIGHT, None, "; ".join(cost.unknown))
    if cost.most is None:
        why = f"{'; '.join(cost.unknown)}: counted like the dearest known"
        return Points("cost", _COST_WEIGHT, min(known) / max(known), why)
    ratio = min(1.0, min(known) / cost.most) if cost.most else 1.0
    said = f"{_dollars(cost)} for the instances, the cheapest ${min(known):,.0f}"
    return Points("cost", _COST_WEIGHT, ratio, said)


def _dollars(cost: MonthlyCost) -> str:
    least, most = f"${cost.least or 0:,.0f}", f"${cost.most or 0:,.0f}"
    between = "" if least == most else f"{least} (by its CPU) to "
    return f"about {between}{most} a month"


def _excluded(platform: Platform, case: Case, cost: MonthlyCost) -> Iterator[str]:
    family = case.measured.instance.family
    if family not in platform.families:
        yield f"there is no {_ENGINES.get(family, family)} on {platform.name}"
        return
    need, _ = criteria.storage_need(case)
    limit = criteria.storage_limit(platform, case).value
    if need is not None and need > limit:
        yield f"{size(need)} of storage are needed, {size(limit)} are the most"
    yield from _too_slow(platform, case.needs.failover_seconds)
    replicas = criteria.replicas_wanted(case)
    if replicas is not None and replicas > platform.replicas.value + platform.standbys:
        yield f"{replicas} replicas are wanted, {platform.replicas.value:g} are the most"
    operations, most = case.measured.operations_per_second, platform.operations_per_second
    if operations is not None and most is not None and operations > most.value:
        yield f"{operations:,.0f} operations a second were seen, {most.value:,.0f} are the most"
    if platform.key == "aurora-serverless":
        yield from _out_of_range(case)
    budget = case.needs.monthly_budget_dollars
    if budget is not None and cost.least is not None and cost.least > budget:
        yield f"{_dollars(cost)} for the instances alone, the budget is ${budget:,.0f}"


_ENGINES = {"postgres": "PostgreSQL", "mysql": "MySQL", "mariadb": "MariaDB"}


def _too_slow(platform: Platform, tolerated: float | None) -> Iterator[str]:
    """At its best it takes more than twice as long as is tolerated."""
    best = platform.failover_at_best_seconds
    if tolerated is None:
        return
    if best is None and tolerated < _RESTORE_SECONDS:
        yield f"it has no standby, and {duration(tolerated)} are tolerated"
    if best is not None and best.value > 2 * tolerated:
        yield f"a failover takes {best.value:g} s at best, {duration(tolerated)} are tolerated"


def _out_of_range(case: Case) -> Iterator[str]:
    """Where it runs already, it has a range."""
    acu = case.acu
    if acu is None and case.measured.platform != "aurora-serverless":
        yield "the load is not known, so no range of capacity can be told"
    if acu is not None and not acu.fits:
        yield f"the load takes {acu.wanted_acu:g} ACU, {acu.limit_acu:g} are the most"


def _unchecked(platform: Platform, measured: Measured) -> Iterator[str]:
    instance = measured.instance
    if not platform.aurora or instance.aurora:
        return
    if instance.family == "postgres":
        yield "whether Aurora has all extensions in use: compare pg_extension with its list"
    elif instance.family == "mysql":
        yield "whether tables use engines other than InnoDB, or plugins that Aurora lacks"
    yield f"whether Aurora offers this version ({instance.engine_version}): see step 1"


def _ordered(scores: Sequence[Score]) -> tuple[Score, ...]:
    """Among those within two points of the best, the one that needs least change goes first."""
    fits = sorted((s for s in scores if not s.excluded), key=lambda s: -s.total)
    rest = sorted((s for s in scores if s.excluded), key=lambda s: -s.total)
    near = [s for s in fits if s.total >= fits[0].total - _TIE_POINTS]
    near.sort(key=lambda s: (-_of(s, "change"), -s.total))
    if len(near) > 1:
        others = " and ".join(s.platform.name for s in near[1:])
        why = f"within {_TIE_POINTS:g} points of {others}: what needs least change goes first"
        near[0] = replace(near[0], tie=why)
    return (*near, *(s for s in fits if s.total < fits[0].total - _TIE_POINTS), *rest)


def _of(score: Score, criterion: str) -> float:
    return next(p.ratio or 0.0 for p in score.points if p.criterion == criterion)
