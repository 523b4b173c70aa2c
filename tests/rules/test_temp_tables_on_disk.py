from __future__ import annotations

import pytest

from collectors.mysql.status import Status
from collectors.snapshots.statements import Statement
from rules.settings.temp_tables_on_disk import temp_tables_on_disk
from tests.make import activity, make, snapshot
from tests.rules.mysql_servers import mariadb


def test_fires_where_statements_are_not_counted() -> None:
    status = activity(make(Status, temp_tables=1000, disk_temp_tables=251), seconds=60.0)
    (finding,) = temp_tables_on_disk(status, None, mariadb())
    assert "251 temporary tables a minute" in finding.summary


def test_quiet_where_another_rule_names_the_statements() -> None:
    status = activity(make(Status, temp_tables=1000, disk_temp_tables=900), seconds=60.0)
    assert not temp_tables_on_disk(status, snapshot(make(Statement)), mariadb())
    assert len(temp_tables_on_disk(status, snapshot(), mariadb())) == 1


@pytest.mark.parametrize(
    ("made", "on_disk", "seconds"),
    [
        pytest.param(1000, 250, 60.0, id="a quarter, just tolerated"),
        pytest.param(60, 60, 60.0, id="one a second, just tolerated"),
        pytest.param(0, 0, 60.0, id="none was made"),
        pytest.param(1000, 900, 0.0, id="first look"),
    ],
)
def test_quiet(made: int, on_disk: int, seconds: float) -> None:
    status = activity(make(Status, temp_tables=made, disk_temp_tables=on_disk), seconds=seconds)
    assert not temp_tables_on_disk(status, None, mariadb())
