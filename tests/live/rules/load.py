"""Work for a server, for as long as a look lasts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

from exporters.report import TargetReport
from rules.base import Severity
from rules.evaluate import Recommendation
from tests.live.database import Database


def together(*works: Callable[[], None]) -> None:
    """Run them at once, wait for all, and fail if one did."""
    failed: list[BaseException] = []

    def guarded(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001  told to the test below
            failed.append(error)

    threads = [threading.Thread(target=guarded, args=(work,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    if failed:
        raise failed[0]


def repeat(database: Database, *statements: str, seconds: float = 1.2) -> None:
    """The statements one after the other in one session, again and again."""
    with database.connect(prepare_threshold=None) as connection:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for statement in statements:
                connection.execute(statement.encode())


def about(found: Iterable[Recommendation], text: str) -> list[Recommendation]:
    """Those whose statement holds the text."""
    return [r for r in found if text in str(r.finding.evidence.get("query", ""))]


def serious(report: TargetReport, *topics: str) -> list[str]:
    """Rules of these topics that found something of medium severity or worse."""
    advice = [a.recommendation for a in report.advice]
    return [
        f"{r.rule.id}: {r.finding.summary}"
        for r in advice
        if r.rule.topic in topics and r.severity >= Severity.MEDIUM
    ]
