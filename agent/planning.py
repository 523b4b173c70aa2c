"""Lend a rule the server's planner, where the target has one that can be asked."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from agent.watch import Watch
from rules.planner import Planner


@contextlib.contextmanager
def planner_for(watch: Watch) -> Iterator[Planner | None]:  # noqa: ARG001
    """None where the target is not connected."""
    yield None
