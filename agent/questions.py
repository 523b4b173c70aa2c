"""Which collectors a target is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from agent.config_target import Target
from agent.discovery import all_collectors
from collectors.base import Collector
from collectors.fields import lineage

# MySQL and MariaDB are asked the same questions, each in its own words.
_FOLDERS = {"postgres": "postgres", "mysql": "mysql", "mariadb": "mysql", "rds": "rds"}


def collectors_of(target: Target, every: Mapping[str, float]) -> tuple[Collector[Any, Any], ...]:
    """Those of its engine, and of AWS where that is asked too; `every` are intervals by id.

    What AWS tells of a shared noun, as statements, is asked only where the server is not.
    """
    folders = {_FOLDERS[target.engine], *(["rds"] if target.aws else [])}
    found = [c for c in all_collectors() if c.engine in folders]
    told = {row for c in found if c.engine != "rds" for row in lineage(c.row)}
    return tuple(
        _at_interval(c, every.get(c.id))
        for c in found
        if c.engine != "rds" or told.isdisjoint(lineage(c.row))
    )


def _at_interval(collector: Collector[Any, Any], seconds: float | None) -> Collector[Any, Any]:
    return collector if seconds is None else replace(collector, every=timedelta(seconds=seconds))
