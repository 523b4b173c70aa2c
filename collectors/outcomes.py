"""How each collector ended: silence is a bug."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Ended = Literal["answered", "skipped", "failed"]


def fault(error: Exception) -> str:
    """A fault of the program in words: what and where, but no message, which may quote data."""
    (*_, frame) = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """`reason` says why it was skipped or failed, or what an answer leaves out; else empty.

    `privilege` is True where a GRANT would mend it.
    """

    id: str
    ended: Ended
    reason: str = ""
    privilege: bool = False

    @property
    def of_aws(self) -> bool:
        """Whether AWS was asked, not the server."""
        return self.id.startswith("rds.")


@dataclass(frozen=True, slots=True)
class Outcomes:
    """All collectors of one target, in the order of their ids."""

    rows: tuple[Outcome, ...]

    def get(self, id: str) -> Outcome | None:
        return next((o for o in self.rows if o.id == id), None)
