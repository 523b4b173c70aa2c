from __future__ import annotations

from collections.abc import Sequence

import psycopg
import pytest
from psycopg.errors import ObjectNotInPrerequisiteState
from psycopg.rows import TupleRow

from exporters.report import TargetReport
from rules.base import Finding, Severity
from tests.live.database import Database
from tests.live.triage import found, look

pytestmark = pytest.mark.newest

MEGABYTE = 2**20
WIDE = "repeat('some words that fill the row ', 4)"


def say(database: Database, *statements: str) -> psycopg.Connection[TupleRow]:
    """Run these one after the other, and have their statistics counted at once."""
    connection = database.connect()
    for statement in (*statements, "SELECT pg_stat_force_next_flush()"):
        connection.execute(statement.encode())
    return connection


def of(database: Database, report: TargetReport, rule_id: str) -> dict[str, Finding]:
    """What a rule found in this database, by subject."""
    mine = (r.finding for r in found(report, rule_id))
    return {f.subject.name: f for f in mine if f.subject.database == database.name}


def follow(database: Database, findings: Sequence[Finding]) -> None:
    say(database, *(s for finding in findings for s in finding.remedy.statements))


def undo(database: Database, findings: Sequence[Finding]) -> None:
    say(database, *(finding.remedy.rollback for finding in findings))


def test_dead_tuples(database: Database) -> None:
    say(
        database,
        *(f"CREATE TABLE {name} (id int, note text)" for name in ("dead", "cleaned")),
        f"INSERT INTO dead SELECT i, {WIDE} FROM generate_series(1, 60000) i",
        f"INSERT INTO cleaned SELECT i, {WIDE} FROM generate_series(1, 60000) i",
        "ANALYZE",
        "UPDATE cleaned SET id = id + 1",
    )
    say(database, "VACUUM cleaned")
    reader = database.connect()
    reader.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
    reader.execute("SELECT 1 FROM dead LIMIT 1")
    say(database, "UPDATE dead SET id = id + 1")
    findings = of(database, look(database.dsn), "dead-tuples")
    assert list(findings) == ["public.dead"]
    (finding,) = findings.values()
    assert finding.evidence["dead_rows"] == 60_000
    reader.execute("ROLLBACK")
    follow(database, [finding])
    assert not of(database, look(database.dsn), "dead-tuples")
    undo(database, [finding])


def test_stale_statistics(database: Database) -> None:
    say(
        database,
        *(
            f"CREATE TABLE {name} (id int) WITH (autovacuum_enabled = false)"
            for name in ("stale", "analysed")
        ),
        "INSERT INTO stale SELECT generate_series(1, 20000)",
        "INSERT INTO analysed SELECT generate_series(1, 20000)",
    )
    say(database, "ANALYZE analysed")
    findings = of(database, look(database.dsn), "stale-statistics")
    assert list(findings) == ["public.stale"]
    follow(database, list(findings.values()))
    assert not of(database, look(database.dsn), "stale-statistics")
    undo(database, list(findings.values()))


def test_table_bloat(database: Database) -> None:
    say(
        database,
        "CREATE TABLE bloated (id int, note text) WITH (autovacuum_enabled = false)",
        f"INSERT INTO bloated SELECT i, {WIDE} FROM generate_series(1, 60000) i",
        *["UPDATE bloated SET id = id + 1"] * 2,
        "CREATE TABLE roomy (id int, note text) WITH (fillfactor = 30)",
        f"INSERT INTO roomy SELECT i, {WIDE} FROM generate_series(1, 60000) i",
    )
    say(database, "ANALYZE")
    limits = {"table-bloat": {"minimum_bytes": 10 * MEGABYTE}}
    findings = of(database, look(database.dsn, limits=limits), "table-bloat")
    assert list(findings) == ["public.bloated"]
    (finding,) = findings.values()
    assert finding.evidence["empty_ratio"] == pytest.approx(2 / 3, abs=0.05)
    follow(database, [finding])
    assert not of(database, look(database.dsn, limits=limits), "table-bloat")
    size = "SELECT pg_relation_size('bloated')"
    (fresh,) = database.connect().execute(size.encode()).fetchone() or (0,)
    assert finding.evidence["estimated_needed_bytes"] == pytest.approx(fresh, rel=0.1)


def test_no_primary_key(database: Database) -> None:
    say(
        database,
        *(
            f"CREATE TABLE {name}; INSERT INTO {name.split()[0]} SELECT generate_series(1, 2000)"
            for name in ("changed (a int)", "appended (a int)", "keyed (a int PRIMARY KEY)")
        ),
        "CREATE TABLE unique_key (a int UNIQUE NOT NULL)",
        "INSERT INTO unique_key SELECT generate_series(1, 2000)",
        "UPDATE changed SET a = 0 WHERE a = 1",
    )
    findings = of(database, look(database.dsn), "no-primary-key")
    assert {n: f.severity for n, f in findings.items()} == {
        "public.changed": None,
        "public.appended": Severity.LOW,
    }
    follow(database, list(findings.values()))
    assert not of(database, look(database.dsn), "no-primary-key")
    undo(database, list(findings.values()))


def test_sequence_exhaustion(database: Database) -> None:
    say(
        database,
        "CREATE TABLE orders (id int GENERATED BY DEFAULT AS IDENTITY)",
        "CREATE TABLE lines (id smallserial)",
        "CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY)",
        "CREATE SEQUENCE loose MAXVALUE 1000",
        "SELECT setval('orders_id_seq', 2147483000), setval('lines_id_seq', 30000)",
        "SELECT setval('notes_id_seq', 2147483000), setval('loose', 750)",
    )
    findings = of(database, look(database.dsn), "sequence-exhaustion")
    assert {n: f.severity for n, f in findings.items()} == {
        "public.orders_id_seq": Severity.CRITICAL,
        "public.lines_id_seq": Severity.HIGH,
        "public.loose": Severity.MEDIUM,
    }
    follow(database, list(findings.values()))
    assert not of(database, look(database.dsn), "sequence-exhaustion")
    say(database, "SELECT setval('lines_id_seq', 32767)", "INSERT INTO lines DEFAULT VALUES")
    say(database, findings["public.loose"].remedy.rollback)


def test_seq_scan_heavy_table(database: Database) -> None:
    say(
        database,
        *(
            f"CREATE TABLE {name} (id int PRIMARY KEY, note text)"
            for name in ("scanned", "exported")
        ),
        f"INSERT INTO scanned SELECT i, {WIDE} FROM generate_series(1, 120000) i",
        "INSERT INTO exported SELECT * FROM scanned",
        "VACUUM ANALYZE",
    )
    search, lookup = "SELECT count(*) FROM scanned WHERE md5(note) = ''", "TABLE scanned LIMIT 1"

    def traffic() -> None:
        say(database, *[search, lookup, "SELECT count(note) FROM exported"] * 12)

    findings = of(database, look(database.dsn, during=traffic), "seq-scan-heavy-table")
    assert list(findings) == ["public.scanned"]
    (finding,) = findings.values()
    assert "scanned where md5(note) = " in str(finding.evidence["query"]).lower()
    follow(database, [finding])


def test_low_hot_ratio(database: Database) -> None:
    say(
        database,
        *(
            f"CREATE TABLE {name} (id int PRIMARY KEY, n int) WITH (fillfactor = {fill})"
            for name, fill in (("full_pages", 100), ("roomy", 85))
        ),
        "INSERT INTO full_pages SELECT i, 0 FROM generate_series(1, 2000) i",
        "INSERT INTO roomy SELECT i, 0 FROM generate_series(1, 2000) i",
        "CREATE INDEX ON full_pages (n)",
        "CREATE INDEX ON roomy (n)",
    )

    def updates() -> None:
        for name in ("full_pages", "roomy"):
            say(database, *[f"UPDATE {name} SET n = n + 1"] * 3)

    findings = of(database, look(database.dsn, during=updates), "low-hot-ratio")
    assert list(findings) == ["public.full_pages"]
    follow(database, list(findings.values()))
    assert not of(database, look(database.dsn, during=updates), "low-hot-ratio")


def test_never_analyzed_partitioned_parent(database: Database) -> None:
    say(
        database,
        *(
            f"CREATE TABLE {name} (a int) PARTITION BY RANGE (a); CREATE TABLE {name}_1 "
            f"PARTITION OF {name} FOR VALUES FROM (0) TO (90000); "
            f"INSERT INTO {name} SELECT generate_series(1, 20000)"
            for name in ("never", "once")
        ),
        "ANALYZE once",
        "ANALYZE never_1",
    )
    rule_id = "never-analyzed-partitioned-parent"
    findings = of(database, look(database.dsn), rule_id)
    assert list(findings) == ["public.never"]
    follow(database, list(findings.values()))
    assert not of(database, look(database.dsn), rule_id)


@pytest.mark.filterwarnings("ignore:.*wal_level.*")
def test_published_table_without_identity(database: Database) -> None:
    say(
        database,
        "CREATE TABLE bare (a int)",
        "INSERT INTO bare VALUES (1)",
        "CREATE TABLE keyed (a int PRIMARY KEY)",
        "CREATE TABLE unpublished (a int)",
        "CREATE PUBLICATION changes FOR TABLE bare, keyed",
    )
    with pytest.raises(ObjectNotInPrerequisiteState, match="replica identity"):
        say(database, "UPDATE bare SET a = 2")
    rule_id = "published-table-without-identity"
    findings = of(database, look(database.dsn), rule_id)
    assert list(findings) == ["public.bare"]
    follow(database, list(findings.values()))
    say(database, "UPDATE bare SET a = 2")
    assert not of(database, look(database.dsn), rule_id)
    undo(database, list(findings.values()))
