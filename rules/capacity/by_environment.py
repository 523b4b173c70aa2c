"""How much a matter of configuration weighs, by the environment that the tags name."""

from __future__ import annotations

from collections.abc import Iterable

from rules.base import Severity
from rules.rds_wording import production


def by_environment(severity: Severity, tags: Iterable[tuple[str, str]]) -> Severity:
    """As it is in production, one lower where no tag says, context only elsewhere."""
    answer = production(tags)
    if answer is None:
        return Severity(max(Severity.INFO, severity - 1))
    return severity if answer else Severity.INFO
