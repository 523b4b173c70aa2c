from __future__ import annotations

from typing import Any

import pytest

from collectors.mysql.status import Status
from collectors.snapshot import Activity
from rules.base import Severity
from rules.settings.query_cache_on import query_cache_on
from tests.make import activity, make
from tests.rules.mysql_servers import mariadb, mysql
from tests.rules.mysql_settings import MB, variables

ON = variables(query_cache_type="ON", query_cache_size=MB)


def status(**given: Any) -> Activity[Status]:
    """20 SELECTs a second, three of four from the cache."""
    about = {"selects": 2000, "query_cache_hits": 1500, **given}
    return activity(make(Status, **about), seconds=100.0)


@pytest.mark.parametrize(
    ("row", "severity"),
    [
        pytest.param(status(), Severity.INFO, id="most answers come from it"),
        pytest.param(status(query_cache_hits=999), Severity.MEDIUM, id="half do not"),
        pytest.param(status(query_cache_hits=0, selects=900), Severity.INFO, id="nearly idle"),
        pytest.param(status(query_cache_prunes=101), Severity.MEDIUM, id="answers thrown out"),
        pytest.param(status(threads_running=9), Severity.MEDIUM, id="nine sessions at once"),
        pytest.param(status(threads_running=8), Severity.INFO, id="eight"),
    ],
)
def test_fires(row: Activity[Status], severity: Severity) -> None:
    (finding,) = query_cache_on(row, ON, mariadb())
    assert finding.severity is severity
    assert finding.remedy.statements[0] == "SET GLOBAL query_cache_type = OFF;"
    assert f"SET GLOBAL query_cache_size = {MB};" in finding.remedy.rollback


def test_mysql_57_counts_answers_from_it_apart() -> None:
    (finding,) = query_cache_on(status(selects=500), ON, mysql(5, 7, 44))
    assert finding.evidence["hit_ratio"] == 0.75


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"query_cache_type": "OFF", "query_cache_size": MB}, id="off"),
        pytest.param({"query_cache_type": "ON", "query_cache_size": 0}, id="no memory"),
        pytest.param({"query_cache_type": "DEMAND", "query_cache_size": MB}, id="only on demand"),
        pytest.param({}, id="MySQL 8 has none"),
    ],
)
def test_quiet(given: dict[str, object]) -> None:
    assert not query_cache_on(status(query_cache_hits=0), variables(**given), mariadb())
