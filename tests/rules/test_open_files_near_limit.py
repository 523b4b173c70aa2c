from __future__ import annotations

import pytest

from collectors.mysql.status import Status
from rules.base import Severity
from rules.settings.open_files_near_limit import open_files_near_limit
from tests.make import make, snapshot
from tests.rules.mysql_servers import mysql
from tests.rules.mysql_settings import variables


@pytest.mark.parametrize(
    ("files", "severity"),
    [
        pytest.param(850, None, id="85 %"),
        pytest.param(1000, Severity.CRITICAL, id="all"),
    ],
)
def test_fires(files: int, severity: Severity | None) -> None:
    status = snapshot(make(Status, open_files=files))
    (finding,) = open_files_near_limit(status, variables(open_files_limit=1000), mysql())
    assert finding.severity is severity
    assert finding.remedy.statements[1].endswith("open_files_limit = 2000")


def test_amazon_sets_the_limit() -> None:
    status = snapshot(make(Status, open_files=990))
    given = variables(open_files_limit=1000)
    (finding,) = open_files_near_limit(status, given, mysql(platform="rds"))
    assert finding.remedy.statements == ()


@pytest.mark.parametrize(
    ("files", "given"),
    [
        pytest.param(849, {"open_files_limit": 1000}, id="just below"),
        pytest.param(9999, {"open_files_limit": 0}, id="no limit"),
        pytest.param(9999, {}, id="limit not known"),
    ],
)
def test_quiet(files: int, given: dict[str, object]) -> None:
    status = snapshot(make(Status, open_files=files))
    assert not open_files_near_limit(status, variables(**given), mysql())
