"""PyMySQL's errors as the session's: kinds and words, and nothing that others wrote."""

from __future__ import annotations

import pymysql
import pytest

from agent.targets.mysql_errors import errors, greeting
from collectors.session import ConnectionLost, PermissionDenied, QueryTimeout, SessionError


@pytest.mark.parametrize(
    ("raised", "kind", "said"),
    [
        (pymysql.err.OperationalError(1142, "SELECT denied"), PermissionDenied, "SELECT denied"),
        (pymysql.err.OperationalError(1045, "denied (hunter2)"), ConnectionLost, "denied (…)"),
        (pymysql.err.OperationalError(3024, "time exceeded"), QueryTimeout, "time exceeded"),
        (pymysql.err.OperationalError(1969, "max_statement_time"), QueryTimeout, "max_statement"),
        (pymysql.err.OperationalError(1040, "Too many connections"), ConnectionLost, "Too many"),
        (pymysql.err.OperationalError(1226, "max_user_connections"), ConnectionLost, "max_user"),
        (pymysql.err.OperationalError(2013, "Lost connection"), ConnectionLost, "Lost"),
        (pymysql.err.ProgrammingError(1146, "Table x doesn't exist"), SessionError, "Table x"),
        (pymysql.err.InterfaceError(0, ""), ConnectionLost, "the connection was cut"),
        (OSError(104, "Connection reset by peer"), ConnectionLost, "Connection reset by peer"),
    ],
)
def test_kinds_and_words(raised: Exception, kind: type[SessionError], said: str) -> None:
    with pytest.raises(SessionError) as caught, errors("hunter2"):
        raise raised
    assert type(caught.value) is kind
    assert said in str(caught.value)


@pytest.mark.parametrize("code", [1064, 1062, 1300, 1366, 3854])
def test_what_may_quote_others_is_not_repeated(code: int) -> None:
    with pytest.raises(SessionError) as caught, errors():
        raise pymysql.err.OperationalError(code, "near 'secret'")
    assert str(caught.value) == f"the server answered with error {code}"


def test_something_else_answers() -> None:
    with pytest.raises(ConnectionLost, match="does not speak the MySQL protocol"), greeting():
        raise AssertionError
