from __future__ import annotations

import pytest

from collectors.mysql.transactions import InnodbTransaction
from collectors.snapshots.locks import LockWait
from rules.base import Severity
from rules.locks.abandoned_xa_transaction import abandoned_xa_transaction
from tests.make import make, snapshot
from tests.rules.mysql_servers import mariadb, mysql
from tests.rules.waits import wait

PREPARED = {"blocker_state": "prepared"}


def prepared(seconds: float, pid: int = 0, state: str = "prepared") -> InnodbTransaction:
    return make(InnodbTransaction, pid=pid, state=state, open_seconds=seconds)


@pytest.mark.parametrize(
    ("transactions", "waits", "severities"),
    [
        pytest.param([prepared(601)], [], [None], id="for ten minutes"),
        pytest.param([prepared(600)], [], [], id="just not"),
        pytest.param(
            [prepared(90)], [wait(2, 0, 61.0, **PREPARED)], [Severity.CRITICAL], id="it blocks"
        ),
        pytest.param([prepared(90)], [wait(2, 0, 60.0, **PREPARED)], [], id="not long yet"),
        pytest.param([prepared(90)], [wait(2, 1, 99.0)], [], id="another blocks"),
        pytest.param([prepared(90)], [wait(2, 0, 99.0)], [], id="one that is undone blocks"),
        pytest.param([prepared(9e9, state="without a session")], [], [], id="not prepared"),
        pytest.param([prepared(9e9, pid=7)], [], [], id="its session is there"),
        pytest.param([prepared(9e9, state="rolling back")], [], [], id="undone after a crash"),
        pytest.param([], [], [], id="none"),
    ],
)
def test_abandoned_xa_transaction(
    transactions: list[InnodbTransaction],
    waits: list[LockWait],
    severities: list[Severity | None],
) -> None:
    found = abandoned_xa_transaction(snapshot(*transactions), snapshot(*waits), mysql())
    assert [f.severity for f in found] == severities


def test_ids_as_each_fork_takes_them() -> None:
    rows = snapshot(prepared(900), prepared(700))
    (on_mysql,) = abandoned_xa_transaction(rows, None, mysql())
    (on_mariadb,) = abandoned_xa_transaction(rows, None, mariadb())
    assert on_mysql.remedy.statements[0] == "XA RECOVER CONVERT XID;"
    assert on_mariadb.remedy.statements[0] == "XA RECOVER FORMAT='SQL';"
    assert on_mysql.evidence["prepared_transactions"] == 2
