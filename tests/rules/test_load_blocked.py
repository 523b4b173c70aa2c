from __future__ import annotations

import pytest

from collectors.rds.blocking import Blocker
from collectors.rds.load import DatabaseLoad
from collectors.snapshot import Snapshot
from rules.base import Gain, Severity
from rules.locks.load_blocked import load_blocked
from tests.aws.commands import request
from tests.aws.rows import instance
from tests.make import snapshot
from tests.rules.insights import load, top

STATEMENT = Blocker("statement", "b1", 2.5, "UPDATE stock SET n = n - ? WHERE id = ?")
SESSION = Blocker("session", "4711", 2.4, "")
THING = Blocker("object", "relation public.stock", 2.3, "")


@pytest.mark.parametrize(
    ("seen", "blockers", "severities"),
    [
        pytest.param(load(("Lock:tuple", 2.0)), None, [Severity.HIGH], id="two sessions"),
        pytest.param(load(("Lock:tuple", 1.9)), None, [Severity.MEDIUM], id="nearly two"),
        pytest.param(
            load(("Lock:tuple", 0.3), ("Lock:relation", 0.2)), None, [Severity.MEDIUM], id="half"
        ),
        pytest.param(load(("Lock:tuple", 0.4)), None, [], id="just not"),
        pytest.param(load(("LWLock:LockManager", 3.0)), None, [], id="no lock of others"),
        pytest.param(load(active=90.0), None, [], id="all on CPU"),
        pytest.param(snapshot(), None, [], id="nothing is known"),
        pytest.param(load(), snapshot(), [], id="nobody blocks"),
        pytest.param(load(), snapshot(STATEMENT), [Severity.HIGH], id="a blocker is seen"),
        pytest.param(
            load(),
            snapshot(Blocker("session", "1", 0.4, ""), Blocker("object", "t", 0.4, "")),
            [],
            id="the same waits by two kinds",
        ),
    ],
)
def test_load_blocked(
    seen: Snapshot[DatabaseLoad], blockers: Snapshot[Blocker] | None, severities: list[Severity]
) -> None:
    found = load_blocked(seen, instance(), blockers, None, None)
    assert [f.severity for f in found] == severities


def test_with_a_sql_connection_others_tell() -> None:
    assert load_blocked(load(("Lock:tuple", 3.0)), instance(), None, None, snapshot()) == []


def test_blockers_are_named() -> None:
    waiting = top(("d1", "Lock:tuple", 90.0), ("d2", "Lock:tuple", 10.0), ("d3", "CPU", 500.0))
    seen = load(("Lock:tuple", 1.5), ("Lock:relation", 0.5), active=4.0)
    (finding,) = load_blocked(seen, instance(), snapshot(SESSION, STATEMENT, THING), waiting, None)
    assert finding.summary == (
        "On orders-1 2.5 sessions on average wait for locks (Lock:tuple), 62 % of the load; "
        "most wait for statement b1."
    )
    assert finding.evidence == {
        "waiting_sessions": 2.5,
        "share_ratio": 0.625,
        "top_wait": "Lock:tuple",
        "blocking_digest": "b1",
        "blocking_query": STATEMENT.query,
        "blocking_session": "4711",
        "blocked_object": "relation public.stock",
        "waiting_digest": "d1",
        "query": "SELECT 1",
    }
    assert (finding.impact.gain, finding.impact.value) == (Gain.TIME, 9000)
    look, show = finding.remedy.statements
    assert "pg_blocking_pids" in look
    assert request(show)["GroupBy"] == {"Group": "db.blocking_session", "Limit": 10}


def test_a_session_is_named_where_no_statement_is() -> None:
    (finding,) = load_blocked(snapshot(), instance(), snapshot(SESSION), None, None)
    assert "100 % of the load; most wait for session 4711." in finding.summary


@pytest.mark.parametrize(
    ("engine", "query"),
    [
        ("aurora-mysql", "sys.innodb_lock_waits"),
        ("mysql", "sys.innodb_lock_waits"),
        ("mariadb", "information_schema.innodb_lock_waits"),
        ("aurora-postgresql", "pg_blocking_pids"),
    ],
)
def test_who_waits_is_asked_in_the_words_of_the_engine(engine: str, query: str) -> None:
    seen = load(("Lock:row", 1.0))
    (finding,) = load_blocked(seen, instance(engine=engine), None, None, None)
    (look,) = finding.remedy.statements
    assert query in look
