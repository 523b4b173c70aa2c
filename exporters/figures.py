"""What more than one format shows, in words: windows, findings, load, coverage."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from collectors.snapshots.sessions import SessionLoad
from exporters.report import Advice, StatementCost, TargetReport
from rules.base import Severity
from rules.wording import duration, share

PRODUCTS = {
    "postgres": "PostgreSQL",
    "mysql": "MySQL",
    "mariadb": "MariaDB",
    "rds": "Amazon RDS",
}
PLATFORMS = {"self-managed": "", "rds": " on RDS", "aurora": " on Aurora"}
_WHOLE_FROM = 1000
# Joiners make one emoji of several; other invisible characters hide or reorder what is read.
_KEPT = frozenset("\n\u200c\u200d")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def visible(text: str) -> str:
    """Text from a database with control and direction characters written out, as in \\x1b."""
    if text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\t", "    ")
    return "".join(
        ascii(c)[1:-1] if unicodedata.category(c) in _HIDDEN and c not in _KEPT else c for c in text
    )


def one_line(text: str, limit: int = 300) -> str:
    """The same on one line, and not longer than `limit`."""
    line = " ".join(visible(text).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def is_link(url: str) -> bool:
    """Whether it is a plain web address, which a page may link to."""
    return re.fullmatch(r"https?://[^\s<>\"'`]+", url) is not None and url.isprintable()


def moment(at: float) -> str:
    """Unix seconds as a date and time: 2026-11-23 03:12 UTC."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def product(target: TargetReport) -> str:
    """What it is: PostgreSQL 17.2 on RDS, replica."""
    server = target.server
    engine = target.engine if server is None else server.engine  # AWS may tell of a server down
    name = PRODUCTS.get(engine, one_line(engine))
    if server is None:
        return name
    version = f" {one_line(server.version, 40)}" if server.version else ""
    role = "replica" if server.is_replica else "primary"
    if server.engine == "rds":  # whose version names the product
        return f"{'Amazon Aurora' if server.platform == 'aurora' else name}{version}, {role}"
    return f"{name}{version}{PLATFORMS[server.platform]}, {role}"


def window(target: TargetReport) -> str:
    """The span that was judged; totals since a reset say that they are averages."""
    late = "; Performance Insights is about 2 min behind" if _only_by_aws(target) else ""
    if target.window_seconds <= 0:
        return (
            "no window: Performance Insights has told nothing yet"
            if late
            else "no window yet: the second look is still to come"
        )
    span = duration(target.window_seconds)
    if target.window_kind == "difference":
        return f"over the last {span}{late}"
    since = target.counting_since
    start = "the server began to count" if since is None else moment(since)
    return f"since {start} ({span}); rates are averages over that time{late}"


def _only_by_aws(target: TargetReport) -> bool:
    return target.engine == "rds" or (target.error is not None and target.aws_answers)


def tally(advice: Iterable[Advice]) -> tuple[tuple[Severity, int], ...]:
    """How many findings of each severity there are, worst first."""
    found = Counter(a.recommendation.severity for a in advice)
    return tuple(sorted(found.items(), reverse=True))


def verdict(target: TargetReport) -> str:
    """The findings in one phrase; silence is told from nothing judged."""
    if target.error is not None:
        by_aws = _by_aws(target)
        before = [a for a in target.advice if a not in by_aws]
        told = f"; by AWS: {_findings(by_aws) if by_aws else 'no findings'}"
        earlier = f"; before that: {_findings(before)}" if before else ""
        return f"unreachable: {one_line(target.error)}{told if target.aws_answers else ''}{earlier}"
    if target.advice:
        return _findings(target.advice)
    evaluated = sum(o.outcome == "evaluated" for o in target.rule_outcomes)
    if not evaluated:
        return "nothing judged yet"
    return f"no findings; {evaluated} of {count(len(target.rule_outcomes), 'rule')} evaluated"


def _by_aws(target: TargetReport) -> list[Advice]:
    """What AWS finds of a server that does not answer; the rest was found while it did."""
    if not target.aws_answers:
        return []
    now = {o.id for o in target.rule_outcomes if o.outcome == "evaluated"}
    rules = ((a, a.recommendation.rule) for a in target.advice)
    return [a for a, rule in rules if "rds" in rule.engines and rule.id in now]


def _findings(advice: Sequence[Advice]) -> str:
    words = ", ".join(f"{n} {severity.name.lower()}" for severity, n in tally(advice))
    return f"{words} {'finding' if len(advice) == 1 else 'findings'}"


def load(target: TargetReport) -> str:
    if target.load is None or not target.load.samples:
        return "load not sampled"
    sessions = f"{quantity(target.load.average_active_sessions)} average active sessions"
    cpus = target.server.cpus if target.server else None
    return f"{sessions} on {count(cpus, 'CPU')}" if cpus else sessions


def quantity(number: float) -> str:
    if isinstance(number, int) or abs(number) >= _WHOLE_FROM:
        return f"{number:,.0f}"
    return f"{number:.3g}"


def waits(sampled: SessionLoad) -> tuple[tuple[str, float, float], ...]:
    """Each wait with its average sessions and its share of all load, biggest first."""
    total = sum(w.sessions for w in sampled.by_wait)
    rows = sorted(sampled.by_wait, key=lambda w: -w.sessions)
    return tuple(
        (
            one_line(f"{w.wait_type}: {w.wait_event}" if w.wait_event else w.wait_type, 60),
            w.sessions,
            w.sessions / total if total else 0.0,
        )
        for w in rows
    )


def explained(target: TargetReport) -> str:
    """How much of the time seen has a statement's name on it."""
    ratio = target.coverage.statement_time_ratio
    if ratio is None:
        return "It is not known how much of the active time named statements explain."
    return f"Named statements explain {share(ratio)} of the active time seen."


def joined(target: TargetReport) -> str:
    """How Performance Insights and the database's own statistics fit together; may be empty."""
    if (seen := target.insights) is None:
        return ""
    whole = "" if seen.load_ratio is None else f", {share(seen.load_ratio)} of its load,"
    return (
        f"{seen.matched} of {count(seen.statements, 'statement')} that Performance Insights saw in "
        f"{duration(seen.seconds)}{whole} are joined to the database's own by digest."
    )


def seen_by_insights(cost: StatementCost) -> str:
    """0.42 sessions in Performance Insights: IO DataFileRead 80 %, CPU 20 %; may be empty."""
    if (seen := cost.insights) is None or not seen.sessions:
        return ""
    waits = ", ".join(
        f"{one_line(f'{type} {event}'.strip(), 60)} {share(sessions / seen.sessions)}"
        for type, event, sessions in seen.waits[:3]
    )
    return f"{quantity(seen.sessions)} sessions in Performance Insights: {waits}"


def judged(target: TargetReport) -> str:
    answered = sum(o.ended == "answered" for o in target.outcomes.rows)
    evaluated = sum(o.outcome == "evaluated" for o in target.rule_outcomes)
    return (
        f"{answered} of {count(len(target.outcomes.rows), 'collector')} answered, "
        f"{evaluated} of {count(len(target.rule_outcomes), 'rule')} evaluated."
    )


@dataclass(frozen=True, slots=True)
class Unjudged:
    """Collectors or rules that ended the same way for the same reason."""

    what: str
    ended: str
    reason: str
    ids: tuple[str, ...]


def unjudged(target: TargetReport) -> tuple[Unjudged, ...]:
    """Everything that did not answer in full, grouped by reason; failures first.

    Nothing for a target that was never reached: its error says it all.
    """
    if target.server is None:
        return ()
    grouped: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for c in target.outcomes.rows:
        if c.ended != "answered" or c.reason:
            ended = "incomplete" if c.ended == "answered" else c.ended
            grouped["collectors", ended, c.reason].append(c.id)
    for r in target.rule_outcomes:
        if r.outcome != "evaluated":
            grouped["rules", r.outcome.replace("-", " "), r.reason].append(r.id)
    rows = [Unjudged(what, how, visible(why), tuple(i)) for (what, how, why), i in grouped.items()]
    return tuple(sorted(rows, key=lambda u: (u.what, u.ended != "failed", u.ended)))
