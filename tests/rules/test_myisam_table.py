from __future__ import annotations

import pytest

from collectors.mysql.tables import MysqlTable
from collectors.session import Platform
from rules.base import Severity
from rules.tables.myisam_table import myisam_table
from tests.make import make, snapshot
from tests.rules.mysql_servers import mysql


def table(engine: str) -> MysqlTable:
    return make(MysqlTable, schema="shop", table="t", storage_engine=engine)


@pytest.mark.parametrize(
    ("engine", "platform", "severities"),
    [
        pytest.param("MyISAM", "self-managed", [None], id="MyISAM"),
        pytest.param("Aria", "self-managed", [None], id="Aria"),
        pytest.param("MyISAM", "rds", [Severity.HIGH], id="no point-in-time restore on RDS"),
        pytest.param("InnoDB", "rds", [], id="InnoDB"),
        pytest.param("MEMORY", "rds", [], id="MEMORY is meant to lose its rows"),
        pytest.param("ARCHIVE", "rds", [], id="ARCHIVE"),
    ],
)
def test_myisam_table(engine: str, platform: Platform, severities: list[Severity | None]) -> None:
    found = myisam_table(snapshot(table(engine)), mysql(platform=platform))
    assert [f.severity for f in found] == severities


def test_it_is_copied() -> None:
    (finding,) = myisam_table(snapshot(table("MyISAM")), mysql())
    assert finding.remedy.statements[1] == (
        "ALTER TABLE shop.t ENGINE=InnoDB, ALGORITHM=COPY, LOCK=SHARED;"
    )
    assert finding.remedy.statements[2].startswith("-- or, if it has more than 1 GB: gh-ost ")
    assert finding.remedy.rollback == "ALTER TABLE shop.t ENGINE=MyISAM;"
