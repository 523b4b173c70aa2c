from __future__ import annotations

import pytest

from collectors.session import Server
from rules.mysql_wording import reset_variable, set_variable
from tests.rules.mysql_servers import mariadb, mysql

LASTS = "-- in my.cnf under [mysqld], so that it lasts: "


@pytest.mark.parametrize(
    ("server", "dynamic", "steps"),
    [
        pytest.param(mysql(), True, ("SET PERSIST x = 1;",), id="MySQL 8"),
        pytest.param(
            mysql(), False, ("SET PERSIST_ONLY x = 1;", "-- then restart the server"), id="restart"
        ),
        pytest.param(mysql(5, 7, 44), True, ("SET GLOBAL x = 1;", f"{LASTS}x = 1"), id="MySQL 5.7"),
        pytest.param(mariadb(), True, ("SET GLOBAL x = 1;", f"{LASTS}x = 1"), id="MariaDB"),
        pytest.param(
            mariadb(),
            False,
            ("-- in my.cnf under [mysqld]: x = 1", "-- then restart the server"),
            id="MariaDB, restart",
        ),
    ],
)
def test_a_change_that_lasts(server: Server, dynamic: bool, steps: tuple[str, ...]) -> None:
    assert set_variable(server, "x", "1", dynamic=dynamic) == steps
    assert reset_variable(server, "x", "1", dynamic=dynamic) == "\n".join(steps)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("ON", "1"),
        ("OFF", "0"),
        ("600", "600"),
        ("STRICT", "STRICT"),
        ("{DBInstanceClassMemory*3/4}", "'{DBInstanceClassMemory*3/4}'"),
        ("'A,B'", "'A,B'"),
    ],
)
def test_a_parameter_group_takes_numbers_for_words_and_quotes(value: str, said: str) -> None:
    (step,) = set_variable(mysql(platform="rds"), "x", value)
    assert f'"ParameterName=x,ParameterValue={said},ApplyMethod=immediate"' in step


def test_aurora_keeps_them_by_cluster() -> None:
    (step,) = set_variable(mysql(platform="aurora"), "x", "1", dynamic=False)
    assert "modify-db-cluster-parameter-group --db-cluster-parameter-group-name" in step
    assert "ApplyMethod=pending-reboot" in step


@pytest.mark.parametrize(
    ("value", "said"),
    [("1062,1032", "'1062,1032'"), ("", "''"), ("'A,B'", "'A,B'"), ("0.5", "0.5")],
)
def test_a_list_is_one_value(value: str, said: str) -> None:
    assert set_variable(mysql(), "x", value) == (f"SET PERSIST x = {said};",)
