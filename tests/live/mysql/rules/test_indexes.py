"""Indexes that cost more than they give, on real servers."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from exporters.report import TargetReport
from rules.base import Finding
from tests.live.mysql.opened import query, tell
from tests.live.mysql.rules.told import follow, follow_later, undo
from tests.live.mysql_database import MysqlDatabase
from tests.live.rules.told import of
from tests.live.triage import look

MEGABYTE = 2**20
_DIGITS = "SELECT 0 n UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4"
_NUMBERS = " CROSS JOIN ".join(f"({_DIGITS}) t{n}" for n in range(7))
# From 0 to 78,124.
NUMBER = " + ".join(f"t{n}.n * {5**n}" for n in range(7))
MANY = (
    "CREATE TABLE parents (id INT PRIMARY KEY)",
    "INSERT INTO parents VALUES (0), (1)",
    "CREATE TABLE items (id INT PRIMARY KEY, owner INT, parent INT, state TINYINT, "
    "note VARCHAR(60))",
    f"INSERT INTO items SELECT {NUMBER}, ({NUMBER}) % 20000, ({NUMBER}) % 2, ({NUMBER}) % 2, "
    f"CONCAT('the note of an item ', {NUMBER}) FROM {_NUMBERS}",
)


def say(database: MysqlDatabase, *statements: str) -> None:
    tell(database.server, f"USE {database.name}", *statements)


def found(
    database: MysqlDatabase,
    rule_id: str,
    limits: Mapping[str, float] | None = None,
    report: TargetReport | None = None,
) -> dict[str, Finding]:
    """By the name without its database."""
    told = report or look(database.dsn, limits={rule_id: limits or {}})
    mine = of(told, rule_id, database.name)
    return {name.removeprefix(f"{database.name}."): f for name, f in mine.items()}


def indexes_of(database: MysqlDatabase, table: str) -> set[str]:
    listed = query(
        database.server,
        "SELECT GROUP_CONCAT(DISTINCT index_name) FROM information_schema.statistics "
        f"WHERE table_schema = '{database.name}' AND table_name = '{table}'",
    )
    return set(listed.split(","))


def watched_days(database: MysqlDatabase) -> float:
    """Nearly as long as the server has counted."""
    seconds = query(
        database.server,
        "SELECT variable_value FROM performance_schema.global_status "
        "WHERE variable_name = 'uptime'",
    )
    return (int(seconds) - 1) * 0.9 / 86400


def test_unused_index_is_hidden_then_dropped(mysql_database: MysqlDatabase) -> None:
    say(
        mysql_database,
        *MANY,
        "CREATE TABLE numbered (a VARCHAR(60) PRIMARY KEY, id INT AUTO_INCREMENT, INDEX (id))",
        "INSERT INTO numbered (a) SELECT note FROM items",
        "ALTER TABLE items ADD INDEX idle (note), ADD INDEX busy (owner, state), "
        "ADD INDEX of_parent (parent), ADD UNIQUE INDEX once (note, id), "
        "ADD FOREIGN KEY (parent) REFERENCES parents (id)",
        "ALTER TABLE items ADD FULLTEXT INDEX words (note)",
        "ANALYZE TABLE items, numbered",
        "SELECT note FROM items WHERE owner = 5",
    )
    limits = {"minimum_days": watched_days(mysql_database), "minimum_bytes": MEGABYTE}
    findings = found(mysql_database, "unused-index", limits)
    assert list(findings) == ["items.idle"]
    assert found(mysql_database, "unused-index", {**limits, "minimum_days": 1e3}) == {}
    assert found(mysql_database, "invisible-index-left") == {}

    follow(mysql_database.server, findings.values())
    assert found(mysql_database, "unused-index", limits) == {}
    hidden = found(mysql_database, "invisible-index-left")
    assert list(hidden) == ["items.idle"]

    back, again = findings["items.idle"].remedy.rollback.split(" -- after the drop: ")
    tell(mysql_database.server, back)
    assert found(mysql_database, "invisible-index-left") == {}
    assert list(found(mysql_database, "unused-index", limits)) == ["items.idle"]

    follow(mysql_database.server, findings.values())
    follow_later(mysql_database.server, findings.values())
    assert "idle" not in indexes_of(mysql_database, "items")
    tell(mysql_database.server, again)
    assert "idle" in indexes_of(mysql_database, "items")


def test_invisible_index_left_is_dropped(mysql_database: MysqlDatabase) -> None:
    hidden = "INVISIBLE" if mysql_database.server.product == "MySQL" else "IGNORED"
    say(
        mysql_database,
        "CREATE TABLE parents (id INT PRIMARY KEY)",
        f"CREATE TABLE n (id INT AUTO_INCREMENT, a INT PRIMARY KEY, INDEX number (id) {hidden})",
        "INSERT INTO n (a) VALUES (1)",
        "CREATE TABLE t (a INT, b INT, c INT, FOREIGN KEY of_parent (c) REFERENCES parents (id), "
        f"INDEX seen (b), INDEX hidden (a) {hidden}, UNIQUE INDEX once (a, b) {hidden}, "
        f"INDEX for_key (c) {hidden})",
    )
    findings = found(mysql_database, "invisible-index-left")
    assert list(findings) == ["t.hidden"]
    follow(mysql_database.server, findings.values())
    assert found(mysql_database, "invisible-index-left") == {}
    undo(mysql_database.server, findings.values())
    assert "hidden" in indexes_of(mysql_database, "t")


def test_duplicate_and_redundant_index(mysql_database: MysqlDatabase) -> None:
    say(
        mysql_database,
        "CREATE TABLE t (id INT PRIMARY KEY, a INT, b INT, c VARCHAR(40), d INT, e INT, "
        "INDEX one (a), INDEX two (a), "
        "INDEX narrow (b), INDEX wide (b, a), "
        "INDEX `down` (d DESC), INDEX up (d), "
        "UNIQUE INDEX single (e), INDEX with_key (e, id), "
        "FULLTEXT INDEX words (c), FULLTEXT INDEX same_words (c))",
    )
    report = look(mysql_database.dsn)
    duplicates = found(mysql_database, "duplicate-index", report=report)
    redundant = found(mysql_database, "redundant-index", report=report)
    assert set(duplicates) == {"t.two"}
    assert set(redundant) == {"t.narrow", "t.with_key"}
    follow(mysql_database.server, duplicates.values())
    assert found(mysql_database, "duplicate-index") == {}
    follow(mysql_database.server, redundant.values())
    follow_later(mysql_database.server, redundant.values())
    assert found(mysql_database, "redundant-index") == {}
    undo(mysql_database.server, duplicates.values())
    assert set(found(mysql_database, "duplicate-index")) == {"t.two"}


def test_a_prefix_index_never_outlives_the_full_one(mysql_database: MysqlDatabase) -> None:
    """What sys.schema_redundant_indexes gets wrong."""
    say(
        mysql_database,
        "CREATE TABLE t (id INT PRIMARY KEY, c VARCHAR(40), d INT, "
        "INDEX a_prefix (c(5)), INDEX b_full (c))",
        "CREATE TABLE u (id INT PRIMARY KEY, c VARCHAR(40), d INT, "
        "INDEX full_name (c), INDEX wide_prefix (c(5), d))",
    )
    wrong = query(
        mysql_database.server,
        "SELECT GROUP_CONCAT(redundant_index_name) FROM sys.schema_redundant_indexes "
        f"WHERE table_schema = '{mysql_database.name}'",
    )
    assert "full" in wrong
    assert found(mysql_database, "duplicate-index") == {}
    redundant = found(mysql_database, "redundant-index")
    assert list(redundant) == ["t.a_prefix"]
    follow(mysql_database.server, redundant.values())
    follow_later(mysql_database.server, redundant.values())
    assert indexes_of(mysql_database, "t") == {"PRIMARY", "b_full"}
    assert found(mysql_database, "redundant-index") == {}


def test_low_selectivity_index(mysql_database: MysqlDatabase) -> None:
    say(
        mysql_database,
        *MANY,
        "ALTER TABLE items ADD INDEX by_state (state), ADD INDEX by_owner (owner), "
        "ADD INDEX of_parent (parent), ADD FOREIGN KEY (parent) REFERENCES parents (id)",
        "ANALYZE TABLE items",
    )
    limits = {"minimum_days": 0, "minimum_bytes": MEGABYTE / 2}
    findings = found(mysql_database, "low-selectivity-index", limits)
    assert list(findings) == ["items.by_state"]
    assert found(mysql_database, "low-selectivity-index", {"minimum_bytes": 1}) == {}
    say(mysql_database, "SELECT note FROM items FORCE INDEX (by_state) WHERE state = 1")
    assert found(mysql_database, "low-selectivity-index", limits) == {}


def test_low_selectivity_index_is_dropped(mysql_database: MysqlDatabase) -> None:
    say(
        mysql_database,
        *MANY,
        "ALTER TABLE items ADD INDEX by_state (state)",
        "ANALYZE TABLE items",
    )
    limits = {"minimum_days": 0, "minimum_bytes": MEGABYTE / 2}
    findings = found(mysql_database, "low-selectivity-index", limits)
    follow(mysql_database.server, findings.values())
    assert found(mysql_database, "low-selectivity-index", limits) == {}
    follow_later(mysql_database.server, findings.values())
    assert indexes_of(mysql_database, "items") == {"PRIMARY"}


def test_too_many_indexes(mysql_database: MysqlDatabase) -> None:
    indexes = ", ".join(f"INDEX i{n} (b, c{n})" for n in range(11))
    columns = ", ".join(f"c{n} INT" for n in range(11))
    say(
        mysql_database,
        f"CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, b INT, {columns}, {indexes})",
        f"CREATE TABLE few (id INT PRIMARY KEY AUTO_INCREMENT, b INT, {columns})",
    )

    def traffic() -> None:
        rows = ", ".join(["(1)"] * 2000)
        say(mysql_database, *[f"INSERT INTO {name} (b) VALUES {rows}" for name in ("t", "few")] * 5)

    report = look(mysql_database.dsn, during=traffic)
    findings = found(mysql_database, "too-many-indexes", report=report)
    assert list(findings) == ["t"]
    assert findings["t"].evidence["unscanned_indexes"] == 11
    follow(mysql_database.server, findings.values())


def test_oversized_primary_key(mysql_database: MysqlDatabase) -> None:
    say(
        mysql_database,
        *(
            f"CREATE TABLE {name} (uuid {key} NOT NULL PRIMARY KEY, a INT, b INT, c INT, "
            "INDEX (a), INDEX (b), INDEX (c))"
            for name, key in (
                ("texts", "CHAR(36) CHARACTER SET latin1"),
                ("bytes", "BINARY(16)"),
            )
        ),
        *(
            f"INSERT INTO {name} SELECT LPAD({NUMBER}, {width}, 'x'), 1, 2, 3 FROM {_NUMBERS}"
            for name, width in (("texts", 36), ("bytes", 16))
        ),
        "ANALYZE TABLE texts, bytes",
    )
    limits = {"minimum_bytes": MEGABYTE}
    findings = found(mysql_database, "oversized-primary-key", limits)
    assert list(findings) == ["texts"]
    evidence = findings["texts"].evidence
    assert (evidence["primary_key_bytes"], evidence["secondary_indexes"]) == (36, 3)
    # The tool is not here; what it is told to do is.
    (change,) = [
        word.removeprefix("--alter=")
        for word in shlex.split(findings["texts"].remedy.statements[0])
        if word.startswith("--alter=")
    ]
    say(mysql_database, f"ALTER TABLE texts {change}", "ANALYZE TABLE texts")
    assert found(mysql_database, "oversized-primary-key", limits) == {}
    assert indexes_of(mysql_database, "texts") >= {"PRIMARY", "former_key"}
