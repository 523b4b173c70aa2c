from __future__ import annotations

import pytest

from collectors.postgres.prepared_transactions import PreparedTransaction
from collectors.snapshots.locks import LockWait
from rules.base import Severity
from rules.locks.abandoned_prepared_transaction import abandoned_prepared_transaction
from tests.make import make, snapshot
from tests.rules.waits import wait


def prepared(seconds: float) -> PreparedTransaction:
    return make(PreparedTransaction, gid="it's", database="app", prepared_seconds=seconds)


def blocks(seconds: float, gid: str = "it's") -> LockWait:
    return wait(2, 0, seconds, blocker_application=gid, blocker_state="prepared")


@pytest.mark.parametrize(
    ("seconds", "waits", "severities"),
    [
        pytest.param(601, [], [None], id="ten minutes"),
        pytest.param(600, [], [], id="not yet"),
        pytest.param(90, [blocks(61)], [Severity.CRITICAL], id="it blocks"),
        pytest.param(90, [blocks(60)], [], id="it blocks, not for long"),
        pytest.param(90, [blocks(900, "another")], [], id="another one blocks"),
    ],
)
def test_abandoned_prepared_transaction(
    seconds: float, waits: list[LockWait], severities: list[Severity | None]
) -> None:
    found = abandoned_prepared_transaction(snapshot(prepared(seconds)), snapshot(*waits))
    assert [f.severity for f in found] == severities


def test_locks_may_be_unknown() -> None:
    (finding,) = abandoned_prepared_transaction(snapshot(prepared(700)), None)
    assert finding.remedy.statements == ("ROLLBACK PREPARED 'it''s';",)
    assert finding.subject.name == "it's"


def test_a_blocker_without_a_name() -> None:
    one, locks = prepared(90), snapshot(blocks(61, ""))
    other = make(PreparedTransaction, gid="other")
    assert len(abandoned_prepared_transaction(snapshot(one), locks)) == 1
    assert abandoned_prepared_transaction(snapshot(one, other), locks) == []
