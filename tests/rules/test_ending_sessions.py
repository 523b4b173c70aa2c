from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from collectors.session import Engine, Platform, Server
from rules.locks.ending_sessions import (
    cancel,
    end,
    limit_idle_transactions,
    nobody_waits,
    roll_back,
    unlimit_idle_transactions,
)
from tests.make import server


def of(engine: Engine, platform: Platform = "self-managed") -> Server:
    return replace(server(), engine=engine, platform=platform)


@pytest.mark.parametrize(
    ("where", "ends", "cancels", "rolls_back"),
    [
        pytest.param(
            of("postgres"),
            "SELECT pg_terminate_backend(7);",
            "SELECT pg_cancel_backend(7);",
            "SELECT pg_cancel_backend(7);",
            id="postgres",
        ),
        pytest.param(
            of("postgres", "rds"),
            "SELECT pg_terminate_backend(7);",
            "SELECT pg_cancel_backend(7);",
            "SELECT pg_cancel_backend(7);",
            id="postgres on RDS has the same functions",
        ),
        pytest.param(of("mysql"), "KILL 7;", "KILL QUERY 7;", "KILL 7;", id="mysql"),
        pytest.param(of("mariadb"), "KILL 7;", "KILL QUERY 7;", "KILL 7;", id="mariadb"),
        pytest.param(
            of("mysql", "aurora"),
            "CALL mysql.rds_kill(7);",
            "CALL mysql.rds_kill_query(7);",
            "CALL mysql.rds_kill(7);",
            id="without SUPER",
        ),
    ],
)
def test_words(where: Server, ends: str, cancels: str, rolls_back: str) -> None:
    assert (end(where, 7), cancel(where, 7), roll_back(where, 7)) == (ends, cancels, rolls_back)


def test_limit_of_idle_transactions() -> None:
    assert limit_idle_transactions(of("postgres"), "web app") == (
        "ALTER ROLE \"web app\" SET idle_in_transaction_session_timeout = '60s';",
    )
    assert limit_idle_transactions(of("postgres"), None) == ()
    assert limit_idle_transactions(of("mysql"), "web") == ()
    assert limit_idle_transactions(of("mariadb"), "web") != ()
    (managed,) = limit_idle_transactions(of("mariadb", "rds"), "web")
    assert "ParameterName=idle_transaction_timeout,ParameterValue=60" in managed


@pytest.mark.parametrize(("seconds", "limited"), [("0", True), ("300", True), ("60", False)])
def test_limit_that_is_set_already(seconds: str, limited: bool) -> None:
    where = replace(of("mariadb"), settings={"idle_transaction_timeout": seconds})
    assert bool(limit_idle_transactions(where, "web")) is limited
    if limited:
        assert f"idle_transaction_timeout = {seconds};" in unlimit_idle_transactions(where, "web")


@pytest.mark.parametrize("engine", [e for e in get_args(Engine) if e != "rds"])
def test_each_engine_has_words(engine: Engine) -> None:
    assert "SELECT count(*)" in nobody_waits(of(engine))
    limited = bool(limit_idle_transactions(of(engine), "web"))
    assert bool(unlimit_idle_transactions(of(engine), "web")) is limited
