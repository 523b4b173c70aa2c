"""How much a gap weighs where the tags say production, say nothing, or say something else."""

from __future__ import annotations

from collections.abc import Iterable

from rules.base import Severity
from rules.rds_wording import production


def weighed(severity: Severity, tags: Iterable[tuple[str, str]]) -> Severity | None:
    """As it is in production, one lower where nothing is said, None anywhere else."""
    match production(tags):
        case True:
            return severity
        case None:
            return Severity(max(Severity.INFO, severity - 1))
        case False:
            return None
