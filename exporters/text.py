"""The report for a terminal: what is wrong, what happens right now, what to do, what is unknown."""

from __future__ import annotations

import io

from rich.console import Console
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from collectors.snapshots.locks import BlockingTree
from exporters import advice as advising
from exporters import figures
from exporters.blocking import behind, nothing_seen, root_session, waiters, waiting
from exporters.figures import count, one_line, visible
from exporters.report import Advice, Report, StatementCost, TargetReport
from rules.base import Severity
from rules.wording import duration, share

SHOWN_WAITERS = 20
SHOWN_WAITS = 8
SHOWN_STATEMENTS = 10
COLOURS = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
    Severity.INFO: "blue",
}


def render(report: Report, *, width: int = 100, colour: bool = False) -> str:
    """Prose is wrapped at `width`; commands are never broken."""
    out = io.StringIO()
    console = Console(
        file=out,
        width=width,
        force_terminal=colour,
        color_system="standard" if colour else None,
        no_color=not colour,
        highlight=False,
        emoji=False,
        legacy_windows=False,
        _environ={},
    )
    _summary(console, report)
    for target in report.targets:
        _target(console, target)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def _summary(console: Console, report: Report) -> None:
    watched = count(len(report.targets), "target")
    console.print(f"dbtriage report of {figures.moment(report.generated_at)}: {watched}")
    if len(report.targets) == 1:
        return
    table = Table.grid(padding=(0, 2))
    table.add_column(max_width=30, overflow="fold")
    table.add_column(overflow="fold")
    for target in report.targets:
        verdict = Text(one_line(figures.verdict(target), 160), _alarm(target))
        table.add_row(Text(one_line(target.name, 60), "bold"), verdict)
    console.print(Padding(table, (0, 0, 0, 2)))


def _alarm(target: TargetReport) -> str:
    if target.error is not None:
        return "bold red"
    worst = [a.recommendation.severity for a in target.advice]
    return COLOURS[max(worst)] if worst else ""


def _target(console: Console, target: TargetReport) -> None:
    console.print()
    console.print(Rule(Text(one_line(target.name, 60), "bold"), align="left", characters="━"))
    console.print(Text(figures.verdict(target), _alarm(target)))
    about = (figures.product(target), figures.window(target), figures.load(target))
    console.print(Text("; ".join(about) if target.server else about[0]))
    _now(console, target)
    _advice(console, target)
    _statements(console, target)
    _coverage(console, target)


def _heading(console: Console, text: str, note: str = "") -> None:
    console.print()
    console.print(Text(text.upper(), "bold").append(f"  {note}" if note else "", "not bold"))


def _now(console: Console, target: TargetReport) -> None:
    if target.server is None and target.load is None:
        return
    _heading(console, "Right now")
    if not target.blocking:
        console.print(Padding(Text(nothing_seen(target)), (0, 0, 0, 2)))
    for tree in target.blocking:
        _tree(console, tree)
    _waits(console, target)


def _tree(console: Console, tree: BlockingTree) -> None:
    blocked = count(tree.blocked_sessions, "session")
    console.print(
        Text(f"  {blocked} blocked, {duration(tree.waited_seconds)} of waiting in all", "bold")
    )
    _clipped(console, f"  {root_session(tree)}", tree.first.blocker_query, "  │  ")
    drawn = waiters(tree)
    for waiter in drawn[:SHOWN_WAITERS]:
        line = f"  {waiter.branch}{waiting(waiter)}"
        _clipped(console, line, behind(waiter), f"  {waiter.stem}")
    if more := len(drawn[SHOWN_WAITERS:]):
        console.print(f"  … and {count(more, 'more session')}")


def _clipped(console: Console, line: str, query: str, stem: str) -> None:
    """One line, and the statement below it on another."""
    console.print(Text(line), no_wrap=True, overflow="ellipsis")
    if query:
        text = Text(stem).append(one_line(query), "dim")
        console.print(text, no_wrap=True, overflow="ellipsis")


def _waits(console: Console, target: TargetReport) -> None:
    if target.load is None or not target.load.samples:
        return
    rows = figures.waits(target.load)
    span = duration(target.load.seconds)
    console.print(Text(f"  Load by wait, average sessions over {span}", "bold"))
    label = min(30, max((len(name) for name, _, _ in rows[:SHOWN_WAITS]), default=0))
    room = max(10, console.width - label - 26)
    full = max((sessions for _, sessions, _ in rows), default=0.0)
    for name, sessions, ratio in rows[:SHOWN_WAITS]:
        bar = "█" * round(room * sessions / full) if full else ""
        line = Text(f"  {one_line(name, label):<{label}}  ")
        line.append(f"{figures.quantity(sessions):>6} {share(ratio):>7}  ").append(bar, "cyan")
        console.print(line, no_wrap=True, overflow="ellipsis")


def _advice(console: Console, target: TargetReport) -> None:
    if target.server is None and not target.advice:
        return
    _heading(
        console, "Recommendations", "worst first" if target.advice else figures.verdict(target)
    )
    full = [a for a in target.advice if not advising.minor(a)]
    for number, advice in enumerate(full, 1):
        _recommendation(console, number, advice)
    small = [a for a in target.advice if advising.minor(a)]
    if small:
        console.print()
    for advice in small:
        given = advice.recommendation
        line = Text(f"  {given.severity.name:<5} ", COLOURS[given.severity])
        line.append(f"{one_line(given.finding.summary)} [{given.rule.id}]", "not bold default")
        console.print(line, no_wrap=True, overflow="ellipsis")


def _recommendation(console: Console, number: int, advice: Advice) -> None:
    given = advice.recommendation
    style = COLOURS[given.severity]
    console.print()
    title = Text(f" {number}. {given.severity.name}  ", style).append(one_line(given.rule.title))
    console.print(title)
    console.print(Padding(Text(visible(given.finding.summary), "bold"), (0, 0, 0, 4)))
    console.print(Padding(Text(advising.origin(advice), "dim"), (0, 0, 0, 4)))
    for part in advising.parts(advice):
        _part(console, part)


def _part(console: Console, part: advising.Part) -> None:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=9)
    grid.add_column(overflow="fold")
    grid.add_row(Text(part.heading, "bold"), Text(part.text))
    console.print(Padding(grid, (0, 0, 0, 4)))
    for command in part.commands:
        # Indenting a second line would change a string constant that spans lines.
        indent = "" if "\n" in command else " " * 6
        console.print(Text(indent + command, "green"), soft_wrap=True)


def _statements(console: Console, target: TargetReport) -> None:
    if not target.statements:
        return
    _heading(console, "Top statements by time", figures.window(target))
    console.print(Text("   share         time       calls       mean  digest            database"))
    for cost in target.statements[:SHOWN_STATEMENTS]:
        _statement(console, cost)


def _statement(console: Console, cost: StatementCost) -> None:
    numbers = (
        f"{share(cost.share_ratio):>8}{duration(cost.exec_seconds):>13}{cost.calls:>12,}"
        f"{duration(cost.mean_seconds):>11}  {one_line(cost.digest, 16):<16}  "
    )
    text = Text(numbers + one_line(cost.database, 63))
    console.print(text, no_wrap=True, overflow="ellipsis")
    query = Text("          " + (one_line(cost.query) or "(text not known)"), "dim")
    console.print(query, no_wrap=True, overflow="ellipsis")
    if seen := figures.seen_by_insights(cost):
        console.print(Text(f"          {seen}"), no_wrap=True, overflow="ellipsis")


def _coverage(console: Console, target: TargetReport) -> None:
    if target.server is None and not target.outcomes.rows:
        return
    _heading(console, "Coverage", figures.judged(target))
    console.print(Padding(Text(figures.explained(target)), (0, 0, 0, 2)))
    if joined := figures.joined(target):
        console.print(Padding(Text(joined), (0, 0, 0, 2)))
    for gap in target.coverage.gaps:
        known = f" ({share(gap.ratio)} of database time)" if gap.ratio is not None else ""
        console.print(Padding(Text(f"Not seen: {one_line(gap.reason)}{known}"), (0, 0, 0, 2)))
    for group in figures.unjudged(target):
        ids = ", ".join(one_line(i, 60) for i in group.ids)
        line = Text(f"{group.what} {group.ended}: ", "bold").append(ids, "not bold")
        console.print(Padding(line, (0, 0, 0, 2)))
        console.print(Padding(Text(group.reason or "no reason given", "dim"), (0, 0, 0, 4)))
