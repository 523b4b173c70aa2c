from __future__ import annotations

import pytest

from collectors.mysql.replication import Channel
from rules.replication.skipped_replication_errors import skipped_replication_errors
from tests.make import make, snapshot
from tests.rules.mysql_servers import mariadb, mysql
from tests.rules.mysql_settings import variables

REPLICA = snapshot(make(Channel))


def test_both_ways_to_look_away() -> None:
    given = variables(
        ("replica_skip_errors",), replica_skip_errors="1062", replica_exec_mode="IDEMPOTENT"
    )
    skipped, lenient = skipped_replication_errors(REPLICA, given, mysql())
    assert skipped.remedy.statements[-1] == "-- then restart the server"
    assert lenient.remedy.statements == ("SET PERSIST replica_exec_mode = STRICT;",)


def test_old_names() -> None:
    given = variables(slave_skip_errors="all", slave_exec_mode="STRICT")
    (finding,) = skipped_replication_errors(REPLICA, given, mariadb())
    assert finding.subject.name == "slave_skip_errors"


@pytest.mark.parametrize(
    ("given", "rows"),
    [
        pytest.param({"slave_skip_errors": "OFF", "slave_exec_mode": "STRICT"}, 1, id="neither"),
        pytest.param({"slave_skip_errors": ""}, 1, id="empty"),
        pytest.param({"slave_exec_mode": "IDEMPOTENT"}, 0, id="not a replica"),
    ],
)
def test_quiet(given: dict[str, object], rows: int) -> None:
    channels = snapshot(*(make(Channel),) * rows)
    assert not skipped_replication_errors(channels, variables(**given), mysql())
