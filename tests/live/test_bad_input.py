"""What goes wrong in the world ends as an outcome with words, and stops nothing else."""

from __future__ import annotations

import json
import logging
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

import exporters.html
import exporters.markdown
import exporters.text
from agent.check import Look, check
from agent.config_target import Target
from agent.demo.server import PostgresServer
from agent.judge import Tuning
from agent.watch import Watch
from collectors.postgres.databases import Database as DatabaseRow
from collectors.postgres.extensions import Extension
from collectors.postgres.postgres_table import PostgresTable
from collectors.snapshots.statements import Statement
from exporters import json as documents
from exporters.prometheus.page import PLAIN, Page
from exporters.prometheus.target import SelfStatus, TargetMetrics
from exporters.report import Report, TargetReport
from tests.live.database import Database, fresh_database
from tests.live.own_servers import OwnServers
from tests.live.proxy import Proxy
from tests.live.rules.background import sessions, until
from tests.live.triage import found, look

SCRIPT = "<script>alert(1)</script>"
ESCAPE = "\x1b[31m\x07"
HBA = "host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n"


@contextmanager
def watching(dsn: str, **target: object) -> Iterator[Watch]:
    given = {"name": "live", "dsn": dsn, **target}
    watch = Watch(Target.model_validate(given), window_seconds=3600)
    try:
        yield watch
    finally:
        watch.close()


def reason(report: TargetReport, collector: str) -> str:
    outcome = report.outcomes.get(collector)
    assert outcome is not None
    return f"{outcome.ended}: {outcome.reason}"


def silent(report: TargetReport) -> list[str]:
    """What ended without an answer and without words."""
    mute = [o.id for o in report.outcomes.rows if o.ended != "answered" and not o.reason]
    return mute + [o.id for o in report.rule_outcomes if o.outcome != "evaluated" and not o.reason]


def failed(report: TargetReport) -> list[str]:
    return [f"{o.id}: {o.reason}" for o in report.outcomes.rows if o.ended == "failed"] + [
        f"{o.id}: {o.reason}" for o in report.rule_outcomes if o.outcome == "failed"
    ]


def shown_everywhere(report: TargetReport) -> dict[str, str]:
    """By every exporter, as text."""
    whole = Report(time.time(), "difference", 60.0, (report,))
    page = Page()
    metrics = TargetMetrics(page, ("live", "postgres"))
    metrics.judged(report, SelfStatus({}, 0.0, 1.0), 1.0)
    page.assemble()
    return {
        "text": exporters.text.render(whole),
        "markdown": exporters.markdown.render(whole),
        "html": exporters.html.render(whole),
        "json": documents.render(whole),
        "metrics": page.body(PLAIN).plain.decode(),
    }


@pytest.fixture
def scram(own_server: OwnServers) -> PostgresServer:
    """A server that asks everyone but its superuser for a password."""
    server = own_server()
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute("CREATE EXTENSION pg_stat_statements")
        admin.execute("CREATE ROLE app LOGIN PASSWORD 'right one'")
    (server.data / "pg_hba.conf").write_text(HBA)
    server.reload()
    until(lambda: _asks_for_a_password(server))
    return server


def _asks_for_a_password(server: PostgresServer) -> bool:
    """The server reads the file when it gets to it."""
    try:
        psycopg.connect(f"postgresql://app@127.0.0.1:{server.port}/postgres").close()
    except psycopg.OperationalError:
        return True
    return False


def test_a_wrong_password_is_told_and_not_shown(
    scram: PostgresServer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        dsn = f"postgresql://app:not%20the%20one@127.0.0.1:{scram.port}/postgres"
        report = look(dsn)
    assert not report.reachable
    assert report.error is not None
    assert 'password authentication failed for user "app"' in report.error
    assert silent(report) == []
    for text in (*shown_everywhere(report).values(), caplog.text, repr(report)):
        assert "not the one" not in text
        assert "not%20the" not in text


def test_the_right_password_is_not_shown_either(
    scram: PostgresServer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("APP_PASSWORD", "right one")
    with caplog.at_level(logging.DEBUG):
        dsn = f"postgresql://app@127.0.0.1:{scram.port}/postgres"
        report = look(dsn, password_env="APP_PASSWORD")
    assert report.reachable
    for text in (*shown_everywhere(report).values(), caplog.text, repr(report)):
        assert "right one" not in text


def test_a_role_without_any_privilege(scram: PostgresServer) -> None:
    report = look(f"postgresql://app:right%20one@127.0.0.1:{scram.port}/postgres")
    assert report.reachable
    assert (silent(report), failed(report)) == ([], [])
    assert "needs membership of pg_read_all_stats" in reason(report, "postgres.statements")
    assert 'run GRANT pg_read_all_stats TO "app"' in reason(report, "postgres.statements")
    assert reason(report, "postgres.tables").startswith("answered")
    (missing,) = found(report, "missing-privileges")
    assert 'GRANT pg_read_all_stats TO "app";' in missing.finding.remedy.statements
    blind = [o for o in report.rule_outcomes if o.outcome == "not-evaluated"]
    assert "needs membership of" in " ".join(o.reason for o in blind)


def test_a_server_without_statement_statistics(own_server: OwnServers) -> None:
    server = own_server(settings={"shared_preload_libraries": ""})
    report = look(server.dsn())
    assert failed(report) == []
    assert "needs pg_stat_statements >= 1.8; found none" in reason(report, "postgres.statements")
    assert "CREATE EXTENSION pg_stat_statements" in reason(report, "postgres.statements")
    assert found(report, "statement-statistics-missing")
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute("CREATE EXTENSION pg_stat_statements")
    report = look(server.dsn())
    assert "in shared_preload_libraries" in reason(report, "postgres.statements")


def test_a_server_that_is_down_and_comes_up(own_server: OwnServers) -> None:
    server = own_server()
    server.stop()
    with watching(server.dsn()) as watch:
        watch.collect(watch.collectors)
        assert watch.error is not None
        assert "Connection refused" in watch.error
        assert all(o.reason for o in watch.outcomes().rows)
        server.launch()
        answers(watch)
        assert watch.error is None


def answers(watch: Watch) -> None:
    """Ask again until the backoff is over and the server answers."""

    def answered() -> bool:
        watch.collect(watch.collectors)
        return watch.error is None

    until(answered)


@pytest.mark.parametrize("crash", [False, True], ids=["restart", "crash"])
def test_counters_survive(own_server: OwnServers, *, crash: bool) -> None:
    server = own_server()
    with psycopg.connect(server.dsn(), autocommit=True) as client:
        client.execute("CREATE EXTENSION pg_stat_statements")
    with watching(server.dsn()) as watch:
        watch.collect(watch.collectors)
        run(server, 5)
        watch.collect(watch.collectors)
        assert calls(watch) == 5
        (server.crash if crash else server.stop)()
        watch.collect(watch.collectors)
        assert watch.error is not None
        assert calls(watch) == 5
        server.launch()
        run(server, 7)
        answers(watch)
        assert calls(watch) == 12
        assert transactions(watch) >= 12


def run(server: PostgresServer, times: int) -> None:
    with psycopg.connect(server.dsn(), autocommit=True) as client:
        for _ in range(times):
            client.execute("SELECT 'something', 1 AS counted_by_the_test")


def calls(watch: Watch) -> int:
    counted = watch.answers.activity(Statement, since_reset=False)
    assert counted is not None
    return sum(s.calls for s in counted.rows if "counted_by_the_test" in s.query)


def transactions(watch: Watch) -> int:
    counted = watch.answers.activity(DatabaseRow, since_reset=False)
    assert counted is not None
    assert all(d.commits >= 0 for d in counted.rows)
    return int(sum(d.commits for d in counted.rows))


@pytest.mark.newest
def test_statistics_reset_by_somebody_else(database: Database) -> None:
    with watching(database.dsn) as watch:
        client = database.connect()
        watch.collect(watch.collectors)
        for _ in range(9):
            client.execute("SELECT 1 AS counted_by_the_test")
        watch.collect(watch.collectors)
        client.execute("SELECT pg_stat_statements_reset(), pg_stat_reset()")
        for _ in range(4):
            client.execute("SELECT 1 AS counted_by_the_test")
        watch.collect(watch.collectors)
        assert calls(watch) == 13
        assert transactions(watch) >= 0


@pytest.mark.newest
def test_a_hanging_server_does_not_hold_up_closing(server: PostgresServer) -> None:
    with Proxy(server.port) as proxy, watching(proxy.dsn()) as watch:
        watch.collect(watch.collectors)
        proxy.stall()
        asking = threading.Thread(target=watch.collect, args=(watch.collectors,))
        asking.start()
        began = time.monotonic()
        watch.close()
        asking.join(2)
        assert not asking.is_alive()
        assert time.monotonic() - began < 2


@pytest.mark.newest
def test_a_hanging_server_is_given_up_in_time(server: PostgresServer) -> None:
    """The backend stands still, so no timeout of the server's own can fire."""
    with watching(server.dsn()) as watch:
        watch.collect(watch.collectors)
        with psycopg.connect(server.dsn(), autocommit=True) as admin:
            row = admin.execute(
                "SELECT max(pid) FROM pg_stat_activity WHERE application_name = 'dbtriage'"
            ).fetchone()
        assert row is not None
        os.kill(row[0], signal.SIGSTOP)
        began = time.monotonic()
        try:
            watch.collect(watch.collectors)
        finally:
            os.kill(row[0], signal.SIGCONT)
        assert time.monotonic() - began < 10
        assert watch.error is not None
        assert all(o.reason for o in watch.outcomes().rows)
        answers(watch)


@pytest.mark.newest
def test_a_connection_that_is_cut_costs_one_round(server: PostgresServer) -> None:
    with Proxy(server.port) as proxy, watching(proxy.dsn()) as watch:
        watch.collect(watch.collectors)
        proxy.cut()
        watch.collect(watch.collectors)
        assert watch.error is not None
        answers(watch)


def test_a_replica(own_server: OwnServers) -> None:
    primary = own_server()
    with psycopg.connect(primary.dsn(), autocommit=True) as admin:
        admin.execute("CREATE EXTENSION pg_stat_statements; CREATE TABLE t (a int PRIMARY KEY)")
    replica = own_server.replica(primary)
    report = look(replica.dsn())
    assert report.server is not None
    assert report.server.is_replica
    assert (silent(report), failed(report)) == ([], [])


@pytest.mark.newest
def test_a_database_that_is_dropped_while_watched(server: PostgresServer) -> None:
    """Between two walks, and between the list of databases and the visit."""
    with fresh_database(server) as stays, watching(stays.dsn) as watch:
        client = stays.connect()
        client.execute("CREATE TABLE here ()")
        gone = [f"{stays.name}_{n}" for n in range(3)]
        for name in gone:
            client.execute(f"CREATE DATABASE {name}".encode())
            with psycopg.connect(server.dsn(name), autocommit=True) as there:
                there.execute("CREATE TABLE here ()")
        watch.walk(watch.collectors)
        assert databases(watch) >= {stays.name, *gone}
        client.execute(f"DROP DATABASE {gone[0]}".encode())

        def drop(done: int, _: int) -> None:
            if done == 0:
                client.execute(f"DROP DATABASE {gone[1]}".encode())

        watch.walk(watch.collectors, drop)
        assert databases(watch) & {stays.name, *gone} == {stays.name, gone[2]}
        outcome = watch.outcomes().get("postgres.tables")
        assert outcome is not None
        assert outcome.ended == "answered"
        assert f'database "{gone[1]}" does not exist' in outcome.reason
        watch.walk(watch.collectors)
        assert gone[1] not in str(watch.outcomes())
        client.execute(f"DROP DATABASE {gone[2]}".encode())


def databases(watch: Watch, row: type[PostgresTable | Extension] = PostgresTable) -> set[str]:
    answer = watch.answers.snapshot(row)
    assert answer is not None
    return {table.database for table in answer.rows}


@pytest.mark.newest
def test_a_hundred_databases(server: PostgresServer) -> None:
    with fresh_database(server, "pg_stat_statements") as home:
        admin = home.connect()
        names = [f"{home.name}_{n}" for n in range(100)]
        try:
            for name in names:
                admin.execute(f"CREATE DATABASE {name} STRATEGY file_copy".encode())
            with watching(home.dsn, exclude_databases=["template*"]) as watch:
                began = time.process_time()
                watch.walk(watch.collectors)
                assert len(databases(watch, Extension) & set(names)) == 100
                assert [o for o in watch.outcomes().rows if o.ended == "failed"] == []
                # Of our own; what the server takes depends on who else is on the machine.
                assert time.process_time() - began < 5
        finally:
            for name in names:
                admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())


@pytest.mark.newest
def test_a_lock_costs_one_answer(database: Database) -> None:
    client = database.connect()
    client.execute("BEGIN; LOCK TABLE pg_sequence")
    report = look(database.dsn, databases=[database.name])
    client.execute("ROLLBACK")
    assert reason(report, "postgres.sequences") == (
        f"failed: database {database.name}: out of time: canceling statement due to lock timeout"
    )
    assert [o.id for o in report.outcomes.rows if o.ended == "failed"] == ["postgres.sequences"]
    (outcome,) = [o for o in report.rule_outcomes if o.id == "sequence-exhaustion"]
    assert outcome.outcome == "not-evaluated"
    assert "lock timeout" in outcome.reason


def test_bytes_that_are_no_text(own_server: OwnServers) -> None:
    """On a server of its own: such a text hides all new ones, as long as it is remembered."""
    server = own_server()
    with fresh_database(server, "pg_stat_statements") as home:
        admin = home.connect()
        name = f"{home.name}_ascii"
        admin.execute(
            f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0".encode()
        )
        try:
            odd = psycopg.connect(server.dsn(name), autocommit=True, client_encoding="SQL_ASCII")
            with odd:
                odd.execute("CREATE EXTENSION pg_stat_statements")
                odd.execute(b'CREATE TABLE "caf\xe9" ("\xff" int PRIMARY KEY)')
                odd.execute(b"SELECT \"\xff\" FROM \"caf\xe9\" WHERE '\xe9' <> ''")
            for dsn in (home.dsn, server.dsn(name)):
                report = look(dsn, databases=[home.name, name])
                assert failed(report) == [], dsn
                assert all(shown_everywhere(report).values())
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.mark.newest
def test_a_statement_of_a_megabyte(database: Database) -> None:
    client = database.connect()
    text = "SELECT 1 AS long_one" + "".join(f", {n} AS column_{n}" for n in range(1600))
    client.execute((text + f" /* {'x' * 1_000_000} */").encode())
    client.execute(f"SELECT '{'secret ' * 150_000}' AS long_literal".encode())
    report = look(database.dsn, databases=[database.name])
    assert failed(report) == []
    for name, shown in shown_everywhere(report).items():
        assert "secret secret" not in shown, name
        assert len(shown) < 3_000_000, name


@pytest.mark.newest
@pytest.mark.parametrize(
    "name",
    ['quo"te', "it's", "line\nbreak", "🐘 élan", SCRIPT, ESCAPE, "back\\slash", "a|b`c", "%s {0}"],
)
def test_names_that_break_exporters(database: Database, name: str) -> None:
    client = database.connect()
    quoted = '"' + name.replace('"', '""') + '"'
    for statement in (
        "CREATE SCHEMA {0}",
        "CREATE TABLE {0}.{0} (id int, {0} int)",
        "INSERT INTO {0}.{0} SELECT g, g FROM generate_series(1, 2000) g",
        "CREATE INDEX ON {0}.{0} ({0})",
        "CREATE INDEX ON {0}.{0} ({0})",
        "ANALYZE {0}.{0}",
        "SELECT {0} FROM {0}.{0} WHERE id = 7",
    ):
        client.execute(statement.format(quoted).encode())
    report = look(database.dsn, databases=[database.name])
    assert failed(report) == []
    assert found(report, "duplicate-index")
    shown = shown_everywhere(report)
    assert json.loads(shown["json"])["targets"][0]["recommendations"]
    assert SCRIPT not in shown["html"]
    for exporter, text in shown.items():
        assert ESCAPE[0] not in text, exporter
        assert ESCAPE[-1] not in text, exporter


@pytest.mark.newest
def test_hostile_statements_do_nothing(database: Database) -> None:
    """In statistics, and in a session that is blocked right now."""
    with sessions(database.dsn) as live:
        live.do("CREATE TABLE t (a int)")
        hostile = '/* {0} */ SELECT a AS "{0}" FROM t'.format(f"{SCRIPT} {ESCAPE}")
        live.do(hostile)
        live.idle("LOCK TABLE t")
        live.blocked(hostile)
        report = look(database.dsn, databases=[database.name])
    assert report.blocking
    shown = shown_everywhere(report)
    assert SCRIPT not in shown["html"]
    assert all(ESCAPE[0] not in text and ESCAPE[-1] not in text for text in shown.values())


def test_one_bad_target_does_not_stop_another(own_server: OwnServers) -> None:
    server = own_server()
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute("CREATE EXTENSION pg_stat_statements")
    with Proxy(server.port) as proxy, watching(server.dsn()) as well:
        proxy.stall()
        with watching(proxy.dsn()) as ill:
            asking = threading.Thread(target=ill.collect, args=(ill.collectors,))
            asking.start()
            began = time.monotonic()
            report = check(well, Look(0.2), Tuning(), lambda _: None)
            assert time.monotonic() - began < 5
            assert report.reachable
            proxy.flow()
            asking.join(10)
