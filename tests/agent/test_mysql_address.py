"""Where a MySQL target is, from a file or a URL."""

from __future__ import annotations

from typing import Any

import pytest

from agent.config import ConfigError, checked
from agent.config_target import Target
from agent.targets.addresses import address_of
from agent.targets.mysql_address import MysqlAddress, options_of
from agent.targets.mysql_connect import granted, version_of
from agent.watch import Watch

PLAIN = "from the environment"


def address(**given: Any) -> MysqlAddress:
    found = address_of(Target.model_validate({"name": "shop", **given}))
    assert isinstance(found, MysqlAddress)
    return found


@pytest.mark.parametrize(
    ("dsn", "wanted"),
    [
        ("mysql://h", {"engine": "mysql", "host": "h", "port": 3306}),
        (
            "mariadb://me:p%40ss@db:3307/shop",
            {"engine": "mariadb", "host": "db", "port": 3307, "user": "me", "password": "p@ss"},
        ),
        (
            "mysql://me@localhost/?socket=/run/my.sock",
            {"engine": "mysql", "host": "/run/my.sock", "port": 3306, "user": "me"},
        ),
        (
            "mysql://h?tls=verify-full&tls_ca=/ca.pem",
            {
                "engine": "mysql", "host": "h", "port": 3306, "tls": "verify-full",
                "tls_ca": "/ca.pem",
            },
        ),
    ],
)  # fmt: skip
def test_a_url_in_parts(dsn: str, wanted: dict[str, Any]) -> None:
    assert options_of(dsn) == wanted


@pytest.mark.parametrize(
    ("dsn", "said"),
    [
        ("mysql://h:port/", "not a valid"),
        ("mysql://h?ssl=1", "there is no option ssl; allowed: socket, tls"),
        ("mysql://h?tls=yes", "tls needs one of disable, prefer"),
    ],
)
def test_a_url_that_is_not_one(dsn: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        checked({"targets": [{"name": "shop", "dsn": dsn}]}, "file")


def test_no_secret_in_an_error() -> None:
    with pytest.raises(ConfigError) as refused:
        checked({"targets": [{"name": "shop", "dsn": "mysql://u:hunter2@h:x/"}]}, "file")
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"engine": "mysql", "host": "h", "database": "shop"}, "database is for PostgreSQL"),
        ({"dsn": "mysql://h", "tls": "require"}, "tls is not for a dsn: write ?tls="),
        ({"dsn": "mysql://u:p@h", "password_env": "X"}, "more than one of password"),
        ({"engine": "mysql", "host": "h", "tls_ca": "/ca"}, "tls_ca is not used with tls = prefer"),
        ({"dsn": "mysql://h?tls_ca=/ca"}, "tls_ca needs tls=verify-full"),
    ],
)
def test_what_does_not_go_together(given: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        checked({"targets": [{"name": "shop", **given}]}, "file")
    assert said in str(refused.value)


def test_the_engine_is_that_of_the_url() -> None:
    assert Target.model_validate({"name": "s", "dsn": "mariadb://h"}).engine == "mariadb"
    assert address(dsn="mysql://h").engine == "mysql"


def test_a_target_in_parts() -> None:
    found = address(engine="mysql", host="h", user="u", tls="verify-ca", tls_ca="/ca", cpus=4)
    assert (found.host, found.port, found.user, found.tls, found.tls_ca, found.cpus) == (
        "h", 3306, "u", "verify-ca", "/ca", 4,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("given", "password"),
    [
        ({"dsn": "mysql://u@h"}, PLAIN),
        ({"dsn": "mysql://u:mine@h"}, "mine"),
        ({"engine": "mariadb", "host": "h", "password": "mine"}, "mine"),
        ({"dsn": "mysql://u@h", "password_command": "echo told"}, "told"),
    ],
)
def test_where_a_password_comes_from(
    given: dict[str, Any], password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MYSQL_PWD", PLAIN)
    assert address(**given).password.read() == password


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("9.7.4-2", (9, 7, 4)),
        ("26.7.0", (26, 7, 0)),
        ("8.0.39", (8, 0, 39)),
        ("5.7.44-log", (5, 7, 44)),
        ("8.0.mysql_aurora.3.08.0", (8, 0)),
        ("10.11.18-MariaDB-0+deb12u1", (10, 11, 18)),
        ("5.5.5-10.6.12-MariaDB", (10, 6, 12)),
        ("nonsense", (0,)),
    ],
)
def test_versions(said: str, version: tuple[int, ...]) -> None:
    assert version_of(said) == version


def test_what_was_granted() -> None:
    lines = [
        "GRANT PROCESS, REPLICATION CLIENT ON *.* TO `dbtriage`@`%`",
        "GRANT SELECT ON `performance\\_schema`.* TO `dbtriage`@`%`",
        "GRANT SELECT, INSERT ON `mysql`.`innodb_index_stats` TO `dbtriage`@`%`",
        "GRANT `monitoring`@`%` TO `dbtriage`@`%`",
    ]
    assert granted(lines) == {
        "PROCESS",
        "REPLICATION CLIENT",
        "SELECT ON performance_schema.*",
        "SELECT ON mysql.innodb_index_stats",
        "INSERT ON mysql.innodb_index_stats",
    }


def test_a_mysql_target_is_asked_mysqls_questions() -> None:
    watch = Watch(Target.model_validate({"name": "s", "dsn": "mariadb://h"}), 60)
    assert watch.collectors
    assert {c.engine for c in watch.collectors} == {"mysql"}
    assert watch.engine == "mariadb"
