"""Logs as text for people, or as one JSON object a line."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator

import pytest

from agent.logs import JsonLines, set_up


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    root = logging.getLogger()
    kept, level = root.handlers[:], root.level
    yield
    root.handlers[:] = kept
    root.setLevel(level)


def record(text: str, *values: object) -> logging.LogRecord:
    return logging.LogRecord("agent.lane", logging.WARNING, "", 0, text, values, None)


def test_one_object_a_line() -> None:
    line = JsonLines().format(record('%s: said "no"\nand 🐘', "orders"))
    assert "\n" not in line
    said = json.loads(line)
    assert said["message"] == 'orders: said "no"\nand 🐘'
    assert (said["level"], said["logger"]) == ("warning", "agent.lane")


def test_an_exception_is_part_of_it() -> None:
    failed = record("failed")
    try:
        int("odd")
    except ValueError:
        failed.exc_info = sys.exc_info()
    assert "ValueError: invalid literal" in json.loads(JsonLines().format(failed))["exception"]


def test_ours_at_its_level_and_libraries_when_something_is_wrong(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up("info", "text")
    logging.getLogger("agent").info("%s: connected", "orders")
    logging.getLogger("agent").debug("not this")
    logging.getLogger("apscheduler.executors").warning("nor this")
    assert capsys.readouterr().err.endswith(" INFO orders: connected\n")
