"""What a rule may ask the planner: costs, never an execution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class ProposedIndex:
    """A b-tree index that does not exist (yet); names are unquoted."""

    schema: str
    table: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """The planner's opinion of one statement.

    `cost` is in the planner's units. `indexes` are the names of real indexes it uses;
    `proposed` the positions, in the sequence given, of proposed indexes it uses.
    """

    cost: float
    indexes: tuple[str, ...]
    proposed: tuple[int, ...]


@runtime_checkable
class Planner(Protocol):
    """Read-only and budgeted; a statement it cannot or may not explain is None, never an error."""

    @property
    def hypothetical(self) -> bool:
        """Whether it can see proposed indexes (HypoPG is installed)."""

    def plan(
        self, database: str, query: str, proposed: Sequence[ProposedIndex] = ()
    ) -> Plan | None:
        """Plan a normalised statement, as if the proposed indexes existed."""
