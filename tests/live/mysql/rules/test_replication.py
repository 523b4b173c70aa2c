"""Real replicas, broken and held back on purpose."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from collectors.mysql.replication import Channel, replication
from rules.base import Severity
from tests.live.mysql.opened import opened, query, tell
from tests.live.mysql.rules.told import follow
from tests.live.mysql_binaries import ENGINES
from tests.live.mysql_server import MysqlServer
from tests.live.own_mysql_servers import OwnMysqlServers
from tests.live.rules.background import until
from tests.live.triage import found, look

# Told of replicas whatever they lag; and a lag of a second is none by default.
EAGER = {"replication-lag": {"tolerated_seconds": 0.5}}
IDS = ("replication-broken", "replica-writable", "replication-lag", "skipped-replication-errors")


class Pair:
    def __init__(self, primary: MysqlServer, replica: MysqlServer) -> None:
        self.primary = primary
        self.replica = replica

    def until(self, true: Callable[[Channel], bool]) -> None:
        """Until it is true of the replica's only channel."""
        with opened(self.replica) as session:
            until(lambda: true(replication(session).rows[0]))

    def caught_up(self) -> None:
        rows = "SELECT COUNT(*) FROM copied.t"
        until(lambda: query(self.replica, rows) == query(self.primary, rows))
        self.until(lambda c: c.state == "streaming" and not c.replay_lag_seconds)

    def told(self, id: str) -> list[str]:
        return [r.finding.summary for r in found(look(self.replica.dsn()), id)]


@pytest.fixture(
    scope="module", params=[pytest.param(e, marks=pytest.mark.xdist_group(e)) for e in ENGINES]
)
def servers(request: pytest.FixtureRequest) -> Iterator[Pair]:
    with ExitStack() as ending:
        start = OwnMysqlServers(ending)
        primary = start(request.param)
        yield Pair(primary, start.replica(primary))


@pytest.fixture
def pair(servers: Pair) -> Pair:
    """A table of one row on both, the replica writable."""
    tell(
        servers.primary,
        "DROP DATABASE IF EXISTS copied",
        "CREATE DATABASE copied",
        "CREATE TABLE copied.t (id INT PRIMARY KEY, word VARCHAR(40))",
        "INSERT INTO copied.t VALUES (1, 'first')",
    )
    until(lambda: query(servers.replica, "SHOW DATABASES LIKE 'copied'") == "copied")
    until(lambda: query(servers.replica, "SHOW TABLES FROM copied") == "t")
    servers.caught_up()
    return servers


def test_a_duplicate_key_breaks_it(pair: Pair) -> None:
    assert pair.told("replication-broken") == []
    tell(pair.replica, "SET sql_log_bin = 0", "INSERT INTO copied.t VALUES (7, 'stray secret')")
    tell(pair.primary, "INSERT INTO copied.t VALUES (7, 'true secret')")
    pair.until(lambda c: c.state == "broken")
    report = look(pair.replica.dsn())
    (broken,) = found(report, "replication-broken")
    assert broken.severity is Severity.CRITICAL
    assert broken.finding.evidence["error_number"] == 1062
    assert "duplicate key" in broken.finding.summary
    assert "secret" not in str(broken)
    assert found(report, "replication-lag") == []
    tell(pair.replica, "SET sql_log_bin = 0", "DELETE FROM copied.t WHERE id = 7")
    follow(pair.replica, [broken.finding])
    pair.caught_up()
    assert pair.told("replication-broken") == []
    assert query(pair.replica, "SELECT word FROM copied.t WHERE id = 7") == "true secret"


def test_somebody_stopped_it(pair: Pair) -> None:
    tell(pair.replica, "STOP REPLICA SQL_THREAD")
    (stopped,) = found(look(pair.replica.dsn()), "replication-broken")
    assert stopped.severity is Severity.HIGH
    assert "thread that applies changes was stopped" in stopped.finding.summary
    follow(pair.replica, [stopped.finding])
    pair.caught_up()
    assert pair.told("replication-broken") == []


def test_anybody_can_write(pair: Pair) -> None:
    assert not found(look(pair.primary.dsn()), "replica-writable")
    (open_to_all,) = found(look(pair.replica.dsn()), "replica-writable")
    assert open_to_all.severity is Severity.MEDIUM
    follow(pair.replica, [open_to_all.finding])
    try:
        assert pair.told("replica-writable") == []
        pair.caught_up()
        tell(pair.replica, "SET GLOBAL read_only = ON")
    finally:
        back = open_to_all.finding.remedy.rollback.splitlines()
        tell(pair.replica, *(line for line in back if not line.startswith("--")))
    assert len(pair.told("replica-writable")) == 1


def test_only_root_can_write(pair: Pair) -> None:
    tell(pair.replica, "SET GLOBAL read_only = ON")
    try:
        found_now = found(look(pair.replica.dsn()), "replica-writable")
        low = [Severity.LOW] if pair.replica.product == "MySQL" else []
        assert [r.severity for r in found_now] == low
    finally:
        tell(pair.replica, "SET GLOBAL read_only = OFF")


def test_errors_that_are_not_told(pair: Pair) -> None:
    tell(pair.replica, "SET GLOBAL slave_exec_mode = IDEMPOTENT")
    (lenient,) = found(look(pair.replica.dsn()), "skipped-replication-errors")
    assert lenient.severity is Severity.HIGH
    follow(pair.replica, [lenient.finding])
    assert pair.told("skipped-replication-errors") == []


def test_a_delay_on_purpose_is_no_lag(pair: Pair) -> None:
    word = ("SOURCE", "REPLICATION SOURCE") if pair.replica.product == "MySQL" else ("MASTER",) * 2
    change = "CHANGE {1} TO {0}_DELAY = {2}"
    tell(pair.replica, "STOP REPLICA", change.format(*word, 3600), "START REPLICA")
    try:
        tell(pair.primary, "INSERT INTO copied.t VALUES (2, 'later')")
        pair.until(lambda c: (c.replay_lag_seconds or 0) >= 2)
        assert found(look(pair.replica.dsn(), limits=EAGER), "replication-lag") == []
    finally:
        tell(pair.replica, "STOP REPLICA", change.format(*word, 0), "START REPLICA")
    pair.caught_up()


def test_real_lag(pair: Pair) -> None:
    """A reader on the replica holds the row that is to be changed."""
    holder = pair.replica.connect(autocommit=False)
    with holder.cursor() as cursor:
        cursor.execute("SELECT * FROM copied.t WHERE id = 1 FOR UPDATE")
        tell(
            pair.primary,
            "UPDATE copied.t SET word = 'second' WHERE id = 1",
            "INSERT INTO copied.t VALUES (3, 'after')",
        )
        pair.until(lambda c: (c.replay_lag_seconds or 0) >= 2)
        (late,) = found(look(pair.replica.dsn(), limits=EAGER), "replication-lag")
        assert late.finding.evidence["delay_on_purpose_seconds"] == 0
        assert found(look(pair.replica.dsn()), "replication-lag") == []
        cursor.execute("ROLLBACK")
    pair.caught_up()
    follow(pair.replica, [late.finding])
    pair.caught_up()
    assert found(look(pair.replica.dsn(), limits=EAGER), "replication-lag") == []


def test_a_source_that_is_gone(pair: Pair) -> None:
    pair.primary.stop()
    try:
        pair.until(lambda c: c.state == "broken")
        (gone,) = found(look(pair.replica.dsn()), "replication-broken")
        assert gone.severity is Severity.HIGH
        assert "can't be reached" in gone.finding.remedy.text
    finally:
        pair.primary.launch()
    pair.caught_up()
    assert pair.told("replication-broken") == []


def test_a_healthy_pair_is_quiet(pair: Pair) -> None:
    tell(pair.replica, "SET GLOBAL read_only = ON")
    if pair.replica.product == "MySQL":
        tell(pair.replica, "SET GLOBAL super_read_only = ON")
    try:
        for server in (pair.primary, pair.replica):
            report = look(server.dsn())
            told = [a.recommendation for a in report.advice]
            assert [r.rule.id for r in told if r.rule.topic == "replication"] == []
    finally:
        if pair.replica.product == "MySQL":
            tell(pair.replica, "SET GLOBAL super_read_only = OFF")
        tell(pair.replica, "SET GLOBAL read_only = OFF")


@pytest.mark.parametrize(
    "engine", [pytest.param(e, marks=pytest.mark.xdist_group(e)) for e in ENGINES]
)
def test_nobody_acknowledges(own_mysql_server: OwnMysqlServers, engine: str) -> None:
    primary = own_mysql_server(engine)
    replica = own_mysql_server.replica(primary)
    mysql = primary.product == "MySQL"
    of_source, of_replica = ("source", "replica") if mysql else ("master", "slave")
    if mysql:
        for server, part in ((primary, of_source), (replica, of_replica)):
            tell(server, f"INSTALL PLUGIN rpl_semi_sync_{part} SONAME 'semisync_{part}.so'")
    assert found(look(primary.dsn()), "semi-sync-degraded") == []
    tell(
        primary,
        f"SET GLOBAL rpl_semi_sync_{of_source}_timeout = 20",
        f"SET GLOBAL rpl_semi_sync_{of_source}_enabled = ON",
        "CREATE DATABASE shop",
    )
    (alone,) = found(look(primary.dsn()), "semi-sync-degraded")
    assert "none acknowledged within 20 ms" in alone.finding.summary
    follow(primary, [alone.finding])
    tell(
        replica,
        "STOP REPLICA",
        f"SET GLOBAL rpl_semi_sync_{of_replica}_enabled = ON",
        "START REPLICA",
    )
    tell(primary, f"SET GLOBAL rpl_semi_sync_{of_source}_timeout = 10000")
    works = f"SHOW GLOBAL STATUS LIKE 'rpl_semi_sync_{of_source}_status'"
    with primary.session() as connection, connection.cursor() as cursor:

        def is_on() -> bool:
            cursor.execute("FLUSH BINARY LOGS")
            cursor.execute(works)
            return bool(cursor.fetchall()[0][1] == "ON")

        until(is_on)
    assert found(look(primary.dsn()), "semi-sync-degraded") == []
