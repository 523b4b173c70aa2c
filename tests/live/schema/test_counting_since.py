"""Since when is counted: a reset, a crash, the making of a standby."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import psycopg
import pytest

from agent.demo.server import PostgresServer
from agent.targets.postgres import PostgresSession
from agent.targets.postgres_connect import PostgresAddress, connect
from collectors.base import Collector
from collectors.postgres.columns import columns
from collectors.postgres.databases import databases
from collectors.postgres.extensions import extensions
from collectors.postgres.foreign_keys import foreign_keys
from collectors.postgres.indexes import indexes
from collectors.postgres.sequences import sequences
from collectors.postgres.tables import tables
from collectors.session import SqlSession
from tests.live.database import Database
from tests.live.own_servers import OwnServers
from tests.live.schema.asking import run, tell, within

EVERY: tuple[Collector[SqlSession, Any], ...] = (
    tables,
    indexes,
    columns,
    foreign_keys,
    sequences,
    extensions,
    databases,
)


def counting_since_of(server: PostgresServer) -> tuple[float, float]:
    """Of the tables of one database, and of the databases."""
    with closing(connect(PostgresAddress.of_dsn("live", server.dsn()))) as db:
        return tables(db).counting_since or 0, databases(db).counting_since or 0


def test_a_statistics_reset_is_known(database: Database, db: PostgresSession) -> None:
    began = tables(db).counting_since
    assert began
    tell(database, "SELECT pg_stat_reset()")
    within(lambda: (tables(db).counting_since or 0) > began)


@pytest.mark.parametrize(
    ("major", "unread"),
    [(14, set()), pytest.param(18, {"u_id_seq"}, id="sequences can be unlogged since 15")],
)
def test_all_answer_on_a_standby(own_server: OwnServers, major: int, unread: set[str]) -> None:
    """Its statistics began when it was made, long after its primary."""
    primary = own_server(major)
    with psycopg.connect(primary.dsn(), autocommit=True) as connection:
        run(
            connection,
            "CREATE UNLOGGED TABLE u (id serial PRIMARY KEY)",
            "CREATE TABLE t (id serial PRIMARY KEY)",
            "INSERT INTO u DEFAULT VALUES",
            "INSERT INTO t DEFAULT VALUES",
        )
    since = counting_since_of(primary)
    replica = own_server.replica(primary)
    with closing(connect(PostgresAddress.of_dsn("replica", replica.dsn()))) as db:
        within(lambda: len(tables(db).rows) == 2)
        assert [ask.id for ask in EVERY if ask(db).gaps] == []
        found = sequences(db).rows
    assert {s.sequence for s in found if s.last_value is None} == unread
    later = counting_since_of(replica)
    assert later[0] > since[0] > 0
    assert later[1] > since[1] > 0


@pytest.mark.parametrize("major", [14, 18])
def test_a_crash_begins_the_counting_anew(own_server: OwnServers, major: int) -> None:
    server = own_server(major)
    before = counting_since_of(server)
    server.crash()
    server.launch()
    after = counting_since_of(server)
    assert after[0] > before[0] > 0
    assert after[1] > before[1] > 0
