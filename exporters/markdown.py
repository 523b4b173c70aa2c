"""The report for a ticket: Markdown in which nothing from a database is markup."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from collectors.snapshots.locks import BlockingTree
from exporters import advice as advising
from exporters import figures
from exporters.blocking import behind, nothing_seen, root_session, waiters, waiting
from exporters.figures import count, one_line, visible
from exporters.report import Advice, Report, StatementCost, TargetReport
from rules.wording import duration, share

PIPE = "\\|"
# Underscores inside a word are not markup; escaped they would spoil every SQL name.
_MARKUP = re.compile(r"[\\`*\[\]<>|~&#]|(?<!\w)_|_(?!\w)")


def render(report: Report) -> str:
    lines = [f"# dbtriage report, {figures.moment(report.generated_at)}", ""]
    if report.targets:
        head = ("Target", "What it is", "Findings", "Load", "Window")
        lines += _table(head, [_summary(t) for t in report.targets])
    else:
        lines.append("No targets.")
    for target in report.targets:
        lines += _target(target)
    return "\n".join(lines).rstrip() + "\n"


def _summary(target: TargetReport) -> tuple[str, ...]:
    told = (figures.product, figures.verdict, figures.load, figures.window)
    return (escape(one_line(target.name)), *(escape(tell(target)) for tell in told))


def escape(text: str) -> str:
    """Text on one line, every character of it meant as it stands."""
    return _MARKUP.sub(lambda m: f"&#{ord(m[0])};" if m[0] in "<>&|" else f"\\{m[0]}", _flat(text))


def code(text: str) -> str:
    """A code span, which no run of backticks within can end."""
    inner = _flat(text)
    if not inner:
        return ""
    fence = "`" * (_longest_run(inner) + 1)
    room = " " if "`" in (inner[0], inner[-1]) else ""
    return f"{fence}{room}{inner}{room}{fence}"


def block(text: str, language: str) -> list[str]:
    """A fenced block, which no run of backticks within can end."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return [f"{fence}{language}", *text.split("\n"), fence, ""]


def _flat(text: str) -> str:
    return " ".join(visible(text).split())


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    lines = [head, ("---",) * len(head), *rows]
    return [*(f"| {' | '.join(c.replace('|', PIPE) for c in cells)} |" for cells in lines), ""]


def _target(target: TargetReport) -> Iterator[str]:
    yield from (f"## {escape(one_line(target.name))}", "")
    if target.error is not None:
        said = figures.verdict(target) if target.aws_answers else f"unreachable: {target.error}"
        yield from (f"**Unreachable**{escape(said.removeprefix('unreachable'))}", "")
    if target.server is not None:
        yield from _now(target)
    if target.advice:
        yield from _recommendations(target)
    elif target.server is not None:
        yield from ("### Recommendations", "", f"{escape(figures.verdict(target))}.", "")
    if target.statements:
        yield from _statements(target)
    if target.outcomes.rows or target.rule_outcomes or target.coverage.gaps:
        yield from _coverage(target)


def _now(target: TargetReport) -> Iterator[str]:
    yield from ("### Right now", "")
    if not target.blocking:
        yield from (escape(nothing_seen(target)), "")
    for tree in target.blocking:
        yield from _tree(tree)
    if target.load is not None and target.load.samples:
        rows = [
            (code(name), figures.quantity(sessions), share(ratio))
            for name, sessions, ratio in figures.waits(target.load)
        ]
        yield from _table(("Wait", "Average sessions", "Share"), rows)


def _tree(tree: BlockingTree) -> Iterator[str]:
    blocked = count(tree.blocked_sessions, "session")
    yield from (f"**{blocked} blocked**, {duration(tree.waited_seconds)} of waiting in all:", "")
    lines = [root_session(tree), f"│  {one_line(tree.first.blocker_query)}".rstrip()]
    for waiter in waiters(tree):
        lines.append(f"{waiter.branch}{waiting(waiter)}")
        lines.append(f"{waiter.stem}{behind(waiter)}".rstrip())
    yield from block("\n".join(lines), "text")


def _recommendations(target: TargetReport) -> Iterator[str]:
    yield from ("### Recommendations", "")
    full = [a for a in target.advice if not advising.minor(a)]
    for number, advice in enumerate(full, 1):
        yield from _advice(number, advice)
    if len(full) < len(target.advice):
        yield from ("#### Minor", "")
    for advice in target.advice[len(full) :]:
        given = advice.recommendation
        summary = escape(given.finding.summary)
        yield f"- **{given.severity.name.lower()}** {summary} ({code(given.rule.id)})"
    yield ""


def _advice(number: int, advice: Advice) -> Iterator[str]:
    given = advice.recommendation
    yield f"#### {number}. {given.severity.name.capitalize()}: {escape(given.rule.title)}"
    yield from ("", f"**{escape(given.finding.summary)}**", "")
    yield from (f"{escape(advising.origin(advice))} · id {code(given.id)}", "")
    for part in advising.parts(advice):
        yield f"**{part.heading}**: {escape(part.text)}".removesuffix(" ")
        yield ""
        for language, commands in groupby(part.commands, advising.language):
            yield from block("\n".join(commands), language)
    links = " ".join(f"<{url}>" for url in given.rule.see if figures.is_link(url))
    yield from (f"See {links}", "") if links else ()


def _statements(target: TargetReport) -> Iterator[str]:
    yield from (f"### Top statements by time, {escape(figures.window(target))}", "")
    rows = [
        (
            share(cost.share_ratio),
            duration(cost.exec_seconds),
            f"{cost.calls:,}",
            duration(cost.mean_seconds),
            code(one_line(cost.database, 63)),
            code(cost.digest),
            _statement(cost),
        )
        for cost in target.statements
    ]
    yield from _table(("Share", "Time", "Calls", "Mean", "Database", "Digest", "Statement"), rows)


def _statement(cost: StatementCost) -> str:
    query = code(one_line(cost.query, 160)) or "text not known"
    seen = figures.seen_by_insights(cost)
    return f"{query} ({escape(seen)})" if seen else query


def _coverage(target: TargetReport) -> Iterator[str]:
    said = (figures.judged(target), figures.explained(target), figures.joined(target))
    yield from ("### Coverage", "", " ".join(said).rstrip(), "")
    for gap in target.coverage.gaps:
        known = f" ({share(gap.ratio)} of database time)" if gap.ratio is not None else ""
        yield f"- Not seen: {escape(gap.reason)}{known}"
    for group in figures.unjudged(target):
        ids = ", ".join(map(code, group.ids))
        reason = escape(group.reason) or "no reason given"
        yield f"- {group.what.capitalize()} {group.ended}: {ids}: {reason}"
    yield ""
