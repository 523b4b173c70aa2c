"""Sort memory that could use up the machine."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.postgres.server import PostgresStatus
from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.settings import Setting
from rules.base import Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.settings.values import MB, number
from rules.wording import reset_parameter, set_parameter, share, size

_STEPS = 2  # sorts or hashes a statement runs at once


@rule(
    title="work_mem could use up the memory",
    severity=Severity.HIGH,
    see=("https://www.postgresql.org/docs/current/runtime-config-resource.html",),
)
def work_mem_dangerous(
    status: Snapshot[PostgresStatus],
    settings: Snapshot[Setting],
    server: Server,
    *,
    tolerated_ratio: float = 0.8,
) -> Iterator[Finding]:
    """If the sessions that are connected now all sorted at once, the machine would run out.

    Why it matters
        work_mem is a limit for each sort and hash of each session, not for the server. When
        memory runs out the system ends a process, and the whole server restarts with it.

    What to do
        Lower the server's value and raise it only for the role or statement that needs it; or
        let a pooler keep fewer sessions.

    When to ignore
        Where a pool guarantees that only a few of these sessions are ever active. It counts
        connected sessions, not max_connections, and is quiet where memory is not known.
    """
    work_mem, shared = number(settings, "work_mem"), number(settings, "shared_buffers")
    if not server.memory_bytes or work_mem is None or shared is None:
        return
    for row in status.rows:
        worst = shared + work_mem * _STEPS * row.client_connections
        ratio = worst / server.memory_bytes
        if ratio > tolerated_ratio and row.client_connections:
            yield Finding(
                subject=Subject("setting", "work_mem"),
                summary=f"{row.client_connections} sessions with work_mem = {size(work_mem)} could "
                f"take the server to {size(worst)}, {share(ratio)} of the memory.",
                evidence={
                    "work_mem_bytes": work_mem,
                    "shared_buffers_bytes": shared,
                    "connections": row.client_connections,
                    "steps_per_statement": _STEPS,
                    "worst_case_bytes": worst,
                    "memory_bytes": server.memory_bytes,
                },
                impact=Impact(Gain.HEADROOM, ratio),
                remedy=_remedy(server, work_mem, row.client_connections, shared),
            )


def _remedy(server: Server, work_mem: float, sessions: int, shared: float) -> Remedy:
    free = max(0.0, 0.8 * (server.memory_bytes or 0) - shared)
    safe = max(4, int(free / (_STEPS * sessions) / MB))
    return Remedy(
        text=f"Set work_mem to {safe} MB for the server: then {sessions} sessions fit into four "
        "fifths of the memory. Give more to the reporting role alone, for example ALTER ROLE "
        "reporting SET work_mem = '256MB'. Fewer sessions through a pooler help as much.",
        statements=set_parameter(server, "work_mem", str(safe * 1024)),
        risk="No lock, no restart. Statements that sort more than this spill to disk: watch "
        "temp-spill.",
        verify=f"In a new session SHOW work_mem gives {safe} MB; temporary files an hour "
        "stay near what they were.",
        rollback=reset_parameter(server, "work_mem", f"{work_mem / 1024:.0f}"),
    )
