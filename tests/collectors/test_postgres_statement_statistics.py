from __future__ import annotations

from dataclasses import replace

from collectors.postgres.statement_statistics import StatementStatistics, statement_statistics
from collectors.session import Server
from tests.fakes import FakeSession
from tests.make import make, row, server


def with_extension(*version: int) -> Server:
    return replace(server(14), versions={"postgres": (14,), "pg_stat_statements": version})


def test_counts_since_the_reset_it_names() -> None:
    given = row(StatementStatistics, evictions=2, counting_since=5.0)
    answer = statement_statistics(FakeSession(with_extension(1, 9), [given]))
    assert answer.rows == (make(StatementStatistics, evictions=2, counting_since=5.0),)
    assert answer.counting_since == 5.0


def test_an_upgraded_server_may_have_an_old_extension() -> None:
    assert statement_statistics.unmet(with_extension(1, 8)) == [
        "needs pg_stat_statements >= 1.9; found pg_stat_statements 1.8; "
        "on PostgreSQL 14 or later run ALTER EXTENSION pg_stat_statements UPDATE"
    ]
