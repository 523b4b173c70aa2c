"""More sessions are active than the instance has CPUs."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.instance import Instance
from collectors.rds.load import DatabaseLoad
from collectors.rds.top_sql import TopSql
from collectors.snapshot import Activity, Snapshot
from rules.base import RDS, Confidence, Finding, Gain, Impact, Remedy, Severity, rule
from rules.capacity.busy_cpu import cpu_sessions, full_minutes
from rules.rds_wording import of_instance
from rules.sessions.database_load import (
    TopStatement,
    show_load,
    top_statement,
    total,
    wait_name,
    waits,
)
from rules.wording import share

_ACU_PER_CPU = 4.0
# Below this a serverless instance can still grow.
_GROWN_RATIO = 0.9


@rule(
    title="More sessions are active than there are CPUs",
    severity=Severity.MEDIUM,
    engines=RDS,
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PerfInsights.UsingDashboard.Components.AvgActiveSessions.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PerfInsights.API.html",
    ),
)
def load_over_vcpu(  # noqa: PLR0913
    load: Snapshot[DatabaseLoad],
    instances: Snapshot[Instance],
    minutes: Snapshot[CloudWatch] | None,
    top: Activity[TopSql] | None,
    *,
    high_sessions_per_cpu: float = 1.0,
    medium_sessions_per_cpu: float = 0.7,
    least_sessions: float = 1.0,
    least_minutes: int = 5,
) -> Iterator[Finding]:
    """Active sessions, averaged over a quarter of an hour, come near the CPUs or are more.

    Why it matters
        A session is active while it runs or waits inside the database. With more of them than
        CPUs somebody waits all the time: for a CPU, or for what the evidence names.

    What to do
        If most of them are on CPU, speed up the statements with most load; a bigger class comes
        last. If most of them wait, more CPUs change nothing: remove what they wait for.

    When to ignore
        A batch at a quiet hour. A serverless instance is judged only where it cannot grow any
        more, with four capacity units for a CPU, which is a rule of thumb. A single session is
        never too many. While there are fewer sessions than CPUs and the CPUs are full,
        cpu-saturated tells it instead.
    """
    (instance,) = instances.rows
    whole, cpus = total(load), _cpus(instance, minutes)
    if whole is None or cpus is None or len(whole.points) < least_minutes:
        return
    per_cpu = whole.sessions / cpus
    over = per_cpu > high_sessions_per_cpu
    full = full_minutes(instance, minutes.rows if minutes else ())
    if per_cpu > medium_sessions_per_cpu and whole.sessions > least_sessions and (over or not full):
        yield Finding(
            subject=of_instance(instance),
            severity=Severity.HIGH if over else Severity.MEDIUM,
            confidence=Confidence.HEURISTIC if instance.serverless else None,
            summary=_summary(instance, load, cpus, over=over) + _names(top_statement(top)),
            evidence=_evidence(load, cpus, top_statement(top)),
            impact=Impact(Gain.TIME, max(whole.sessions - cpus, 0.0) * 3600),
            remedy=_remedy(instance, load, cpus),
        )


def _cpus(instance: Instance, minutes: Snapshot[CloudWatch] | None) -> float | None:
    """None where it is not known, or where a serverless instance may still grow."""
    if not instance.serverless:
        return instance.vcpus or None
    known = [
        (m.acu, m.acu_ratio)
        for m in (minutes.rows if minutes else ())
        if m.acu is not None and m.acu_ratio is not None
    ]
    if not known or known[-1][1] < _GROWN_RATIO:
        return None
    return known[-1][0] / _ACU_PER_CPU or None


def _summary(instance: Instance, load: Snapshot[DatabaseLoad], cpus: float, *, over: bool) -> str:
    whole, on_cpu = total(load), cpu_sessions(load)
    found = whole.sessions if whole else 0.0
    begins = "More sessions are active than" if over else "Nearly as many sessions are active as"
    divided = f", {on_cpu:.2g} of them on CPU" if on_cpu is not None else ""
    if waited := waits(load):
        most = waited[0]
        divided += f", most of the others waiting for {wait_name(most)} ({most.sessions:.2g})"
    return (
        f"{begins} {instance.identifier} has CPUs: {found:.3g} on average for {cpus:.3g}{divided}"
    )


def _names(statement: TopStatement | None) -> str:
    if statement is None:
        return "."
    return f"; statement {statement.digest} makes {share(statement.share_ratio)} of the load."


def _evidence(
    load: Snapshot[DatabaseLoad], cpus: float, statement: TopStatement | None
) -> dict[str, float | int | str | None]:
    whole, on_cpu, waited = total(load), cpu_sessions(load), waits(load)
    found = whole.sessions if whole else 0.0
    return {
        "active_sessions": found,
        "cpus": cpus,
        "sessions_per_cpu": found / cpus,
        "cpu_sessions": on_cpu,
        "waiting_sessions": None if on_cpu is None else max(found - on_cpu, 0.0),
        "top_wait": wait_name(waited[0]) if waited else None,
        "top_wait_sessions": waited[0].sessions if waited else None,
        "seen_minutes": len(whole.points) if whole else 0,
        "digest": statement.digest if statement else None,
        "digest_share_ratio": statement.share_ratio if statement else None,
        "query": statement.query if statement else None,
    }


def _remedy(instance: Instance, load: Snapshot[DatabaseLoad], cpus: float) -> Remedy:
    whole, on_cpu, waited = total(load), cpu_sessions(load), waits(load)
    waits_most = bool(whole and on_cpu is not None and waited and on_cpu < whole.sessions / 2)
    if waits_most:
        text = (
            f"More CPUs would not help: most of the load waits, above all for "
            f"{wait_name(waited[0])}. {_against(waited[0].wait_type)}"
        )
    else:
        text = (
            "Speed up the statements with most load first: the command below names them, with what "
            "they wait for. Then let the connection pools allow fewer sessions at a time. A "
            "bigger class comes last."
        )
    return Remedy(
        text=text,
        statements=(show_load(instance, "db.sql_tokenized"),),
        risk="None for looking: it reads Performance Insights, not the database.",
        verify=f"At the same hour fewer than {cpus:.3g} sessions are active on average (metric "
        "DBLoad of CloudWatch).",
        rollback="None needed: nothing is changed yet.",
    )


def _against(wait_type: str) -> str:
    advice = {
        "Lock": "Find who holds the locks and shorten those transactions.",
        "IO": "Let statements read less: add the missing index, or memory for the cache; then "
        "compare the operations a second with what the volume may do.",
        "Commit": "Put more work into one transaction, so that there are fewer commits.",
        "Client": "The database waits for its clients: fetch fewer rows, and commit before other "
        "work is done.",
    }
    return advice.get(wait_type, "Look at the statements that wait for it.")
