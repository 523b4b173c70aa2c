from __future__ import annotations

import pytest

from rules.settings.statistics_not_persistent import statistics_not_persistent
from tests.rules.mysql_servers import mysql
from tests.rules.mysql_settings import variables


def test_fires() -> None:
    given = variables(innodb_stats_persistent="OFF")
    (finding,) = statistics_not_persistent(given, mysql())
    assert finding.remedy.statements == ("SET PERSIST innodb_stats_persistent = ON;",)
    assert finding.remedy.rollback == "SET PERSIST innodb_stats_persistent = OFF;"


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"innodb_stats_persistent": "ON"}, id="on"),
        pytest.param({"innodb_stats_on_metadata": "OFF"}, id="another setting"),
    ],
)
def test_quiet(given: dict[str, object]) -> None:
    assert not statistics_not_persistent(variables(**given), mysql())
