"""Autovacuum with too little room to keep up."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.postgres.postgres_table import PostgresTable
from collectors.postgres.server import PostgresStatus
from collectors.postgres.vacuum_progress import VacuumProgress
from collectors.session import Server
from collectors.snapshot import Snapshot
from rules.base import Confidence, Finding, Remedy, Severity, Subject, rule
from rules.wording import reset_parameter, set_parameter, size

_WANTED_COST_LIMIT = 2000
_SERVERS_OWN = -1
_GIGABYTE_KB = 2**20
_UNLIMITED_SINCE = 17


@rule(
    title="Autovacuum can't keep up",
    severity=Severity.MEDIUM,
    confidence=Confidence.ESTIMATED,
    see=("https://www.postgresql.org/docs/current/runtime-config-vacuum.html",),
)
def autovacuum_throttled(
    server: Server,
    status: Snapshot[PostgresStatus],
    tables: Snapshot[PostgresTable],
    progress: Snapshot[VacuumProgress],
    *,
    tables_a_worker: float = 1,
) -> Iterator[Finding]:
    """All autovacuum workers are busy while tables queue, or a worker has too little memory.

    Why it matters
        Dead rows pile up in the tables that wait. A worker whose memory is full walks all
        indexes of its table once more for each fill.

    What to do
        Let workers do more between pauses; give them memory.

    When to ignore
        A mass change has just ended and the queue shrinks from look to look.
    """
    limit = _number(server, "autovacuum_max_workers")
    busy = max((s.autovacuum_workers for s in status.rows), default=0)
    queue = _queue(tables, progress)
    cost = _cost_limit(server)
    slow = cost is not None and cost < _WANTED_COST_LIMIT
    if slow and limit and busy >= limit and len(queue) > limit * tables_a_worker:
        yield _slow(server, int(cost or 0), busy, queue)
    again = [v for v in progress.rows if v.index_passes > 1]
    memory = _memory_kb(server)
    if (
        again
        and memory is not None
        and (server.at_least(_UNLIMITED_SINCE) or memory < _GIGABYTE_KB)
    ):
        yield _little_memory(server, int(memory), max(again, key=lambda v: v.index_passes))


def _number(server: Server, setting: str) -> float | None:
    """A setting in the server's own unit."""
    text = server.settings.get(setting, "")
    return float(text) if text.lstrip("-").replace(".", "", 1).isdigit() else None


def _cost_limit(server: Server) -> float | None:
    own = _number(server, "autovacuum_vacuum_cost_limit")
    return _number(server, "vacuum_cost_limit") if own == _SERVERS_OWN else own


def _memory_kb(server: Server) -> float | None:
    own = _number(server, "autovacuum_work_mem")
    return _number(server, "maintenance_work_mem") if own == _SERVERS_OWN else own


def _queue(tables: Snapshot[PostgresTable], progress: Snapshot[VacuumProgress]) -> list[str]:
    """Tables past their trigger that no worker has taken."""
    taken = {(v.database, v.table) for v in progress.rows}
    return [
        t.name
        for t in sorted(tables.rows, key=lambda t: -t.dead_rows)
        if t.autovacuum
        and t.dead_rows > t.vacuum_trigger_rows
        and not taken & {(t.database, t.name), (t.database, str(t.oid))}
    ]


def _slow(server: Server, cost: int, busy: int, queue: list[str]) -> Finding:
    name = "autovacuum_vacuum_cost_limit"
    return Finding(
        subject=Subject("setting", name),
        summary=(
            f"All {busy} autovacuum workers are busy and {len(queue)} tables wait: raise {name} "
            f"from {cost:,} to {_WANTED_COST_LIMIT:,}."
        ),
        evidence={
            "workers_busy": busy,
            "tables_waiting": len(queue),
            "first_waiting": ", ".join(queue[:5]),
            "cost_limit": cost,
        },
        remedy=Remedy(
            text=(
                "The limit is shared by all workers, so more workers alone go no faster. Raise "
                f"it to {_WANTED_COST_LIMIT:,}; then, if tables still wait, autovacuum_max_workers."
            ),
            statements=set_parameter(server, name, str(_WANTED_COST_LIMIT)),
            risk="No lock, no restart. Vacuum reads and writes up to ten times as much a second.",
            verify="Within an hour fewer tables have n_dead_tup over their trigger.",
            rollback=reset_parameter(server, name, server.settings.get(name, str(_SERVERS_OWN))),
        ),
    )


def _little_memory(server: Server, memory_kb: int, vacuum: VacuumProgress) -> Finding:
    name = "autovacuum_work_mem" if vacuum.automatic else "maintenance_work_mem"
    wanted = 4 * memory_kb
    if not server.at_least(_UNLIMITED_SINCE):
        wanted = min(wanted, _GIGABYTE_KB)
    return Finding(
        subject=Subject("setting", name),
        summary=(
            f"VACUUM of {vacuum.table} has walked its indexes {vacuum.index_passes} times: "
            f"{size(memory_kb * 1024)} do not hold its dead rows."
        ),
        evidence={
            "table": vacuum.table,
            "index_passes": vacuum.index_passes,
            "vacuum_memory_bytes": memory_kb * 1024,
            "heap_bytes": vacuum.heap_bytes,
            "running_seconds": vacuum.running_seconds,
        },
        remedy=Remedy(
            text=f"Raise {name} to {size(wanted * 1024)}, so that one pass is enough.",
            statements=set_parameter(server, name, f"{wanted}kB"),
            risk=f"No lock, no restart. Each of the workers may take {size(wanted * 1024)} of "
            "memory.",
            verify="In the next VACUUM index_vacuum_count of pg_stat_progress_vacuum stays at 1.",
            rollback=reset_parameter(server, name, server.settings.get(name, str(_SERVERS_OWN))),
        ),
    )
