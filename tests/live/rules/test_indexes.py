"""Indexes that cost more than they give, on a real server."""

from __future__ import annotations

import pytest
from psycopg.errors import UniqueViolation

from rules.base import Confidence
from tests.live.database import Database
from tests.live.own_servers import OwnServers
from tests.live.rules.told import follow, of, say
from tests.live.triage import found, look

pytestmark = pytest.mark.newest

MEGABYTE = 2**20
MANY = """
    CREATE TABLE items (id int PRIMARY KEY, owner int, state boolean, note text);
    INSERT INTO items
    SELECT i, i % 20000, i % 2 = 0, 'note of an item ' || i FROM generate_series(1, 200000) i;
"""


def watched_days(database: Database) -> float:
    """Nearly as long as the server has counted: what was scanned just now is younger."""
    since = (
        "SELECT extract(epoch FROM clock_timestamp() - stats_reset)::float8 FROM pg_stat_bgwriter"
    )
    (seconds,) = database.connect().execute(since).fetchone() or (0.0,)
    return float(seconds) * 0.9 / 86400


def test_unused_index(database: Database) -> None:
    say(
        database.dsn,
        MANY,
        "CREATE INDEX idle ON items (note)",
        "CREATE INDEX busy ON items (owner)",
        "ANALYZE items",
        "SELECT count(note) FROM items WHERE owner = 5",
    )
    limits = {"unused-index": {"minimum_days": watched_days(database), "minimum_bytes": MEGABYTE}}
    findings = of(look(database.dsn, limits=limits), "unused-index", database.name)
    assert list(findings) == ["public.idle"]
    follow(database.dsn, findings.values())
    report = look(database.dsn, limits=limits)
    assert "public.idle" not in of(report, "unused-index", database.name)
    say(database.dsn, findings["public.idle"].remedy.rollback)


def test_unused_index_of_a_replicated_server(own_server: OwnServers) -> None:
    primary = own_server()
    say(primary.dsn(), MANY, "CREATE INDEX idle ON items (note)")
    replica = own_server.replica(primary)
    limits = {"unused-index": {"minimum_days": 0, "minimum_bytes": MEGABYTE}}
    for server in (primary, replica):
        (told,) = found(look(server.dsn(), limits=limits), "unused-index")
        assert told.confidence is Confidence.HEURISTIC
        assert "on each of them" in told.finding.remedy.text


def test_duplicate_and_redundant_index(database: Database) -> None:
    say(
        database.dsn,
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
    duplicates = of(report, "duplicate-index", database.name)
    redundant = of(report, "redundant-index", database.name)
    assert set(duplicates) == {"public.same_as_constraint", "public.forwards"}
    assert set(redundant) == {"public.narrow"}
    follow(database.dsn, [*duplicates.values(), *redundant.values()])
    report = look(database.dsn)
    assert not of(report, "duplicate-index", database.name)
    assert not of(report, "redundant-index", database.name)
    say(database.dsn, duplicates["public.forwards"].remedy.rollback)


def test_duplicate_of_partitioned_table(database: Database) -> None:
    say(
        database.dsn,
        "CREATE TABLE p (a int) PARTITION BY RANGE (a)",
        "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9)",
        "CREATE INDEX one ON p (a)",
        "CREATE INDEX two ON p (a)",
    )
    findings = of(look(database.dsn), "duplicate-index", database.name)
    assert list(findings) == ["public.two"]
    follow(database.dsn, findings.values())
    assert not of(look(database.dsn), "duplicate-index", database.name)


def test_invalid_index(database: Database) -> None:
    say(database.dsn, "CREATE TABLE t (a int)", "INSERT INTO t VALUES (1), (1)")
    with pytest.raises(UniqueViolation):
        say(database.dsn, "CREATE UNIQUE INDEX CONCURRENTLY broken ON t (a)")
    say(database.dsn, "CREATE INDEX sound ON t (a)")
    findings = of(look(database.dsn), "invalid-index", database.name)
    assert list(findings) == ["public.broken"]
    say(database.dsn, "TRUNCATE t")
    follow(database.dsn, findings.values())
    assert not of(look(database.dsn), "invalid-index", database.name)


def test_unindexed_foreign_key(database: Database) -> None:
    say(
        database.dsn,
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
        say(database.dsn, "DELETE FROM orders WHERE id < 60")

    report = look(database.dsn, during=delete, limits=limits)
    findings = of(report, "unindexed-foreign-key", database.name)
    assert list(findings) == ["public.lines.lines_order_id_fkey"]
    (finding,) = findings.values()
    assert finding.evidence["child_sequential_scans"] == 59
    follow(database.dsn, [finding])
    assert not of(look(database.dsn, limits=limits), "unindexed-foreign-key", database.name)


def test_bloated_index(database: Database) -> None:
    say(
        database.dsn,
        MANY,
        "CREATE INDEX bloated ON items (note)",
        "DELETE FROM items WHERE id % 10 <> 0",
        "VACUUM ANALYZE items",
        "CREATE INDEX fresh ON items (owner)",
        "REINDEX INDEX items_pkey",
    )
    limits = {"bloated-index": {"minimum_bytes": MEGABYTE}}
    findings = of(look(database.dsn, limits=limits), "bloated-index", database.name)
    assert list(findings) == ["public.bloated"]
    (finding,) = findings.values()
    follow(database.dsn, [finding])
    (size,) = database.connect().execute("SELECT pg_relation_size('bloated')").fetchone() or (0,)
    assert finding.evidence["estimated_needed_bytes"] == pytest.approx(size, rel=0.1)
    assert not of(look(database.dsn, limits=limits), "bloated-index", database.name)


def test_size_model_on_fresh_indexes(database: Database) -> None:
    say(
        database.dsn,
        MANY,
        "ALTER TABLE items ADD COLUMN price numeric, ADD COLUMN at timestamptz",
        "UPDATE items SET price = round(id % 977 / 7.0, 2), at = now() + id * interval '1 s'",
        "UPDATE items SET note = NULL WHERE id % 3 = 0",
        *(
            f"CREATE INDEX ON items {definition}"
            for definition in (
                "(owner)",
                "(state)",
                "(price)",
                "(at)",
                "(note)",
                "(owner, at)",
                "(owner) INCLUDE (price)",
                "(owner) WITH (fillfactor = 60)",
                "(owner) WITH (deduplicate_items = off)",
            )
        ),
        "REINDEX INDEX items_pkey",
        "VACUUM ANALYZE items",
    )
    limits = {"bloated-index": {"minimum_bytes": -1e12, "minimum_ratio": -9.0}}
    findings = of(look(database.dsn, limits=limits), "bloated-index", database.name)
    assert len(findings) == 10
    for name, finding in findings.items():
        fresh, size = finding.evidence["estimated_needed_bytes"], finding.evidence["size_bytes"]
        assert fresh == pytest.approx(size, rel=0.1), name


def test_hot_update_breaker_and_too_many_indexes(database: Database) -> None:
    say(
        database.dsn,
        "CREATE TABLE t (id int PRIMARY KEY, seen int, a int, b int) WITH (fillfactor = 50)",
        "INSERT INTO t SELECT i, 0, 0, 0 FROM generate_series(1, 2000) i",
        "CREATE INDEX breaker ON t (seen)",
        *(f"CREATE INDEX other{n} ON t (a) WHERE b > {n}" for n in range(9)),
    )

    def updates() -> None:
        say(database.dsn, *["UPDATE t SET seen = seen + 1 WHERE id > 0"] * 3)

    report = look(database.dsn, during=updates)
    assert list(of(report, "hot-update-breaker", database.name)) == ["public.breaker"]
    assert list(of(report, "too-many-indexes", database.name)) == ["public.t"]
    follow(database.dsn, list(of(report, "hot-update-breaker", database.name).values()))
    report = look(database.dsn, during=updates)
    assert not of(report, "hot-update-breaker", database.name)
    assert not of(report, "too-many-indexes", database.name)


def test_low_selectivity_index(database: Database) -> None:
    say(
        database.dsn,
        MANY,
        "CREATE INDEX by_state ON items (state)",
        "CREATE INDEX by_owner ON items (owner)",
        "CREATE INDEX by_rare_state ON items ((state)) WHERE NOT state",
        "ANALYZE items",
    )
    limits = {"low-selectivity-index": {"minimum_bytes": MEGABYTE}}
    findings = of(look(database.dsn, limits=limits), "low-selectivity-index", database.name)
    assert list(findings) == ["public.by_state"]
