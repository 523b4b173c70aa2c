from __future__ import annotations

import pytest

from rules.settings.sql_mode_not_strict import sql_mode_not_strict
from tests.rules.mysql_servers import mysql
from tests.rules.mysql_settings import variables


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        pytest.param("", "STRICT_TRANS_TABLES", id="empty"),
        pytest.param(
            "ONLY_FULL_GROUP_BY,NO_ZERO_DATE",
            "ONLY_FULL_GROUP_BY,NO_ZERO_DATE,STRICT_TRANS_TABLES",
            id="the others are kept",
        ),
    ],
)
def test_fires(value: str, wanted: str) -> None:
    (finding,) = sql_mode_not_strict(variables(sql_mode=value), mysql())
    assert finding.remedy.statements == (f"SET PERSIST sql_mode = '{wanted}';",)
    assert finding.remedy.rollback == f"SET PERSIST sql_mode = '{value}';"


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("STRICT_TRANS_TABLES,NO_ZERO_DATE", id="strict for transactions"),
        pytest.param("strict_all_tables", id="strict for all"),
        pytest.param("TRADITIONAL", id="its short form"),
    ],
)
def test_quiet(value: str) -> None:
    assert not sql_mode_not_strict(variables(sql_mode=value), mysql())
