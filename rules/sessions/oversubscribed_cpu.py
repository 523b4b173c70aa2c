"""More sessions want a CPU than there are."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.load import DatabaseLoad
from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.sessions import SessionLoad
from rules.base import SQL, Confidence, Finding, Gain, Impact, Remedy, Severity, Subject, rule
from rules.sessions.database_load import total
from rules.sessions.waiting import waiting
from rules.wording import share


@rule(
    title="More sessions want a CPU than there are",
    severity=Severity.MEDIUM,
    engines=SQL,
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PerfInsights.UsingDashboard.Components.AvgActiveSessions.html",
    ),
)
def oversubscribed_cpu(
    load: SessionLoad,
    server: Server,
    insights: Snapshot[DatabaseLoad] | None = None,
    *,
    tolerated_per_cpu: float = 2,
    sustained_seconds: float = 60,
) -> Iterator[Finding]:
    """Twice as many sessions run as the machine has CPUs, so each waits for its turn.

    Why it matters
        Beyond the number of CPUs every further session makes all others slower; throughput
        stays or falls, and locks are held longer.

    What to do
        Speed up the statements at the top of the load first. Then let the pools allow about two
        to four active sessions a CPU in total. A bigger machine comes last.

    When to ignore
        A short batch at a quiet hour. Nothing is told where the number of CPUs is not known, and
        on RDS with Performance Insights: load-over-vcpu judges the same load there.
    """
    if insights is not None and total(insights) is not None:
        return
    running = waiting(load, "CPU", "")
    on_mysql = server.engine != "postgres"  # which tells disk reads from work only if asked to
    wants = "are at work or read from disk, on" if on_mysql else "want one of"
    if not server.cpus or running.sessions <= tolerated_per_cpu * server.cpus:
        return
    per_cpu = running.sessions / server.cpus
    urgent = per_cpu > 2 * tolerated_per_cpu and load.seconds >= sustained_seconds
    yield Finding(
        subject=Subject("server", server.name),
        severity=Severity.HIGH if urgent else None,
        confidence=Confidence.HEURISTIC if on_mysql else None,
        summary=(
            f"{running.sessions:.3g} sessions on average {wants} {server.cpus} CPUs "
            f"({share(running.share_ratio)} of the load): speed up the top statements."
        ),
        evidence={
            "running_sessions": running.sessions,
            "cpus": server.cpus,
            "running_sessions_per_cpu": per_cpu,
            "share_ratio": running.share_ratio,
            "window_seconds": load.seconds,
            "digest": running.digest or None,
        },
        impact=Impact(Gain.TIME, (running.sessions - server.cpus) * 3600),
        remedy=Remedy(
            text=(
                "Work on the statements that use most CPU (the report lists them by time), then "
                f"let the pools together allow at most {4 * server.cpus} active sessions."
            ),
            risk="A smaller pool makes clients wait in the application instead.",
            verify=f"At the same hour fewer than {2 * server.cpus} sessions are on CPU on average.",
            rollback="Set the pool sizes back.",
        ),
    )
