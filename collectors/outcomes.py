"""How each collector ended: silence is a bug."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Ended = Literal["answered", "skipped", "failed"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`reason` says why it was skipped or failed, or what an answer leaves out; else empty.

    `privilege` is True where a GRANT would mend it.
    """

    id: str
    ended: Ended
    reason: str = ""
    privilege: bool = False


@dataclass(frozen=True, slots=True)
class Outcomes:
    """All collectors of one target, in the order of their ids."""

    rows: tuple[Outcome, ...]

    def get(self, id: str) -> Outcome | None:
        return next((o for o in self.rows if o.id == id), None)
