"""What is missing, too old or damaged, made so on real servers."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from agent.demo.server import PostgresServer
from rules.base import Severity
from tests.live.database import Database, fresh_database
from tests.live.own_servers import OwnServers
from tests.live.triage import found, look

PAGE_BYTES = 8192


@pytest.mark.newest
def test_the_remedy_brings_statement_statistics(server: PostgresServer) -> None:
    with fresh_database(server) as bare:
        (missing,) = found(look(bare.dsn), "statement-statistics-missing")
        assert missing.severity is Severity.LOW
        for statement in missing.finding.remedy.statements:
            bare.connect().execute(statement.encode())
        assert not found(look(bare.dsn), "statement-statistics-missing")


@pytest.mark.newest
def test_a_library_that_is_not_loaded_is_added_to_the_others(own_server: OwnServers) -> None:
    server = own_server(settings={"shared_preload_libraries": "auto_explain"})
    (missing,) = found(look(server.dsn()), "statement-statistics-missing")
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute(missing.finding.remedy.statements[0].encode())
        server.restart()
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        loaded = connection.execute("SHOW shared_preload_libraries").fetchone()
        assert loaded == ("auto_explain, pg_stat_statements",)
        connection.execute(missing.finding.remedy.statements[-1].encode())
    assert not found(look(server.dsn()), "statement-statistics-missing")


@pytest.mark.newest
def test_the_grants_are_all_that_is_missing(database: Database) -> None:
    admin = database.connect()
    admin.execute("CREATE ROLE watcher LOGIN")
    dsn = database.server.dsn(database.name, "watcher")
    try:
        (missing,) = found(look(dsn), "missing-privileges")
        assert not found(look(database.dsn), "missing-privileges")
        for statement in missing.finding.remedy.statements:
            admin.execute(statement.encode())
        assert not found(look(dsn), "missing-privileges")
    finally:
        admin.execute("DROP OWNED BY watcher; DROP ROLE watcher")


@pytest.mark.majors(14)
def test_a_version_past_its_end(database: Database) -> None:
    (past,) = found(look(database.dsn), "version-end-of-life")
    assert past.severity is Severity.HIGH


@pytest.mark.newest
def test_an_end_that_is_near_enough_to_warn(database: Database) -> None:
    limits = {"version-end-of-life": {"warning_days": 36500}}
    (near,) = found(look(database.dsn, limits=limits), "version-end-of-life")
    assert near.finding.subject.name == "PostgreSQL 18"


@pytest.mark.newest
def test_an_extension_that_an_upgrade_left_behind(database: Database) -> None:
    connection = database.connect()
    connection.execute("CREATE EXTENSION pg_trgm VERSION '1.3'")
    connection.execute("CREATE EXTENSION btree_gin")
    (outdated,) = [
        r
        for r in found(look(database.dsn), "outdated-extension")
        if r.finding.subject.database == database.name
    ]
    assert outdated.finding.subject.name == "pg_trgm"
    for statement in outdated.finding.remedy.statements:
        connection.execute(statement.encode())
    assert not found(look(database.dsn), "outdated-extension")


@pytest.mark.newest
def test_a_damaged_page(own_server: OwnServers) -> None:
    server = own_server(init_args=["--data-checksums"])
    with psycopg.connect(server.dsn(), autocommit=True) as connection:
        connection.execute("CREATE TABLE damaged AS SELECT n FROM generate_series(1, 1000) n")
        place = connection.execute("SELECT pg_relation_filepath('damaged')").fetchone()
    assert place
    assert not found(look(server.dsn()), "checksum-failures")
    server.stop()
    _damage(server.data / place[0])
    server.launch()
    with (
        psycopg.connect(server.dsn(), autocommit=True) as connection,
        pytest.raises(psycopg.errors.DataCorrupted),
    ):
        connection.execute("SELECT count(*) FROM damaged")
    (damaged,) = found(look(server.dsn()), "checksum-failures")
    assert damaged.severity is Severity.CRITICAL
    assert damaged.finding.subject.name == "postgres"


def _damage(file: Path) -> None:
    with file.open("r+b") as pages:
        pages.seek(PAGE_BYTES - 100)
        pages.write(b"\xff" * 50)
