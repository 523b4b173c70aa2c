from __future__ import annotations

from typing import Any

import pytest

from collectors.mysql.innodb import Innodb
from collectors.snapshot import Activity
from rules.base import Severity
from rules.settings.redo_log_too_small import redo_log_too_small
from tests.make import activity, make
from tests.rules.mysql_servers import mariadb, mysql
from tests.rules.mysql_settings import GB, MB, variables


def redo(age: float | None = 0.81, seconds: float = 60.0, **given: Any) -> Activity[Innodb]:
    """10 MB a minute into a log of 100 MB."""
    about = {
        "redo_capacity_bytes": 100 * MB,
        "checkpoint_age_bytes": None if age is None else int(age * 80 * MB),
        "checkpoint_limit_bytes": None if age is None else 80 * MB,
        "redo_written_bytes": 10 * MB,
        **given,
    }
    return activity(make(Innodb, **about), seconds=seconds)


CAPACITY = variables(innodb_redo_log_capacity=100 * MB, innodb_log_file_size=50 * MB)


def test_fires_with_an_hour_of_writing() -> None:
    (finding,) = redo_log_too_small(redo(), CAPACITY, mysql())
    assert finding.remedy.statements == (f"SET PERSIST innodb_redo_log_capacity = {GB};",)
    assert finding.remedy.rollback == f"SET PERSIST innodb_redo_log_capacity = {100 * MB};"
    assert "is filled in 10 min" in finding.summary


@pytest.mark.parametrize(
    ("innodb", "platform"),
    [
        pytest.param(redo(0.79), "self-managed", id="just below 80 %"),
        pytest.param(redo(redo_written_bytes=MB), "self-managed", id="filled in over an hour"),
        pytest.param(redo(redo_written_bytes=0), "self-managed", id="nothing is written"),
        pytest.param(redo(seconds=0.0), "self-managed", id="first look"),
        pytest.param(redo(redo_capacity_bytes=16 * GB), "self-managed", id="16 GB already (#783)"),
        pytest.param(redo(None), "self-managed", id="age unknown, filled in 10 min"),
        pytest.param(redo(redo_capacity_bytes=None), "self-managed", id="size unknown"),
        pytest.param(redo(), "aurora", id="Aurora has no such log"),
    ],
)
def test_quiet(innodb: Activity[Innodb], platform: str) -> None:
    assert not redo_log_too_small(innodb, CAPACITY, mysql(platform=platform))


@pytest.mark.parametrize(("megabytes", "findings"), [(67, 1), (66, 0)])
def test_a_limit_that_mysql_does_not_tell(megabytes: int, findings: int) -> None:
    row = redo(checkpoint_age_bytes=megabytes * MB, checkpoint_limit_bytes=None)
    assert len(redo_log_too_small(row, CAPACITY, mysql())) == findings


def test_where_its_age_is_unknown_only_haste_tells() -> None:
    (finding,) = redo_log_too_small(redo(None, redo_written_bytes=11 * MB), CAPACITY, mysql())
    assert finding.severity is Severity.LOW


def test_mysql_57_shares_it_among_files_and_restarts() -> None:
    given = variables(
        ("innodb_log_file_size",), innodb_log_file_size=50 * MB, innodb_log_files_in_group=2
    )
    (finding,) = redo_log_too_small(redo(), given, mysql(5, 7, 44))
    assert finding.remedy.statements == (
        f"-- in my.cnf under [mysqld]: innodb_log_file_size = {512 * MB}",
        "-- then restart the server",
    )


def test_mariadb_has_one_file_and_changes_it_at_once() -> None:
    given = variables(innodb_log_file_size=100 * MB)
    (finding,) = redo_log_too_small(redo(), given, mariadb())
    assert finding.remedy.statements[0] == f"SET GLOBAL innodb_log_file_size = {GB};"


def test_it_never_asks_for_more_than_16_gb() -> None:
    hour = redo(redo_written_bytes=99 * GB, seconds=3600.0)
    (finding,) = redo_log_too_small(hour, CAPACITY, mysql())
    assert finding.remedy.statements[0].endswith(f"= {16 * GB};")


def test_a_short_look_asks_for_eight_times_at_most() -> None:
    (finding,) = redo_log_too_small(redo(redo_written_bytes=9 * GB), CAPACITY, mysql())
    assert finding.remedy.statements[0].endswith(f"= {GB};")
