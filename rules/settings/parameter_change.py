"""What is to be said of the parameters of one instance: changed, kept, or better left alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from collectors.rds.cluster import Cluster
from collectors.rds.instance import Instance
from rules.base import Confidence

DEFAULT_GROUP = "default."


@dataclass(frozen=True, slots=True)
class Wish:
    """What a choice would like; whether the platform takes it is seen later.

    `value` None gives AWS's default back.
    """

    parameter: str
    value: str | None
    why: str
    risk: str
    confidence: Confidence = Confidence.ESTIMATED


@dataclass(frozen=True, slots=True)
class Kept:
    """A parameter that was looked at and is better as it is; `why` is a sentence."""

    parameter: str
    value: str | None
    why: str


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """What is often advised elsewhere, and why it is not here."""

    parameter: str
    why: str


@dataclass(frozen=True, slots=True)
class Current:
    """`value` None is not told; `source` is live, user, system or engine default."""

    value: str | None
    source: str


@dataclass(frozen=True, slots=True)
class ParameterAdvice:
    """One parameter of a group to change.

    `advised` is a value or a formula as the group takes it; None gives AWS's default back, which
    is `default` where it is known. `static`: a change takes effect at the next reboot.
    """

    parameter: str
    current: Current
    advised: str | None
    default: str | None
    why: str
    risk: str
    static: bool
    group: str
    scope: Literal["instance", "cluster"]
    confidence: Confidence

    @property
    def group_is_fixed(self) -> bool:
        """AWS's own groups can't be changed: a group of one's own has to be made first."""
        return self.group.startswith(DEFAULT_GROUP)


@dataclass(frozen=True, slots=True)
class Memory:
    """What the instance has and who told it; None is unknown."""

    size_bytes: int | None
    source: str


@dataclass(frozen=True, slots=True)
class Advice:
    """For one instance, all there is to say of its parameters."""

    instance: Instance
    cluster: Cluster | None
    memory: Memory
    changes: tuple[ParameterAdvice, ...]
    kept: tuple[Kept, ...]
    left_alone: tuple[LeftAlone, ...]
