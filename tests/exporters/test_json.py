from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Callable
from typing import Any

import pytest

from exporters import json as exporter
from exporters.report import Coverage, Report
from tests.exporters import example_report as example
from tests.exporters.example_advice import NASTY, NOW
from tests.exporters.example_report import report


def rendered(of: Report) -> Any:
    return json.loads(exporter.render(of))


def test_document_has_the_keys_of_the_contract() -> None:
    whole = rendered(report())
    assert list(whole) == ["schema", "generated_at", "window_kind", "window_seconds", "targets"]
    assert whole["schema"] == "dbtriage.report/1"
    assert whole["generated_at"] == "2026-11-23T01:00:00.000Z"
    target = whole["targets"][0]
    assert {"name", "engine", "version", "platform", "reachable", "error", "outcomes", "coverage",
            "load", "statements", "blocking", "recommendations"} <= set(target)  # fmt: skip
    assert {"id", "outcome", "reason"} == set(target["outcomes"]["collectors"][0])
    assert {"id", "outcome", "reason", "findings"} == set(target["outcomes"]["rules"][0])
    assert target["coverage"]["gaps"][0]["ratio"] == 0.06
    assert {"type", "event", "sessions"} == set(target["load"]["by_wait"][0])
    assert {"digest", "database", "query", "calls", "exec_seconds", "mean_seconds",
            "share_ratio"} <= set(target["statements"][0])  # fmt: skip


def test_a_blocking_tree_names_its_root_and_every_direct_wait() -> None:
    (tree,) = rendered(report())["targets"][0]["blocking"]
    assert tree["root"]["pid"] == 18200
    assert (tree["depth"], tree["blocked_sessions"]) == (2, 4)
    waits = [(edge["waiter"], edge["blocker"]) for edge in tree["edges"]]
    assert waits[:3] == [(18201, 18200), (18202, 18200), (18202, 18201)]


def test_a_recommendation_is_complete() -> None:
    first = rendered(report())["targets"][0]["recommendations"][0]
    assert first["rule"] == "idle-blocker"
    assert (first["severity"], first["confidence"]) == ("critical", "estimated")
    assert first["subject"] == {"kind": "table", "name": "public.orders", "database": "orders"}
    assert first["impact"] == {"kind": "sessions", "value": 4, "unit": "sessions freed"}
    assert first["first_seen"] == "2026-11-23T00:54:00.000Z"
    assert list(first["remedy"]) == ["text", "statements", "risk", "verify", "rollback"]


def test_an_unknown_impact_is_null() -> None:
    last = rendered(report())["targets"][0]["recommendations"][-1]
    assert last["impact"] == {"kind": "unknown", "value": None, "unit": None}


def test_nothing_known_is_null() -> None:
    target = rendered(report(example.UNREACHABLE))["targets"][0]
    assert target["reachable"] is False
    assert target["version"] is target["platform"] is None
    assert target["load"] == {"average_active_sessions": None, "by_wait": []}


@pytest.mark.parametrize("number", [math.nan, math.inf])
def test_what_is_no_number_is_null(number: float) -> None:
    odd = dataclasses.replace(example.ORDERS, coverage=Coverage(number, ()))
    assert rendered(report(odd))["targets"][0]["coverage"]["statement_time_ratio"] is None


def test_texts_arrive_whole_and_no_terminal_obeys_them() -> None:
    text = exporter.render(report())
    assert text.isascii()
    assert not any(c < " " and c != "\n" for c in text)
    assert rendered(report())["targets"][0]["statements"][1]["query"] == NASTY


@pytest.mark.parametrize(
    ("made", "part", "rows"),
    [
        (exporter.targets, "targets", 2),
        (exporter.recommendations, "recommendations", 6),
        (exporter.statements, "statements", 10),
        (exporter.blocking, "blocking", 1),
    ],
)
def test_each_part_is_a_document_of_its_own(
    made: Callable[[Report], exporter.Document], part: str, rows: int
) -> None:
    document: Any = made(report())
    assert document["schema"] == "dbtriage.report/1"
    assert len(document[part]) == rows
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_recommendations_of_all_targets_are_in_one_order() -> None:
    low = dataclasses.replace(example.ORDERS, name="a", advice=example.ORDERS.advice[-1:])
    rows: Any = exporter.recommendations(report(low, example.ORDERS))["recommendations"]
    assert rows[0]["target"] == "orders"
    assert {row["severity"] for row in rows[-2:]} == {"info"}


def test_a_report_on_nothing_is_valid() -> None:
    assert rendered(Report(NOW, "difference", 0.0, ()))["targets"] == []
