"""Which databases of a target are to be looked at."""

from __future__ import annotations

import fnmatch
from dataclasses import replace
from typing import Any

from agent.config_target import Target
from collectors.base import Collector
from collectors.fields import names
from collectors.snapshot import Snapshot
from collectors.snapshots.schema import Table


def included(target: Target, database: str) -> bool:
    excluded = any(fnmatch.fnmatchcase(database, p) for p in target.exclude_databases)
    return not excluded and (target.databases == "all" or database in target.databases)


def of_included(
    target: Target, collector: Collector[Any, Any], answer: Snapshot[Any]
) -> Snapshot[Any]:
    """Where one answer holds the tables of all databases: of those that are to be watched."""
    everything = target.databases == "all" and not target.exclude_databases
    if collector.per_database or everything or "schema" not in names(collector.row, "label"):
        return answer
    rows = tuple(r for r in answer.rows if included(target, r.database))
    wanted = set() if target.databases == "all" else set(target.databases)
    unseen = wanted - {r.database for r in rows} if issubclass(collector.row, Table) else ()
    gaps = tuple(f"no table of database {name} can be seen: is there one?" for name in unseen)
    return replace(answer, rows=rows, gaps=answer.gaps + gaps)
