from __future__ import annotations

from typing import Any

import pytest

from collectors.postgres.databases import Database
from collectors.postgres.postgres_table import PostgresTable
from collectors.postgres.server import PostgresStatus
from collectors.snapshot import Activity
from rules.base import Severity
from rules.vacuum.wraparound import wraparound
from tests.make import activity, make, snapshot

MILLION = 1_000_000


def database(**given: Any) -> Database:
    return make(Database, **{"database": "db", **given})


@pytest.mark.parametrize(
    ("it", "severities"),
    [
        pytest.param(database(transaction_age=500 * MILLION - 1), [], id="young"),
        pytest.param(database(transaction_age=500 * MILLION), [Severity.MEDIUM], id="500 million"),
        pytest.param(database(transaction_age=1000 * MILLION), [Severity.HIGH], id="a billion"),
        pytest.param(
            database(transaction_age=1500 * MILLION), [Severity.CRITICAL], id="1.5 billion"
        ),
        pytest.param(database(multixact_age=1000 * MILLION), [Severity.HIGH], id="multixacts"),
        pytest.param(
            database(transaction_age=2000 * MILLION, multixact_age=600 * MILLION),
            [Severity.CRITICAL, Severity.MEDIUM],
            id="both",
        ),
        pytest.param(
            database(transaction_age=2000 * MILLION, connection_limit=-2), [], id="half dropped"
        ),
    ],
)
def test_wraparound(it: Database, severities: list[Severity]) -> None:
    assert [f.severity for f in wraparound(snapshot(it), None, None)] == severities


def status(transactions: int, **given: Any) -> Activity[PostgresStatus]:
    return activity(make(PostgresStatus, transactions=transactions), **given)


@pytest.mark.parametrize(
    ("seen", "days"),
    [
        pytest.param(status(3600 * 1000), 7.44, id="a thousand a second"),
        pytest.param(status(0), None, id="nothing ran"),
        pytest.param(status(3600 * 1000, accumulated=True), None, id="first look"),
        pytest.param(status(3600 * 1000, seconds=0), None, id="no time passed"),
        pytest.param(None, None, id="not known"),
    ],
)
def test_days_left(seen: Activity[PostgresStatus] | None, days: float | None) -> None:
    old = snapshot(database(transaction_age=2**31 - 3 * MILLION - 642_816_000))
    (finding,) = wraparound(old, None, seen)
    assert finding.evidence["days_left"] == days


def test_oldest_tables_first() -> None:
    tables = snapshot(
        make(PostgresTable, database="db", schema="s", table="new", transaction_age=1),
        make(PostgresTable, database="db", schema="s", table="Old", transaction_age=9),
        make(PostgresTable, database="other", schema="s", table="t", transaction_age=99),
    )
    (finding,) = wraparound(snapshot(database(transaction_age=600 * MILLION)), tables, None)
    first, second = finding.remedy.statements
    assert first == 'VACUUM (FREEZE, VERBOSE, INDEX_CLEANUP off, TRUNCATE off) s."Old";'
    assert second.endswith(" s.new;")


def test_without_tables_the_whole_database_is_frozen() -> None:
    (finding,) = wraparound(snapshot(database(transaction_age=600 * MILLION)), None, None)
    assert finding.remedy.statements == ("VACUUM (FREEZE, VERBOSE);",)


def test_limits_are_tunable() -> None:
    it = snapshot(database(transaction_age=300 * MILLION))
    (finding,) = wraparound(it, None, None, medium_age=100 * MILLION, high_age=200 * MILLION)
    assert finding.severity is Severity.HIGH
