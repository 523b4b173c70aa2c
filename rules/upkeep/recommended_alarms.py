"""The CloudWatch alarms that AWS recommends, with thresholds for one instance.

As of the list of recommended alarms in AWS's CloudWatch guide, read in April 2026. Thresholds
follow the class and the parameters, so they have to be made anew when these change.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

from collectors.rds.alarms import Alarm
from collectors.rds.cluster import Cluster
from collectors.rds.instance import Instance
from rules.upkeep.alarm import About, Choice, LeftOut, RecommendedAlarm, is_below
from rules.upkeep.alarms_of_aurora import of_aurora
from rules.upkeep.alarms_of_instance import of_instance

_SAME_RATIO = 0.01


class State(Enum):
    """Whether an alarm of this metric and direction is there."""

    EXISTS = "exists"
    DIFFERS = "exists, differs"
    SILENT = "exists, tells nobody"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Covered:
    """An alarm that is recommended, and the one that is there already."""

    alarm: RecommendedAlarm
    state: State
    found: Alarm | None = None


def recommended(
    instance: Instance, cluster: Cluster | None, max_connections: int | None
) -> tuple[RecommendedAlarm, ...]:
    """Those whose threshold is known; what concerns the cluster is asked of its writer."""
    chosen = _chosen(About(instance, cluster, max_connections))
    return tuple(alarm for alarm in chosen if isinstance(alarm, RecommendedAlarm))


def left_out(
    instance: Instance, cluster: Cluster | None, max_connections: int | None
) -> tuple[LeftOut, ...]:
    """Those that would fit, but whose threshold is not known."""
    chosen = _chosen(About(instance, cluster, max_connections))
    return tuple(alarm for alarm in chosen if isinstance(alarm, LeftOut))


def coverage(wanted: Iterable[RecommendedAlarm], alarms: Sequence[Alarm]) -> tuple[Covered, ...]:
    """An alarm of the same metric, scope and direction covers; the best of several is named."""
    return tuple(_covered(alarm, alarms) for alarm in wanted)


def missing(
    wanted: Iterable[RecommendedAlarm], alarms: Sequence[Alarm]
) -> tuple[RecommendedAlarm, ...]:
    """Those that no alarm covers."""
    return tuple(c.alarm for c in coverage(wanted, alarms) if c.state is State.MISSING)


def _chosen(about: About) -> Choice:
    yield from of_instance(about)
    if about.instance.aurora:
        yield from of_aurora(about)


def _covered(wanted: RecommendedAlarm, alarms: Sequence[Alarm]) -> Covered:
    order = list(State)
    found = [
        Covered(wanted, _state(wanted, alarm), alarm)
        for alarm in alarms
        if alarm.metric == wanted.metric
        and alarm.of_cluster == wanted.of_cluster
        and _same_direction(wanted.comparison, alarm.comparison)
    ]
    return min(found, key=lambda c: order.index(c.state), default=Covered(wanted, State.MISSING))


def _state(wanted: RecommendedAlarm, alarm: Alarm) -> State:
    """An expression has a threshold of its own kind, which can't be compared."""
    if not alarm.tells:
        return State.SILENT
    if alarm.threshold is None or not alarm.statistic:
        return State.EXISTS
    same = math.isclose(alarm.threshold, wanted.threshold, rel_tol=_SAME_RATIO)
    return State.EXISTS if same and alarm.statistic == wanted.statistic else State.DIFFERS


def _same_direction(wanted: str, comparison: str) -> bool:
    """An alarm on anomalies names the bands it watches, often both."""
    return ("Less" if is_below(wanted) else "Greater") in comparison
