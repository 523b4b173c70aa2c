"""A real PostgreSQL that poses as an instance of RDS; its AWS side is our own fake on loopback."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from agent.demo.server import free_port
from tests.aws.insights import Database as Seen
from tests.aws.insights import Sql
from tests.aws.service import Fault, serving
from tests.aws.shapes import db_instance
from tests.aws.world import World
from tests.live.database import Database
from tests.live.own_servers import OwnServers
from tests.live.rules.background import until
from tests.live.running import Running, target
from tests.live.test_cli import HBA, dbtriage

pytestmark = pytest.mark.newest

RESOURCE = "db-ORDERS1"
IO, CPU = ("IO", "DataFileRead"), ("CPU", "CPU")
LONG = " OR ".join(f"id = {number} AND note <> 'secret-{number}'" for number in range(40))


@pytest.fixture
def world() -> Iterator[World]:
    """Statements as Performance Insights shows them: its own placeholders, cut at 500 bytes."""
    seen = Seen(
        [
            Sql("T1", "SELECT sum(id) FROM t WHERE note <> ?", "-1", {IO: 1.5, CPU: 0.5}),
            Sql("T2", f"SELECT count(*) FROM t WHERE {LONG}", "-2", {CPU: 0.4}),
            Sql("T3", "VACUUM somewhere_else", "-3", {IO: 0.1}),
        ]
    )
    made = World([db_instance("orders-1", MultiAZ=False)], databases={RESOURCE: seen})
    with serving(made):
        yield made


def environment(world: World) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": world.url,
        "AWS_ACCESS_KEY_ID": "AKIAFAKE",
        "AWS_SECRET_ACCESS_KEY": "not-a-secret",
    }


def checked(file: Path, world: World, *options: str) -> dict[str, Any]:
    done = dbtriage("check", "-c", file, "--format", "json", *options, **environment(world))
    assert done.returncode == 0, done.stderr
    (found,) = json.loads(done.stdout)["targets"]
    assert "secret-" not in done.stdout + done.stderr
    made: dict[str, Any] = found
    return made


@pytest.fixture
def both(tmp_path: Path, own_server: OwnServers) -> Path:
    """A connection and an instance; no other statement takes more time there."""
    dsn = own_server().dsn()
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION pg_stat_statements")
        connection.execute("CREATE TABLE t AS SELECT id, 'n' AS note FROM generate_series(1, 9) id")
        for _ in range(5):
            connection.execute("SELECT sum(id) FROM t WHERE note <> %s", ["secret-a"])
            connection.execute(f"SELECT count(*) FROM t WHERE {LONG}".encode())
    file = tmp_path / "config.toml"
    file.write_text(
        f'[[targets]]\nname = "orders"\ndsn = "{dsn}"\n'
        '[targets.aws]\ninstance = "orders-1"\nregion = "eu-west-1"\n'
    )
    return file


@pytest.fixture
def only_aws(tmp_path: Path) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(
        '[[targets]]\nname = "orders"\n[targets.aws]\ninstance = "orders-1"\nregion = "eu-west-1"\n'
    )
    return file


def outcomes(report: dict[str, Any], of: str = "rds.") -> dict[str, tuple[str, str]]:
    rows = report["outcomes"]["collectors"]
    return {o["id"]: (o["outcome"], o["reason"]) for o in rows if o["id"].startswith(of)}


def test_statements_are_joined_by_their_digest(both: Path, world: World) -> None:
    report = checked(both, world)
    assert (report["engine"], report["platform"]) == ("postgres", "rds")
    seen = {s["query"].split(" WHERE")[0]: s["insights"] for s in report["statements"]}
    assert seen["SELECT sum(id) FROM t"]["sessions"] == pytest.approx(2.0)
    assert seen["SELECT sum(id) FROM t"]["waits"][0] == ["IO", "DataFileRead", pytest.approx(1.5)]
    assert seen["SELECT count(*) FROM t"]["sessions"] == pytest.approx(0.4), "one that was cut"
    joined = report["insights"]
    assert (joined["statements"], joined["matched"]) == (3, 2)
    assert joined["load_ratio"] == pytest.approx(2.4 / 2.5)


def test_the_text_says_what_was_joined(both: Path, world: World) -> None:
    done = dbtriage("check", "-c", both, **environment(world))
    text = " ".join(done.stdout.split())
    assert "2 of 3 statements that Performance Insights saw in 1 h, 96 % of its load," in text
    assert "2 sessions in Performance Insights: IO DataFileRead 75 %, CPU 25 %" in text
    assert "single-az" in text


def test_only_aws_is_asked(only_aws: Path, world: World) -> None:
    report = checked(only_aws, world)
    assert (report["engine"], report["version"]) == ("rds", "PostgreSQL 16.3")
    assert report["load"]["average_active_sessions"] == pytest.approx(2.5)
    assert report["statements"][0]["query"] == "SELECT sum(id) FROM t WHERE note <> ?"
    assert report["statements"][0]["exec_seconds"] == pytest.approx(2.0 * 3600, rel=0.1)
    found = {r["rule"]: r for r in report["recommendations"]}
    assert found["single-az"]["subject"] == {
        "kind": "instance", "name": "orders-1", "database": ""
    }  # fmt: skip
    assert found["dominant-statement"]["subject"]["kind"] == "statement"
    failed = {id: why for id, (how, why) in outcomes(report).items() if how == "failed"}
    assert failed == {}
    assert sum(world.asked.values()) < 40, world.asked


def test_the_sql_side_goes_on_without_aws(both: Path, world: World) -> None:
    world.faults["rds:describe_db_instances"] = [Fault("ExpiredToken", "", 403)] * 9
    report = checked(both, world)
    assert report["reachable"]
    assert {o for o, _ in outcomes(report, "postgres.").values()} <= {"answered", "skipped"}
    assert {why for _, why in outcomes(report).values()} == {
        "rds:DescribeDBInstances: the AWS credentials have expired; renew them"
    }


def test_one_action_that_is_denied_costs_one_answer(only_aws: Path, world: World) -> None:
    world.faults["cloudwatch:get_metric_data"] = [Fault("AccessDenied", "", 403)] * 9
    found = outcomes(checked(only_aws, world))
    how, why = found["rds.cloudwatch"]
    assert how == "skipped"
    assert "needs the IAM action cloudwatch:GetMetricData" in why
    assert found["rds.top_sql"][0] == "answered"


def test_insights_off_is_a_skip_with_words(only_aws: Path, world: World) -> None:
    world.instances = [db_instance("orders-1", PerformanceInsightsEnabled=False)]
    found = outcomes(checked(only_aws, world))
    assert found["rds.top_sql"][0] == "skipped"
    assert "--enable-performance-insights" in found["rds.top_sql"][1]
    assert world.asked["pi:describe_dimension_keys"] == 0


def test_an_instance_that_is_not_there(only_aws: Path, world: World) -> None:
    world.instances = []
    done = dbtriage("check", "-c", only_aws, **environment(world))
    assert done.returncode == 3
    assert "there is no instance orders-1 in eu-west-1" in done.stderr


@pytest.fixture
def down(tmp_path: Path) -> Path:
    """An instance of AWS whose server nobody can connect to."""
    file = tmp_path / "config.toml"
    file.write_text(
        f'[[targets]]\nname = "orders"\ndsn = "postgresql://app@127.0.0.1:{free_port()}/orders"\n'
        '[targets.aws]\ninstance = "orders-1"\nregion = "eu-west-1"\n'
    )
    return file


def test_a_server_that_is_down_is_judged_by_aws(down: Path, world: World) -> None:
    report = checked(down, world)
    assert not report["reachable"]
    assert "refused" in report["error"]
    assert {how for how, _ in outcomes(report, "postgres.").values()} <= {"failed", "skipped"}
    assert "failed" not in {how for how, _ in outcomes(report).values()}
    assert {r["rule"] for r in report["recommendations"]} >= {"single-az"}
    assert report["load"]["average_active_sessions"] == pytest.approx(2.5)
    assert report["window_seconds"] == pytest.approx(3600)
    assert report["insights"] is None, "there is nothing to join with"
    rules = {r["id"]: (r["outcome"], r["reason"]) for r in report["outcomes"]["rules"]}
    assert rules["missing-privileges"] == ("not-evaluated", "the target cannot be reached")
    assert rules["single-az"][0] == "evaluated"


def test_the_text_of_a_server_that_is_down(down: Path, world: World) -> None:
    done = dbtriage("check", "-c", down, **environment(world))
    assert done.returncode == 0
    assert "refused" in done.stderr
    assert done.stderr.endswith("; only AWS answers\n")
    text = " ".join(done.stdout.split())
    assert re.search(r"; by AWS: \d+ high, .* findings Amazon RDS", text)
    assert "before that" not in text
    assert "Amazon RDS PostgreSQL 16.3, primary; since" in text
    done = dbtriage("check", "-c", down, "--fail-on", "info", **environment(world))
    assert done.returncode == 1


def test_a_server_that_is_down_and_aws_too(down: Path, world: World) -> None:
    world.faults["rds:describe_db_instances"] = [Fault("ExpiredToken", "", 403)] * 9
    done = dbtriage("check", "-c", down, **environment(world))
    assert done.returncode == 3
    assert "refused" in done.stderr
    assert "by AWS" not in done.stdout


def test_doctor_shows_aws_where_the_server_is_down(down: Path, world: World) -> None:
    world.faults["cloudwatch:get_metric_data"] = [Fault("AccessDenied", "", 403)] * 9
    done = dbtriage("doctor", "-c", down, **environment(world))
    assert done.returncode == 3
    assert "cannot be reached: " in done.stdout
    assert "AWS is asked about orders-1 in eu-west-1\n" in done.stdout
    assert "collectors of AWS answer" in done.stdout
    assert "skipped   rds.cloudwatch: needs the IAM action cloudwatch:GetMetricData" in done.stdout
    assert "postgres." not in done.stdout


def test_doctor_where_nothing_answers(down: Path, world: World) -> None:
    world.faults["rds:describe_db_instances"] = [Fault("ExpiredToken", "", 403)] * 9
    done = dbtriage("doctor", "-c", down, **environment(world))
    assert done.returncode == 3
    assert "refused" in done.stdout
    assert "it does not answer: " in done.stdout
    assert "credentials have expired" in done.stdout
    assert "collectors" not in done.stdout


def test_a_secret_that_was_rotated(world: World, own_server: OwnServers, tmp_path: Path) -> None:
    server = own_server()
    (server.data / "pg_hba.conf").write_text(HBA)
    file = tmp_path / "config.toml"
    file.write_text(
        f'[[targets]]\nname = "orders"\nhost = "127.0.0.1"\nport = {server.port}\nuser = "app"\n'
        'password_secret = "db/orders"\n'
        '[targets.aws]\ninstance = "orders-1"\nregion = "eu-west-1"\n'
    )
    secret: dict[str, str] = {"SecretString": '{"password": "secret-first"}'}
    world.handlers["secretsmanager:get_secret_value"] = lambda _: secret
    with psycopg.connect(server.dsn(), autocommit=True) as admin:
        admin.execute("CREATE ROLE app LOGIN PASSWORD 'secret-first'")
        server.run("pg_ctl", "reload", "-D", str(server.data))
        assert checked(file, world)["error"] is None
        admin.execute("ALTER ROLE app PASSWORD 'secret-second'")
    done = dbtriage("check", "-c", file, **environment(world))
    assert done.returncode == 0, "AWS tells of it"
    assert "password authentication failed" in done.stderr
    assert "secret-" not in done.stdout + done.stderr
    secret["SecretString"] = '{"password": "secret-second"}'
    assert checked(file, world)["error"] is None


def test_the_daemon_follows_what_comes_and_goes(
    world: World, daemon: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment(world).items():
        monkeypatch.setenv(name, value)
    daemon.configure()
    daemon.file.write_text(
        f'{daemon.file.read_text()}[aws]\ndiscover_every = "500ms"\n'
        '[[discover.rds]]\nregion = "eu-west-1"\nnames = ["*"]\n'
    )
    daemon.start()
    assert daemon.targets() == {"orders-1": True}
    (up,) = daemon.metrics("dbtriage_up")
    assert (up.labels["engine"], up.value) == ("rds", 1)
    asked = {s.labels["operation"]: s.value for s in daemon.metrics("dbtriage_aws_api_calls_total")}
    assert asked["DescribeDBInstances"] >= 1
    assert {s.labels["digest"] for s in daemon.metrics("dbtriage_top_sql_load_seconds_total")}
    (cpu,) = daemon.metrics("dbtriage_cloudwatch_cpu_ratio")
    assert cpu.value == pytest.approx(0.2)
    world.instances = [db_instance("stock-1", DbiResourceId=RESOURCE)]
    until(lambda: daemon.targets() == {"stock-1": True})
    assert daemon.stop() < 5


def test_the_daemon_ends_at_once_while_aws_hangs(
    daemon: Running, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes requests and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAFAKE")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-secret")
        own = target("orders", database.dsn, database.name)
        daemon.configure(f'{own}\n[targets.aws]\ninstance = "orders-1"\nregion = "eu-west-1"')
        daemon.start()
        assert daemon.targets() == {"orders": True}
        assert daemon.stop() < 5
