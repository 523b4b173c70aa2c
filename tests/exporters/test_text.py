from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any

import pytest
from rich.cells import cell_len

from collectors.outcomes import Outcome, Outcomes
from collectors.snapshots.locks import LockWait, trees
from exporters import figures, html, markdown, text
from exporters.report import Advice, Report, TargetReport
from rules.base import Confidence, Finding, Rule, Severity
from rules.evaluate import RuleOutcome
from tests.exporters import example_report as example
from tests.exporters.example_advice import BODY, CONCURRENTLY, LONG, NOW
from tests.exporters.example_report import report
from tests.make import make


def lines(of: Report, width: int = 100) -> list[str]:
    return text.render(of, width=width).splitlines()


@pytest.mark.parametrize("width", [80, 100, 140])
def test_all_but_commands_fits_the_width(width: int) -> None:
    calm = dataclasses.replace(example.ORDERS, advice=example.ORDERS.advice[:2])
    shown = lines(report(calm, example.UNREACHABLE), width)
    commands = {c for a in calm.advice for c in a.recommendation.finding.remedy.statements}
    commands |= {a.recommendation.finding.remedy.verify for a in calm.advice}
    assert [x for x in shown if cell_len(x) > width and x.strip() not in commands] == []


def test_commands_are_whole_on_lines_of_their_own() -> None:
    shown = lines(report(), 60)
    assert CONCURRENTLY in [line.strip() for line in shown]
    assert LONG in [line.strip() for line in shown]


def test_a_command_of_several_lines_is_not_indented() -> None:
    assert f"\n{BODY}\n" in text.render(report())


def test_nothing_in_plain_text_moves_a_terminal() -> None:
    shown = text.render(report())
    assert "\\x1b[31mred" in shown
    assert "\\u202e" in shown
    assert all(c == "\n" or c.isprintable() or c in "\u200c\u200d" for c in shown)


def test_colour_colours_and_still_obeys_no_text() -> None:
    shown = text.render(report(), colour=True)
    assert "\x1b[1;31m" in shown
    assert "\x1b[31mred" not in shown
    assert "\x9b" not in shown


def test_the_order_is_verdict_now_advice_statements_coverage() -> None:
    shown = text.render(report(example.ORDERS))
    marks = ("1 critical, 2 high", "RIGHT NOW", "RECOMMENDATIONS", "1. CRITICAL", "4. MEDIUM",
             "LOW ", "TOP STATEMENTS", "COVERAGE")  # fmt: skip
    places = [shown.index(mark) for mark in marks]
    assert places == sorted(places)


def test_an_advice_has_six_parts_in_order() -> None:
    shown = text.render(report())
    parts = ("Evidence", "Impact", "Action", "Risk", "Verify", "Rollback")
    places = [shown.index(f"\n    {part}") for part in parts]
    assert places == sorted(places)


def test_the_blocking_tree_is_drawn() -> None:
    shown = lines(report())
    tree = [line[2:14] for line in shown if "─ 182" in line]
    assert tree == ["├─ 18201 app", "└─ 18202 app", "   ├─ 18203 ", "   └─ 18204 "]
    assert any("[also behind 18201] ALTER TABLE" in line for line in shown)


def test_a_queue_shows_each_session_once() -> None:
    edges = [make(LockWait, waiter=w, blocker=b) for w in range(2, 40) for b in range(1, w)]
    queue = dataclasses.replace(example.QUIET, blocking=trees(edges))
    shown = lines(report(queue))
    assert sum("─ " in line and " waits " in line for line in shown) == text.SHOWN_WAITERS
    assert "  … and 18 more sessions" in shown


def test_rules_that_could_not_judge_are_grouped_by_reason() -> None:
    shown = lines(report())
    at = shown.index("  rules not evaluated: checkpoints-too-frequent, wal-too-fast")
    assert shown[at + 1] == "    needs membership of pg_monitor; role dbtriage has none"


def test_totals_since_a_reset_say_so() -> None:
    shown = " ".join(lines(report(example.SINCE_RESET)))
    assert "since 2026-11-11 01:00 UTC (12 days); rates are averages over that time" in shown


@pytest.mark.parametrize(
    ("outcomes", "said"),
    [
        ((), "Who blocks whom is not known yet."),
        ((Outcome("postgres.lock_waits", "answered"),), "No session waits for another."),
        (
            (Outcome("postgres.lock_waits", "failed", "statement timeout"),),
            "Who blocks whom is not known: statement timeout",
        ),
    ],
    ids=["not asked yet", "nobody waits", "could not look"],
)
def test_silence_on_locks_is_explained(outcomes: tuple[Outcome, ...], said: str) -> None:
    quiet = dataclasses.replace(example.QUIET, outcomes=Outcomes(outcomes))
    assert f"  {said}" in lines(report(quiet))


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (example.QUIET, "no findings; 6 of 6 rules evaluated"),
        (example.FIRST_SECONDS, "nothing judged yet"),
        (example.UNREACHABLE, "unreachable: connection refused by 127.0.0.1:3306"),
    ],
    ids=["no findings", "first seconds", "unreachable"],
)
def test_a_target_without_findings_says_why(of: TargetReport, said: str) -> None:
    assert any(line.startswith(said) for line in lines(report(of)))


def test_findings_of_a_target_that_went_away_are_kept() -> None:
    gone = dataclasses.replace(example.ORDERS, error="connection lost")
    assert "unreachable: connection lost; before that: 1 critical" in text.render(report(gone))


def by_aws(*advice: Advice, **given: Any) -> TargetReport:
    """A server that is down, and whose instance AWS tells of."""
    server = dataclasses.replace(example.SERVER, engine="rds", version="PostgreSQL 16.3")
    seen = dataclasses.replace(server, platform="rds")
    return dataclasses.replace(
        example.ORDERS, server=seen, error="connection refused", aws_answers=True, advice=advice,
        rule_outcomes=(RuleOutcome("single-az", "evaluated"),), **given,
    )  # fmt: skip


def on_one_zone() -> Advice:
    (first, *_) = example.ORDERS.advice
    rule = Rule(single_az, "One zone", Severity.HIGH, Confidence.VALIDATED, (), ("rds",))
    return dataclasses.replace(
        first, recommendation=dataclasses.replace(first.recommendation, rule=rule)
    )


def single_az() -> Iterator[Finding]:
    yield from ()


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (by_aws(on_one_zone()), "by AWS: 1 high finding"),
        (by_aws(), "by AWS: no findings"),
        (
            by_aws(on_one_zone(), *example.ORDERS.advice[:1]),
            "by AWS: 1 high finding; before that: 1 critical finding",
        ),
        (
            dataclasses.replace(by_aws(on_one_zone()), aws_answers=False),
            "before that: 1 high finding",
        ),
    ],
    ids=["AWS finds it", "AWS finds nothing", "the server was up before", "AWS is away too"],
)
def test_a_server_that_is_down_is_told_by_aws(of: TargetReport, said: str) -> None:
    assert f"unreachable: connection refused; {said}" in lines(report(of))
    bold = f"**Unreachable**: connection refused{f'; {said}' if of.aws_answers else ''}\n"
    assert bold in markdown.render(report(of))
    assert f'<p class="bad">unreachable: connection refused; {said}</p>' in html.render(report(of))


def test_what_only_aws_tells_of_is_named_as_it_is() -> None:
    shown = " ".join(text.render(report(by_aws())).split())
    assert "Amazon RDS PostgreSQL 16.3, primary" in shown
    assert "PostgreSQL PostgreSQL" not in shown
    assert "over the last 15 min; Performance Insights is about 2 min behind" in shown


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (
            dataclasses.replace(example.ORDERS, engine="rds"),
            "over the last 15 min; Performance Insights is about 2 min behind",
        ),
        (
            dataclasses.replace(example.ORDERS, engine="rds", window_seconds=0.0),
            "no window: Performance Insights has told nothing yet",
        ),
        (
            dataclasses.replace(example.ORDERS, aws_answers=True),
            "over the last 15 min",
        ),
    ],
    ids=["only AWS", "only AWS, silent", "the server tells it too"],
)
def test_the_window_says_who_tells_it(of: TargetReport, said: str) -> None:
    assert figures.window(of) == said


def test_no_target_is_no_error() -> None:
    shown = text.render(Report(NOW, "difference", 0.0, ()))
    assert shown == "dbtriage report of 2026-11-23 01:00 UTC: 0 targets\n"
