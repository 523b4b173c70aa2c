from __future__ import annotations

from typing import Any

import pytest

from collectors.mysql.status import Status
from rules.sessions.thread_churn import thread_churn
from tests.make import activity, make
from tests.rules.mysql_servers import mysql


def status(**given: Any) -> Status:
    return make(Status, **{"threads_created": 501, "sessions": 600, "peak_connections": 40} | given)


@pytest.mark.parametrize(
    ("row", "settings", "fires"),
    [
        pytest.param(status(), {}, True, id="most connections get a new thread"),
        pytest.param(status(threads_created=500), {}, False, id="few a second"),
        pytest.param(status(sessions=5_011), {}, False, id="the cache serves most"),
        pytest.param(status(), {"thread_cache_size": "40"}, False, id="as large as the peak"),
        pytest.param(
            status(peak_connections=9000), {"thread_cache_size": "512"}, False, id="large enough"
        ),
        pytest.param(status(), {"thread_handling": "pool-of-threads"}, False, id="a thread pool"),
        pytest.param(status(sessions=0), {}, False, id="nobody connected"),
        pytest.param(status(sessions=None), {}, False, id="not told"),
    ],
)
def test_thread_churn(row: Status, settings: dict[str, str], fires: bool) -> None:
    where = mysql(settings={"thread_cache_size": "9"} | settings)
    assert bool(thread_churn(activity(row, seconds=100), where)) is fires
    assert thread_churn(activity(row, seconds=0), where) == []


def test_advice_is_the_peak() -> None:
    where = mysql(settings={"thread_cache_size": "9"})
    (told,) = thread_churn(activity(status(), seconds=100), where)
    assert told.remedy.statements == ("SET PERSIST thread_cache_size = 40;",)
    assert told.remedy.rollback == "SET PERSIST thread_cache_size = 9;"
