from __future__ import annotations

import pytest

from collectors.mysql.statements import MysqlStatement
from collectors.mysql.status import Status
from collectors.session import Server
from collectors.snapshots.statements import LOST
from rules.base import Severity
from rules.statements.digest_overflow import digest_overflow
from tests.make import activity, make
from tests.rules.mysql_costs import ran
from tests.rules.mysql_servers import mariadb, mysql

SMALL = {"performance_schema_digests_size": "5000"}
AMPLE = {"performance_schema_digests_size": "20000"}


def lost(seconds: float) -> MysqlStatement:
    return make(MysqlStatement, digest=LOST, entry="lost", calls=500, exec_seconds=seconds)


def status(digests_lost: int | None) -> Status:
    return make(Status, digests_lost=digests_lost, questions=10_000)


@pytest.mark.parametrize(
    ("seconds", "digests_lost", "severity", "said"),
    [
        pytest.param(
            0.7, 0, Severity.LOW, "1.2 % of the execution time", id="over a hundredth of the time"
        ),
        pytest.param(
            20.0, 0, Severity.MEDIUM, "25 % of the execution time", id="a fifth of the time"
        ),
        pytest.param(0.1, 501, Severity.LOW, "5 % of the calls", id="one call in twenty"),
    ],
)
def test_fires(seconds: float, digests_lost: int, severity: Severity, said: str) -> None:
    statements = activity(ran(), lost(seconds))
    (finding,) = digest_overflow(
        statements, mysql(9, 7, settings=SMALL), activity(status(digests_lost))
    )
    assert finding.severity is severity
    assert finding.evidence["digests_size"] == 5000
    assert finding.summary.startswith(said)


@pytest.mark.parametrize(
    ("rows", "digests_lost"),
    [
        pytest.param((ran(), lost(0.6)), 0, id="a hundredth of the time"),
        pytest.param((ran(), lost(0.1)), 500, id="few calls"),
        pytest.param((ran(),), None, id="nothing lost"),
        pytest.param((), None, id="nothing ran"),
    ],
)
def test_quiet(rows: tuple[MysqlStatement, ...], digests_lost: int | None) -> None:
    server = mysql(9, 7, settings=SMALL)
    assert not digest_overflow(activity(*rows), server, activity(status(digests_lost)))


@pytest.mark.parametrize(
    ("server", "steps"),
    [
        pytest.param(
            mysql(9, 7, settings=SMALL),
            ["SET PERSIST_ONLY performance_schema_digests_size = 20000;"],
            id="mysql",
        ),
        pytest.param(
            mariadb(11, 8, settings=SMALL),
            ["-- in my.cnf under [mysqld]: performance_schema_digests_size = "
             "20000"],
            id="mariadb",
        ),
        pytest.param(mysql(9, 7, settings=AMPLE), [], id="ample already"),
    ],
)  # fmt: skip
def test_a_size_that_is_ample_is_not_raised(server: Server, steps: list[str]) -> None:
    (finding,) = digest_overflow(activity(ran(), lost(30.0)), server, None)
    emptied, *rest = finding.remedy.statements
    assert emptied.startswith("TRUNCATE TABLE")
    assert rest[:1] == steps
