"""Recommendations open, persist and resolve; what could not be judged resolves nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from agent.judge import History
from rules.base import Confidence, Finding, Gain, Impact, Remedy, Rule, Severity, Subject
from rules.evaluate import Judgement, Recommendation, RuleOutcome


def _judge() -> Iterator[Finding]:
    yield from ()


RULE = Rule(_judge, "A title", Severity.HIGH, Confidence.VALIDATED, (), ("postgres",))


def finding(name: str, severity: Severity, value: float = 0.0) -> Recommendation:
    found = Finding(
        subject=Subject("table", name),
        summary="",
        evidence={},
        remedy=Remedy(""),
        impact=Impact(Gain.TIME, value),
        severity=severity,
    )
    return Recommendation("orders", RULE, found, Confidence.VALIDATED)


A, B = finding("a", Severity.HIGH), finding("b", Severity.CRITICAL)


def judged(*found: Recommendation, blind: bool = False) -> Judgement:
    outcome = RuleOutcome(RULE.id, "not-evaluated" if blind else "evaluated")
    return Judgement(found, (outcome,))


def names(history: History, judgement: Judgement, now: float = 0.0) -> list[str]:
    return [a.recommendation.finding.subject.name for a in history.update(judgement, now)]


def test_it_opens_and_persists() -> None:
    history = History()
    (first,) = history.update(judged(A), 100.0)
    (second,) = history.update(judged(A), 130.0)
    assert (first.first_seen, first.last_seen) == (100, 100)
    assert (second.first_seen, second.last_seen) == (100, 130)


def test_it_resolves_when_absent_twice_in_a_row() -> None:
    history = History()
    history.update(judged(A), 100.0)
    (still,) = history.update(judged(), 130.0)
    assert (still.first_seen, still.last_seen) == (100, 100)
    assert names(history, judged()) == []


def test_it_comes_back_as_new_once_resolved() -> None:
    history = History()
    for judgement, now in ((judged(A), 100.0), (judged(), 130.0), (judged(), 160.0)):
        history.update(judgement, now)
    (anew,) = history.update(judged(A), 190.0)
    assert anew.first_seen == 190


def test_one_absence_is_forgiven() -> None:
    history = History()
    for judgement in (judged(A), judged(), judged(A), judged()):
        assert names(history, judgement) == ["a"]


def test_what_could_not_be_judged_is_not_resolved() -> None:
    history = History()
    for judgement in (judged(A), *[judged(blind=True)] * 5, judged()):
        assert names(history, judgement) == ["a"]
    assert names(history, judged()) == []


def test_a_database_that_could_not_be_looked_at_resolves_nothing() -> None:
    history = History()
    about = Recommendation(
        "orders", RULE, replace(A.finding, subject=Subject("table", "a", "crm")), A.confidence
    )
    history.update(judged(about), 100.0)
    for now in (130.0, 160.0, 190.0):
        assert history.update(judged(), now, unseen={"crm"})
    for now in (220.0, 250.0):
        left = history.update(judged(), now, unseen={"shop"})
    assert left == ()


def test_a_failed_rule_resolves_nothing() -> None:
    history = History()
    failed = Judgement((), (RuleOutcome(RULE.id, "failed", "ZeroDivisionError"),))
    for judgement in (judged(A), failed, failed, failed):
        assert names(history, judgement) == ["a"]


@pytest.mark.parametrize("order", [(A, B), (B, A)])
def test_the_worst_comes_first(order: tuple[Recommendation, ...]) -> None:
    assert names(History(), judged(*order)) == ["b", "a"]


def test_what_is_kept_is_ranked_with_what_is_new() -> None:
    history = History()
    history.update(judged(A), 100.0)
    assert names(history, judged(B)) == ["b", "a"]


def test_the_greater_gain_comes_first() -> None:
    small, great = finding("small", Severity.LOW, 1.0), finding("great", Severity.LOW, 900.0)
    assert names(History(), judged(small, great)) == ["great", "small"]
