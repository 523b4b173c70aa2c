"""Tables in trouble, on real servers."""

from __future__ import annotations

import pytest

from rules.base import Severity
from tests.live.mysql.opened import query, tell
from tests.live.mysql.rules.test_indexes import found, say
from tests.live.mysql.rules.told import follow, undo
from tests.live.mysql_database import MysqlDatabase
from tests.live.own_mysql_servers import OwnMysqlServers
from tests.live.rules.background import until
from tests.live.rules.told import of
from tests.live.triage import look

MEGABYTE = 2**20
_TWO = "SELECT 0 n UNION ALL SELECT 1"
_NUMBERS = " CROSS JOIN ".join(f"({_TWO}) t{n}" for n in range(11))
NUMBER = " + ".join(f"t{n}.n * {2**n}" for n in range(11))
ROWS = f"SELECT {NUMBER} FROM {_NUMBERS}"


def test_no_primary_key(mysql_database: MysqlDatabase) -> None:
    say(
        mysql_database,
        "CREATE TABLE changed (a INT)",
        "CREATE TABLE appended (a INT)",
        "CREATE TABLE numbered (id INT AUTO_INCREMENT, a INT, INDEX (id))",
        "CREATE TABLE keyed (a INT PRIMARY KEY)",
        "CREATE TABLE unique_key (a INT NOT NULL UNIQUE)",
        "CREATE TABLE few (a INT)",
        *(
            f"INSERT INTO {name} (a) {ROWS}"
            for name in ("changed", "appended", "numbered", "keyed", "unique_key")
        ),
        "UPDATE changed SET a = 0 WHERE a = 1",
        "ANALYZE TABLE changed, appended, numbered, keyed, unique_key",
    )
    findings = found(mysql_database, "no-primary-key")
    assert {n: f.severity for n, f in findings.items()} == {
        "changed": None,
        "appended": Severity.LOW,
        "numbered": Severity.LOW,
    }
    follow(mysql_database.server, findings.values())
    assert found(mysql_database, "no-primary-key") == {}
    say(mysql_database, "INSERT INTO appended VALUES (1)")  # the new column is not seen
    undo(mysql_database.server, findings.values())
    assert set(found(mysql_database, "no-primary-key")) == set(findings)


@pytest.mark.parametrize("engine", ["mysql97", "maria118"])
def test_no_primary_key_where_changes_are_logged(
    own_mysql_server: OwnMysqlServers, engine: str
) -> None:
    """The numbers that rows get must be the same on a replica."""
    primary = own_mysql_server(engine)
    replica = own_mysql_server.replica(primary)
    tell(
        primary,
        "CREATE DATABASE shop",
        "CREATE TABLE shop.t (a INT)",
        f"INSERT INTO shop.t {ROWS}",
        "UPDATE shop.t SET a = -1 WHERE a = 0",
        "ANALYZE TABLE shop.t",
    )
    arrived = "SELECT COUNT(*) FROM information_schema.tables WHERE table_name = 't_old'"
    (finding,) = of(look(primary.dsn()), "no-primary-key").values()
    assert "LIKE" in finding.remedy.statements[0]
    follow(primary, [finding])
    assert of(look(primary.dsn()), "no-primary-key").keys() == {"shop.t_old"}
    until(lambda: query(replica, arrived) == "1")
    sums = "SELECT SUM(row_id * (a + 2)) FROM shop.t"
    assert query(replica, sums) == query(primary, sums) != ""


def test_auto_increment_exhaustion(mysql_database: MysqlDatabase) -> None:
    say(
        mysql_database,
        "CREATE TABLE orders (id INT PRIMARY KEY AUTO_INCREMENT) AUTO_INCREMENT = 2147483000",
        "CREATE TABLE tiny (id TINYINT PRIMARY KEY AUTO_INCREMENT) AUTO_INCREMENT = 110",
        "CREATE TABLE parents (id SMALLINT UNSIGNED PRIMARY KEY AUTO_INCREMENT) "
        "AUTO_INCREMENT = 50000",
        "CREATE TABLE children (parent SMALLINT UNSIGNED, "
        "CONSTRAINT of_parent FOREIGN KEY (parent) REFERENCES parents (id))",
        "CREATE TABLE notes (id BIGINT PRIMARY KEY AUTO_INCREMENT) AUTO_INCREMENT = 2147483000",
        "CREATE TABLE fresh (id TINYINT PRIMARY KEY AUTO_INCREMENT)",
        *(f"INSERT INTO {name} VALUES ()" for name in ("orders", "tiny", "parents", "notes")),
    )
    findings = found(mysql_database, "auto-increment-exhaustion")
    assert {n: f.severity for n, f in findings.items()} == {
        "orders.id": Severity.CRITICAL,
        "tiny.id": Severity.HIGH,
        "parents.id": Severity.MEDIUM,
    }
    assert f"{mysql_database.name}.children (parent)" in findings["parents.id"].remedy.text
    follow(mysql_database.server, findings.values())
    assert found(mysql_database, "auto-increment-exhaustion") == {}
    say(mysql_database, "INSERT INTO tiny VALUES (127), (NULL)")


def test_myisam_table(mysql_database: MysqlDatabase) -> None:
    maria = mysql_database.server.product == "MariaDB"
    say(
        mysql_database,
        "CREATE TABLE old (id INT PRIMARY KEY, note TEXT, FULLTEXT INDEX (note)) ENGINE=MyISAM",
        "CREATE TABLE modern (id INT PRIMARY KEY)",
        "CREATE TABLE scratch (id INT PRIMARY KEY) ENGINE=MEMORY",
        *(["CREATE TABLE half (id INT PRIMARY KEY) ENGINE=Aria"] if maria else []),
    )
    findings = found(mysql_database, "myisam-table")
    assert set(findings) == ({"old", "half"} if maria else {"old"})
    follow(mysql_database.server, findings.values())
    assert found(mysql_database, "myisam-table") == {}
    undo(mysql_database.server, findings.values())
    assert set(found(mysql_database, "myisam-table")) == set(findings)


def test_fragmented_table(mysql_database: MysqlDatabase) -> None:
    say(
        mysql_database,
        *(
            f"CREATE TABLE {name} (id INT PRIMARY KEY, note VARCHAR(8000))"
            for name in ("emptied", "full_one")
        ),
        *(
            f"INSERT INTO {name} SELECT {NUMBER}, REPEAT('x', 7000) FROM {_NUMBERS}"
            for name in ("emptied", "full_one")
        ),
        "DELETE FROM emptied WHERE id > 100",
    )
    cursor = mysql_database.connect().cursor()
    if mysql_database.server.product == "MySQL":
        cursor.execute("SET SESSION information_schema_stats_expiry = 0")

    def emptied() -> bool:
        """The purge works by itself."""
        cursor.execute(
            "SELECT data_free FROM information_schema.tables "
            "WHERE table_schema = DATABASE() AND table_name = 'emptied'"
        )
        return bool(cursor.fetchall()[0][0] >= 10 * MEGABYTE)

    until(emptied)
    say(mysql_database, "ANALYZE TABLE emptied, full_one")
    limits = {"minimum_bytes": 10 * MEGABYTE}
    findings = found(mysql_database, "fragmented-table", limits)
    assert list(findings) == ["emptied"]
    follow(mysql_database.server, findings.values())
    assert found(mysql_database, "fragmented-table", limits) == {}
