from __future__ import annotations

from collections.abc import Sequence

import psycopg
import pytest
from psycopg.errors import UniqueViolation
from psycopg.rows import TupleRow

from exporters.report import TargetReport
from rules.base import Finding
from tests.live.database import Database
from tests.live.triage import found, look

pytestmark = pytest.mark.newest

MEGABYTE = 2**20
MANY = """
    CREATE TABLE items (id int PRIMARY KEY, owner int, state boolean, note text);
    INSERT INTO items
    SELECT i, i % 20000, i % 2 = 0, 'note of an item ' || i FROM generate_series(1, 200000) i;
"""


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


def watched_days(database: Database) -> float:
    """Nearly as long as the server has counted: what was scanned just now is younger."""
    since = (
        "SELECT extract(epoch FROM clock_timestamp() - stats_reset)::float8 FROM pg_stat_bgwriter"
    )
    (seconds,) = database.connect().execute(since).fetchone() or (0.0,)
    return float(seconds) * 0.9 / 86400


def follow(database: Database, findings: Sequence[Finding]) -> None:
    say(database, *(s for finding in findings for s in finding.remedy.statements))


def test_unused_index(database: Database) -> None:
    say(
        database,
        MANY,
        "CREATE INDEX idle ON items (note)",
        "CREATE INDEX busy ON items (owner)",
        "ANALYZE items",
        "SELECT count(note) FROM items WHERE owner = 5",
    )
    limits = {"unused-index": {"minimum_days": watched_days(database), "minimum_bytes": MEGABYTE}}
    findings = of(database, look(database.dsn, limits=limits), "unused-index")
    assert list(findings) == ["public.idle"]
    follow(database, list(findings.values()))
    report = look(database.dsn, limits=limits)
    assert "public.idle" not in of(database, report, "unused-index")
    say(database, findings["public.idle"].remedy.rollback)


def test_duplicate_and_redundant_index(database: Database) -> None:
    say(
        database,
        "CREATE TABLE t (a int UNIQUE, b int, c text)",
        "CREATE UNIQUE INDEX same_as_constraint ON t (a)",
        "CREATE INDEX backwards ON t (b DESC)",
        "CREATE INDEX forwards ON t (b)",
        "CREATE INDEX wide ON t (c, b)",
        "CREATE INDEX narrow ON t (c)",
        "CREATE INDEX patterns ON t (c text_pattern_ops)",
        "CREATE INDEX partial ON t (c) WHERE b > 0",
    )
    report = look(database.dsn)
    duplicates = of(database, report, "duplicate-index")
    redundant = of(database, report, "redundant-index")
    assert set(duplicates) == {"public.same_as_constraint", "public.forwards"}
    assert set(redundant) == {"public.narrow"}
    follow(database, [*duplicates.values(), *redundant.values()])
    report = look(database.dsn)
    assert not of(database, report, "duplicate-index")
    assert not of(database, report, "redundant-index")
    say(database, duplicates["public.forwards"].remedy.rollback)


def test_duplicate_of_partitioned_table(database: Database) -> None:
    say(
        database,
        "CREATE TABLE p (a int) PARTITION BY RANGE (a)",
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9)",
        "CREATE INDEX one ON p (a)",
        "CREATE INDEX two ON p (a)",
    )
    findings = of(database, look(database.dsn), "duplicate-index")
    assert list(findings) == ["public.two"]
    follow(database, list(findings.values()))
    assert not of(database, look(database.dsn), "duplicate-index")


def test_invalid_index(database: Database) -> None:
    connection = say(database, "CREATE TABLE t (a int)", "INSERT INTO t VALUES (1), (1)")
    with pytest.raises(UniqueViolation):
        connection.execute("CREATE UNIQUE INDEX CONCURRENTLY broken ON t (a)")
    say(database, "CREATE INDEX sound ON t (a)")
    findings = of(database, look(database.dsn), "invalid-index")
    assert list(findings) == ["public.broken"]
    say(database, "TRUNCATE t")
    follow(database, list(findings.values()))
    assert not of(database, look(database.dsn), "invalid-index")


def test_unindexed_foreign_key(database: Database) -> None:
    say(
        database,
        "CREATE TABLE orders (id int PRIMARY KEY)",
        "INSERT INTO orders SELECT generate_series(1, 60000)",
        "CREATE TABLE lines (order_id int REFERENCES orders ON DELETE CASCADE, note text)",
        "INSERT INTO lines SELECT i % 60000 + 1, 'a line' FROM generate_series(1, 120000) i",
        "CREATE TABLE notes (order_id int REFERENCES orders ON DELETE CASCADE, note text)",
        "CREATE INDEX ON notes (order_id)",
        "INSERT INTO notes SELECT i % 60000 + 1, 'a note' FROM generate_series(1, 120000) i",
    )
    limits = {"unindexed-foreign-key": {"minimum_bytes": MEGABYTE}}

    def delete() -> None:
        say(database, "DELETE FROM orders WHERE id < 60")

    report = look(database.dsn, during=delete, limits=limits)
    findings = of(database, report, "unindexed-foreign-key")
    assert list(findings) == ["public.lines.lines_order_id_fkey"]
    (finding,) = findings.values()
    assert finding.evidence["child_sequential_scans"] == 59
    follow(database, [finding])
    assert not of(database, look(database.dsn, limits=limits), "unindexed-foreign-key")


def test_bloated_index(database: Database) -> None:
    say(
        database,
        MANY,
        "CREATE INDEX bloated ON items (note)",
        "DELETE FROM items WHERE id % 10 <> 0",
        "VACUUM ANALYZE items",
        "CREATE INDEX fresh ON items (owner)",
        "REINDEX INDEX items_pkey",
    )
    limits = {"bloated-index": {"minimum_bytes": MEGABYTE}}
    findings = of(database, look(database.dsn, limits=limits), "bloated-index")
    assert list(findings) == ["public.bloated"]
    (finding,) = findings.values()
    follow(database, [finding])
    (size,) = database.connect().execute("SELECT pg_relation_size('bloated')").fetchone() or (0,)
    assert finding.evidence["estimated_fresh_bytes"] == pytest.approx(size, rel=0.1)
    assert not of(database, look(database.dsn, limits=limits), "bloated-index")


def test_hot_update_breaker_and_too_many_indexes(database: Database) -> None:
    say(
        database,
        "CREATE TABLE t (id int PRIMARY KEY, seen int, a int, b int) WITH (fillfactor = 50)",
        "INSERT INTO t SELECT i, 0, 0, 0 FROM generate_series(1, 2000) i",
        "CREATE INDEX breaker ON t (seen)",
        *(f"CREATE INDEX other{n} ON t (a) WHERE b > {n}" for n in range(9)),
    )

    def updates() -> None:
        say(database, *["UPDATE t SET seen = seen + 1 WHERE id > 0"] * 3)

    report = look(database.dsn, during=updates)
    assert list(of(database, report, "hot-update-breaker")) == ["public.breaker"]
    assert list(of(database, report, "too-many-indexes")) == ["public.t"]
    follow(database, list(of(database, report, "hot-update-breaker").values()))
    report = look(database.dsn, during=updates)
    assert not of(database, report, "hot-update-breaker")
    assert not of(database, report, "too-many-indexes")


def test_low_selectivity_index(database: Database) -> None:
    say(
        database,
        MANY,
        "CREATE INDEX by_state ON items (state)",
        "CREATE INDEX by_owner ON items (owner)",
        "CREATE INDEX by_rare_state ON items ((state)) WHERE NOT state",
        "ANALYZE items",
    )
    limits = {"low-selectivity-index": {"minimum_bytes": MEGABYTE}}
    findings = of(database, look(database.dsn, limits=limits), "low-selectivity-index")
    assert list(findings) == ["public.by_state"]
