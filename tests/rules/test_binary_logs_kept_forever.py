from __future__ import annotations

from typing import Any

import pytest

from rules.settings.binary_logs_kept_forever import binary_logs_kept_forever
from tests.rules.mysql_servers import mariadb, mysql
from tests.rules.mysql_settings import variables

FOREVER = {"log_bin": "ON", "binlog_expire_logs_seconds": 0, "expire_logs_days": 0}


def test_fires() -> None:
    (finding,) = binary_logs_kept_forever(variables(**FOREVER), mariadb())
    assert "SET GLOBAL binlog_expire_logs_seconds = 604800;" in finding.remedy.statements


def test_mysql_57_counts_days() -> None:
    given = variables(log_bin="ON", expire_logs_days=0)
    (finding,) = binary_logs_kept_forever(given, mysql(5, 7, 44))
    assert "SET GLOBAL expire_logs_days = 7;" in finding.remedy.statements


@pytest.mark.parametrize(
    ("given", "about"),
    [
        pytest.param({"log_bin": "OFF"}, {}, id="no binary log"),
        pytest.param({"binlog_expire_logs_seconds": 3600}, {}, id="an hour"),
        pytest.param({"expire_logs_days": 0.5}, {}, id="in days"),
        pytest.param({"max_binlog_total_size": 10**9}, {}, id="up to a size"),
        pytest.param({}, {"platform": "rds"}, id="Amazon removes them"),
    ],
)
def test_quiet(given: dict[str, Any], about: dict[str, Any]) -> None:
    assert not binary_logs_kept_forever(variables(**{**FOREVER, **given}), mariadb(**about))
