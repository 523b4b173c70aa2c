from __future__ import annotations

from typing import Any

import pytest

from collectors.mysql.innodb import Innodb
from collectors.mysql.transactions import InnodbTransaction
from rules.base import Confidence, Severity
from rules.locks.history_list_growing import history_list_growing
from tests.make import activity, make, snapshot
from tests.rules.mysql_servers import mysql


def old(seconds: float = 900.0, **given: Any) -> InnodbTransaction:
    about = {"pid": 7, "user": "web", "state": "idle in transaction", "holds_snapshot": True}
    return make(InnodbTransaction, open_seconds=seconds, **about | given)


@pytest.mark.parametrize(
    ("length", "severities"),
    [
        pytest.param(100_001, [Severity.LOW], id="long"),
        pytest.param(100_000, [], id="just not"),
        pytest.param(1_000_001, [Severity.HIGH], id="very long"),
        pytest.param(10_000_001, [Severity.CRITICAL], id="for hours"),
        pytest.param(None, [], id="not told"),
    ],
)
def test_history_list_growing(length: int | None, severities: list[Severity]) -> None:
    row = make(Innodb, history_list_length=length)
    found = history_list_growing(activity(row), snapshot(old()), mysql())
    assert [f.severity for f in found] == severities


@pytest.mark.parametrize(
    "transaction",
    [
        pytest.param(old(59.0), id="it has just begun"),
        pytest.param(old(holds_snapshot=False), id="READ COMMITTED between statements"),
    ],
)
def test_a_list_that_nobody_holds_falls(transaction: InnodbTransaction) -> None:
    row = make(Innodb, history_list_length=5_000_000)
    assert history_list_growing(activity(row), snapshot(transaction), mysql()) == []
    assert history_list_growing(activity(row, seconds=0), None, mysql()) == []


def test_the_oldest_is_named() -> None:
    row = make(Innodb, history_list_length=200_000)
    holders = snapshot(old(), old(4000.0, pid=8, application="report"), old(9e4, pid=9))
    (told,) = history_list_growing(activity(row), holders, mysql())
    assert told.evidence["holder_pid"] == 9
    assert told.remedy.statements[1] == "KILL 9;"
    assert told.summary == (
        "200,000 old row versions wait to be purged; the transaction of web (pid 9, idle in "
        "transaction) holds them, open for 25 h."
    ).replace("25 h", "25 h")


def test_one_that_is_being_undone_is_left_alone() -> None:
    row = make(Innodb, history_list_length=200_000)
    (told,) = history_list_growing(activity(row), snapshot(old(state="rolling back")), mysql())
    assert not any("KILL" in s for s in told.remedy.statements)


def test_purge_that_does_not_keep_up() -> None:
    busy = make(Innodb, history_list_length=5_000_000, rows_updated=4_000_000)
    one = mysql(settings={"innodb_purge_threads": "1"})
    (told,) = history_list_growing(activity(busy), None, one)
    assert told.confidence == Confidence.HEURISTIC
    assert told.remedy.statements[0] == "SET PERSIST_ONLY innodb_purge_threads = 4;"
    (told,) = history_list_growing(activity(busy), None, mysql())
    assert told.remedy.statements == ()
