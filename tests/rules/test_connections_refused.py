from __future__ import annotations

import pytest

from collectors.mysql.status import Status
from collectors.snapshots.server import ServerStatus
from rules.base import Severity
from rules.sessions.connections_refused import connections_refused
from tests.make import activity, make, snapshot
from tests.rules.mysql_servers import mariadb, mysql


@pytest.mark.parametrize(
    ("refused", "seconds", "accumulated", "severities"),
    [
        pytest.param(1, 300, False, [None], id="one"),
        pytest.param(5, 300, False, [Severity.CRITICAL], id="one a minute"),
        pytest.param(10_000, 86400, True, [None], id="many, but nobody knows when"),
        pytest.param(20, 86400, True, [], id="a bad minute since the start"),
        pytest.param(0, 300, False, [], id="none"),
        pytest.param(None, 300, False, [], id="not counted"),
        pytest.param(5, 0, False, [], id="no time went by"),
    ],
)
def test_connections_refused(
    refused: int | None, seconds: float, accumulated: bool, severities: list[Severity | None]
) -> None:
    row = make(Status, connects_refused=refused)
    seen = activity(row, seconds=seconds, accumulated=accumulated)
    assert [f.severity for f in connections_refused(seen, None, mysql())] == severities


def test_raising_the_limit_is_a_remark() -> None:
    seen = activity(make(Status, connects_refused=9))
    limits = snapshot(make(ServerStatus, max_connections=100))
    (told,) = connections_refused(seen, limits, mysql())
    assert told.remedy.statements[1] == (
        "-- with memory to spare: SET PERSIST max_connections = 125;"
    )
    assert told.remedy.rollback == "SET PERSIST max_connections = 100;"
    (told,) = connections_refused(seen, limits, mariadb())
    assert all(s.startswith("--") for s in told.remedy.statements[1:])
    (told,) = connections_refused(seen, None, mysql())
    assert len(told.remedy.statements) == 1
