from __future__ import annotations

from itertools import pairwise

import pytest

from agent.targets.postgres import PostgresSession
from collectors.postgres.columns import columns
from tests.live.database import Database
from tests.live.schema.asking import by_column, tell


def test_columns_and_their_statistics(
    database: Database, db: PostgresSession, stranger: PostgresSession
) -> None:
    tell(
        database,
        "CREATE TABLE t (id int NOT NULL, gone int, kind text, fine numeric(8, 2), tags text[])",
        "ALTER TABLE t DROP COLUMN gone",
        "ALTER TABLE t ALTER fine SET STATISTICS 1000",
        "INSERT INTO t SELECT i, CASE WHEN i <= 600 THEN 'a' WHEN i <= 900 THEN 'b, \"c\"' END, "
        "i, ARRAY['x', 'y{'] FROM generate_series(1, 1000) i",
        "ANALYZE t",
        "CREATE TABLE new (a int)",
        "CREATE TABLE parent (a int, b int) PARTITION BY LIST (b)",
        "CREATE TABLE child_1 PARTITION OF parent FOR VALUES IN (1)",
        "CREATE TABLE child_2 PARTITION OF parent FOR VALUES IN (2)",
        "INSERT INTO parent SELECT i, 1 + i % 2 FROM generate_series(1, 1000) i",
        "ANALYZE parent",
    )
    found = by_column(columns(db))
    key, kind, fine = found["t.id"], found["t.kind"], found["t.fine"]
    assert (key.type, key.position, key.not_null, key.average_bytes) == ("integer", 1, True, 4)
    assert (key.distinct_values, key.null_ratio, key.correlation) == (1000, 0, 1)
    assert (key.histogram[0], key.histogram[-1], len(key.histogram)) == ("1", "1000", 101)
    assert (kind.position, kind.distinct_values, kind.not_null) == (3, 2, False)
    assert kind.null_ratio == pytest.approx(0.1)
    assert kind.common_values == ("a", 'b, "c"')
    assert kind.common_ratios == pytest.approx((0.6, 0.3))
    assert (kind.histogram, fine.type) == ((), "numeric(8,2)")
    bounds = [float(bound) for bound in fine.histogram]
    assert (len(bounds), bounds[0], bounds[-1]) == (101, 1, 1000)
    assert all(abs(b - a - 9.99) < 1.1 for a, b in pairwise(bounds))
    assert found["t.tags"].common_values == ('{x,"y{"}',)
    assert found["parent.b"].distinct_values == 2
    assert found["parent.a"].distinct_values == 1000
    assert (found["new.a"].distinct_values, found["new.a"].histogram) == (None, ())
    assert "t.gone" not in found
    hidden = by_column(columns(stranger))["t.kind"]
    assert (hidden.null_ratio, hidden.common_values) == (None, ())
