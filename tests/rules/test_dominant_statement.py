from __future__ import annotations

import pytest

from collectors.mysql.statements import MysqlStatement
from collectors.rds.statements import InsightsStatement
from collectors.rds.top_sql import TopSql
from collectors.snapshot import Activity
from collectors.snapshots.sessions import DigestLoad, SessionLoad
from collectors.snapshots.statements import Statement
from rules.base import Severity
from rules.statements.dominant_statement import dominant_statement
from tests.make import activity, make
from tests.rules.insights import top

KB, MB = 1024, 1024 * 1024
# Ours, so that it fills the rest of the time without a finding of its own.
REST = make(Statement, digest="rest", calls=9_000_000, exec_seconds=900.0, own=True)


def statement(**given: object) -> Statement:
    """100 s of an hour, a tenth of all time, in calls of 100 ms."""
    about = {"calls": 1000, "exec_seconds": 100.0, "rows": 1000, "query": "SELECT 1 FROM t"}
    blocks = {"shared_hit_bytes": 40 * MB, "shared_read_bytes": 0, "temp_written_bytes": 0}
    return make(Statement, database="shop", digest="d1", **{**about, **blocks, **given})


def load(*waits: tuple[str, float]) -> SessionLoad:
    rows = tuple(DigestLoad("d1", "shop", kind, sessions) for kind, sessions in waits)
    return make(SessionLoad, seconds=60.0, samples=60, by_digest=rows)


@pytest.mark.parametrize(
    ("row", "sign", "severity"),
    [
        pytest.param(statement(), "each call is slow", Severity.MEDIUM, id="slow"),
        pytest.param(
            statement(exec_seconds=400.0), "each call is slow", Severity.HIGH, id="over a fifth"
        ),
        pytest.param(
            statement(calls=10_000, temp_written_bytes=20_000 * MB),
            "it spills to temporary files",
            Severity.MEDIUM,
            id="spills",
        ),
        pytest.param(
            statement(shared_read_bytes=9000 * MB, block_read_seconds=120.0),
            "it waits for the disk",
            Severity.MEDIUM,
            id="reads from disk",
        ),
        pytest.param(
            statement(rows=20, shared_hit_bytes=9000 * MB),
            "it looks at far more than it returns",
            Severity.MEDIUM,
            id="looks at a hundred blocks a row",
        ),
        pytest.param(
            statement(exec_seconds=400.0, temp_written_bytes=9000 * MB),
            "it spills to temporary files",
            Severity.MEDIUM,
            id="over a fifth, but temp-spill carries the severity",
        ),
        pytest.param(
            statement(rows=1, shared_hit_bytes=9000 * MB, query="SELECT count(*) FROM t"),
            "each call is slow",
            Severity.MEDIUM,
            id="an aggregate needs what it looks at",
        ),
    ],
)
def test_a_sign_makes_it_worth_a_look(row: Statement, sign: str, severity: Severity) -> None:
    (finding,) = dominant_statement(activity(row, REST, seconds=900.0), None)
    assert finding.evidence["sign"] == sign
    assert finding.severity is severity
    assert finding.impact.value == pytest.approx(row.exec_seconds / 900 * 3600 / 2)


@pytest.mark.parametrize(
    ("row", "seconds"),
    [
        pytest.param(statement(exec_seconds=40.0), 300.0, id="a small share"),
        pytest.param(statement(), 1100.0, id="a tenth of almost no load"),
        pytest.param(statement(own=True), 900.0, id="our own"),
        pytest.param(statement(query="VACUUM t"), 900.0, id="upkeep"),
        pytest.param(statement(calls=1_000_000), 900.0, id="a tenth of cheap calls"),
    ],
)
def test_quiet(row: Statement, seconds: float) -> None:
    assert not dominant_statement(activity(row, REST, seconds=seconds), None)


def test_the_one_update_of_a_healthy_server_is_low() -> None:
    update = statement(
        calls=400_000, rows=400_000, query="UPDATE accounts SET b = b + $1 WHERE id = $2",
        shared_hit_bytes=400_000 * 48 * KB, shared_read_bytes=400_000 * 2 * KB,
    )  # fmt: skip
    (finding,) = dominant_statement(activity(update, seconds=300.0), None)
    assert finding.severity is Severity.LOW
    assert finding.impact.weight == 0.0


@pytest.mark.parametrize(
    ("row", "sessions"),
    [
        pytest.param(statement(), load(("Lock", 0.4), ("CPU", 0.6)), id="lock waits"),
        pytest.param(statement(query="COMMIT", shared_hit_bytes=0), None, id="commits"),
    ],
)
def test_causes_outside_the_statement_are_low(row: Statement, sessions: SessionLoad | None) -> None:
    (finding,) = dominant_statement(activity(row, seconds=300.0), sessions)
    assert finding.severity is Severity.LOW


def test_an_engine_that_counts_no_blocks_is_judged_by_time() -> None:
    row = make(Statement, digest="d1", calls=1000, exec_seconds=100.0)
    (finding,) = dominant_statement(activity(row, seconds=300.0), None)
    assert finding.severity is Severity.HIGH


@pytest.mark.parametrize(
    ("counted", "sign", "severity"),
    [
        pytest.param(
            {"lock_seconds": 40.0}, "it mostly waits for locks", Severity.LOW, id="table locks"
        ),
        pytest.param(
            {"full_scans": 1000, "rows_examined": 90_000_000},
            "it reads a whole table to use few rows",
            Severity.MEDIUM,
            id="a rule of its own carries the severity",
        ),
        pytest.param({"rows_examined": 2_000_000}, "each call is slow", Severity.HIGH, id="slow"),
        pytest.param(
            {"rows_examined": 1000, "calls": 4000},
            "each call is cheap, there are many",
            Severity.LOW,
            id="a lookup or a write that waits for the log",
        ),
    ],
)
def test_mysql_counts_rows_and_locks(
    counted: dict[str, float], sign: str, severity: Severity
) -> None:
    about = {"calls": 1000, "exec_seconds": 100.0, "rows": 1000, "query": "SELECT a FROM t"}
    row = make(MysqlStatement, database="shop", digest="d1", **{**about, **counted})
    (finding,) = dominant_statement(activity(row, seconds=300.0), None)
    assert finding.evidence["sign"] == sign
    assert finding.severity is severity


def insights(**given: object) -> InsightsStatement:
    """Seen by Performance Insights on PostgreSQL: 100 s of load in calls of 100 ms."""
    about = {"calls": 1000, "exec_seconds": 100.0, "rows": 1000, "query": "SELECT a FROM t"}
    return make(InsightsStatement, digest="d1", **{**about, **given})


@pytest.mark.parametrize(
    ("row", "waits", "sign", "severity"),
    [
        pytest.param(insights(), None, "each call is slow", Severity.HIGH, id="no waits are told"),
        pytest.param(
            insights(),
            top(("d1", "CPU", 70.0), ("d1", "Lock:tuple", 30.0), ("d2", "CPU", 500.0)),
            "it mostly waits for locks",
            Severity.LOW,
            id="locks",
        ),
        pytest.param(
            insights(),
            top(("d1", "CPU", 71.0), ("d1", "Lock:tuple", 29.0), ("d2", "Lock:tuple", 500.0)),
            "each call is slow",
            Severity.HIGH,
            id="locks, but of others",
        ),
        pytest.param(
            insights(query="INSERT INTO t VALUES (?)"),
            top(("d1", "IO:XactSync", 60.0), ("d1", "CPU", 40.0)),
            "it waits for the log to reach the disk",
            Severity.LOW,
            id="the log of Aurora",
        ),
        pytest.param(
            insights(query="INSERT INTO t VALUES (?)"),
            top(("d1", "IO:WALSync", 30.0), ("d1", "Commit:redo", 25.0), ("d1", "CPU", 40.0)),
            "it waits for the log to reach the disk",
            Severity.LOW,
            id="the log under two names",
        ),
        pytest.param(
            insights(calls=1_000_000),
            top(("d1", "IO:DataFileRead", 60.0), ("d1", "CPU", 40.0)),
            "it waits for the disk",
            Severity.HIGH,
            id="disk reads, which no other rule tells of here",
        ),
        pytest.param(
            insights(calls=1_000_000, rows_examined=1_000_000),
            top(("d1", "IO:table/sql/handler", 90.0), ("d1", "CPU", 10.0)),
            "each call is cheap, there are many",
            Severity.LOW,
            id="work of the storage engine is no disk",
        ),
        pytest.param(
            insights(rows=10, rows_examined=20_000_000),
            None,
            "it looks at far more rows than it returns",
            Severity.HIGH,
            id="rows for nothing",
        ),
        pytest.param(
            insights(rows_examined=20_000_000, query="SELECT count(*) FROM t"),
            None,
            "each call is slow",
            Severity.HIGH,
            id="a summary needs what it looks at",
        ),
        pytest.param(
            insights(rows_examined=1000, calls=4000),
            None,
            "each call is cheap, there are many",
            Severity.LOW,
            id="a lookup",
        ),
        pytest.param(
            insights(calls=0, rows=None),
            top(("d1", "CPU", 100.0)),
            "none of its calls was counted",
            Severity.MEDIUM,
            id="calls are not counted",
        ),
        pytest.param(
            insights(shared_hit_bytes=0, shared_read_bytes=0, temp_written_bytes=20_000 * MB),
            None,
            "it spills to temporary files",
            Severity.HIGH,
            id="blocks are counted",
        ),
    ],
)
def test_performance_insights(
    row: InsightsStatement, waits: Activity[TopSql] | None, sign: str, severity: Severity
) -> None:
    (finding,) = dominant_statement(activity(row, seconds=300.0), None, waits)
    assert finding.evidence["sign"] == sign
    assert finding.severity is severity
    assert finding.evidence["see_rule"] is None
    assert "finding of" not in finding.remedy.text


def test_of_calls_that_are_not_counted_nothing_is_said() -> None:
    row = insights(calls=0, rows=None)
    (finding,) = dominant_statement(activity(row, seconds=300.0), None)
    assert finding.summary == (
        "Statement d1 takes 100 % of the execution time: none of its calls was counted."
    )
    about = ("calls", "calls_per_second", "mean_seconds")
    assert [finding.evidence[name] for name in about] == [None, None, None]


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(insights(calls=0, own=True), id="our own"),
        pytest.param(insights(query="VACUUM public.orders"), id="autovacuum"),
        pytest.param(insights(exec_seconds=20.0), id="hardly any load"),
    ],
)
def test_performance_insights_quiet(row: InsightsStatement) -> None:
    assert not dominant_statement(activity(row, seconds=300.0), None)


def test_nothing_ran() -> None:
    assert not dominant_statement(activity(seconds=0.0), None)
