"""What `dbtriage grants postgres` prints is run for real, and is enough."""

from __future__ import annotations

import re

import psycopg
import pytest
from typer.testing import CliRunner

from agent.cli import app
from agent.demo.server import PostgresServer
from exporters.report import Report, TargetReport
from exporters.text import render
from tests.live import binaries
from tests.live.own_servers import OwnServers
from tests.live.triage import found, look

HBA = "host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
ROLE = "Watch dog"
PRIVILEGE = re.compile(r"GRANT|privilege|permission|member|may not|hidden", re.IGNORECASE)


def prepared(shop: PostgresServer, *arguments: str) -> str:
    """Run what is printed, as a superuser would; the DSN of the new role."""
    printed = CliRunner().invoke(app, ["grants", "postgres", "--role", ROLE, *arguments])
    assert printed.exit_code == 0
    with psycopg.connect(shop.dsn("shop"), autocommit=True) as admin:
        admin.execute(printed.stdout.encode())
        admin.execute(f"ALTER ROLE \"{ROLE}\" PASSWORD 'a phrase'".encode())
    (shop.data / "pg_hba.conf").write_text(HBA)
    shop.reload()
    return f"postgresql://{ROLE.replace(' ', '%20')}:a%20phrase@127.0.0.1:{shop.port}/shop"


@pytest.fixture
def shop(own_server: OwnServers, request: pytest.FixtureRequest) -> PostgresServer:
    """With tables, a sequence and statistics that another role owns."""
    major: int = getattr(request, "param", binaries.MAJORS[-1])
    server = own_server(major)
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute("CREATE DATABASE shop")
    with psycopg.connect(server.dsn("shop"), autocommit=True) as admin:
        admin.execute("CREATE SCHEMA private")
        admin.execute("CREATE TABLE private.orders (id serial PRIMARY KEY, customer int)")
        admin.execute(
            "INSERT INTO private.orders (customer) SELECT g FROM generate_series(1, 999) g"
        )
        admin.execute("CREATE INDEX ON private.orders (customer)")
        admin.execute("ANALYZE")
    return server


def lacking(report: TargetReport) -> list[str]:
    """Collectors and rules that say they lack a privilege."""
    said = [(o.id, o.reason) for o in report.outcomes.rows]
    said += [(o.id, o.reason) for o in report.rule_outcomes if o.outcome != "evaluated"]
    marked = [o.id for o in report.outcomes.rows if o.privilege]
    return marked + [f"{each}: {reason}" for each, reason in said if PRIVILEGE.search(reason)]


@pytest.mark.parametrize("shop", binaries.MAJORS, indirect=True, ids=lambda m: f"pg{m}")
def test_what_is_printed_is_enough(shop: PostgresServer) -> None:
    report = look(prepared(shop))
    assert report.server is not None
    assert report.server.user == ROLE
    assert "postgres" not in report.server.grants
    assert lacking(report) == []
    assert [o.id for o in report.outcomes.rows if o.ended == "failed"] == []
    assert [o.id for o in report.rule_outcomes if o.outcome == "failed"] == []
    assert not any(a.recommendation.rule.id == "missing-privileges" for a in report.advice)
    with psycopg.connect(shop.dsn(), autocommit=True) as admin:
        row = admin.execute(
            "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls OR rolreplication"
            " FROM pg_roles WHERE rolname = %s",
            [ROLE],
        ).fetchone()
    assert row == (False,)


def test_the_role_can_write_nothing(shop: PostgresServer) -> None:
    dsn = prepared(shop)
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in ("INSERT INTO private.orders VALUES (0)", "CREATE TABLE t ()"):
            with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
                connection.execute(statement.encode())
        connection.execute("SET default_transaction_read_only = off")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("INSERT INTO private.orders VALUES (0)")


def test_without_the_right_to_read_tables(shop: PostgresServer) -> None:
    report = look(prepared(shop, "--without-data"))
    assert report.reachable
    assert [o.id for o in report.outcomes.rows if o.ended == "failed"] == []
    said = {o.id: o.reason for o in report.outcomes.rows}
    assert PRIVILEGE.search(said["postgres.columns"])
    with (
        psycopg.connect(
            f"postgresql://Watch%20dog:a%20phrase@127.0.0.1:{shop.port}/shop"
        ) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("SELECT FROM private.orders")


def test_it_can_be_run_again_but_for_the_role(shop: PostgresServer) -> None:
    prepared(shop)
    printed = CliRunner().invoke(app, ["grants", "postgres", "--role", ROLE]).stdout
    rest = "\n".join(s for s in printed.splitlines() if not s.startswith("CREATE ROLE"))
    with psycopg.connect(shop.dsn("shop"), autocommit=True) as admin:
        admin.execute(rest.encode())


def test_a_database_that_may_not_be_connected_to(shop: PostgresServer) -> None:
    with psycopg.connect(shop.dsn(), autocommit=True) as admin:
        admin.execute('CREATE DATABASE "Closed"')
        admin.execute('REVOKE CONNECT ON DATABASE "Closed" FROM PUBLIC')
    report = look(prepared(shop))
    tables = report.outcomes.get("postgres.tables")
    assert tables is not None
    assert (tables.ended, tables.privilege) == ("answered", True)
    assert tables.reason.startswith("database Closed: needs the privilege CONNECT; ")
    (missing,) = found(report, "missing-privileges")
    grant = f'GRANT CONNECT ON DATABASE "Closed" TO "{ROLE}";'
    assert missing.finding.remedy.statements == (grant,)
    shown = render(Report(0.0, "since-reset", 60.0, (report,)))
    assert "database Closed: needs the privilege CONNECT" in " ".join(shown.split())


def test_a_listed_database_that_is_not_there(shop: PostgresServer) -> None:
    report = look(shop.dsn("shop"), databases=["shop", "shopp"])
    tables = report.outcomes.get("postgres.tables")
    assert tables is not None
    assert tables.reason == "database shopp: there is no such database"
