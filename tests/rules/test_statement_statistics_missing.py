from __future__ import annotations

import dataclasses

import pytest

from collectors.outcomes import Outcome, Outcomes
from collectors.session import Server
from rules.base import Finding
from rules.upkeep.statement_statistics_missing import statement_statistics_missing
from tests.make import server

SKIPPED = Outcomes(
    (Outcome("postgres.statements", "skipped", "needs pg_stat_statements >= 1.8; found none"),)
)


def where(
    extension: tuple[int, ...] | None, libraries: str | None = None, platform: str = "self-managed"
) -> Server:
    versions = {"postgres": (17, 2)} | ({"pg_stat_statements": extension} if extension else {})
    settings = {} if libraries is None else {"shared_preload_libraries": libraries}
    return dataclasses.replace(
        server(database="shop", platform=platform), versions=versions, settings=settings
    )


def only(about: Server, outcomes: Outcomes = SKIPPED) -> Finding:
    (finding,) = statement_statistics_missing(outcomes, about)
    return finding


def test_not_loaded_and_not_created() -> None:
    assert only(where(None, "")).remedy.statements == (
        "ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements';",
        "-- then restart the server",
        "CREATE EXTENSION pg_stat_statements;",
    )


def test_what_is_loaded_stays_loaded() -> None:
    first = only(where(None, "auto_explain")).remedy.statements[0]
    assert first.endswith("= 'auto_explain', 'pg_stat_statements';")


def test_what_is_loaded_is_not_known() -> None:
    assert only(where(None)).remedy.statements[0].startswith("SHOW shared_preload_libraries")


def test_loaded_but_not_created() -> None:
    finding = only(where(None, "pg_stat_statements"))
    assert finding.remedy.statements == ("CREATE EXTENSION pg_stat_statements;",)


def test_created_but_not_loaded() -> None:
    failed = Outcomes((Outcome("postgres.statements", "failed", "must be loaded"),))
    assert len(only(where((1, 10), ""), failed).remedy.statements) == 3


def test_left_behind_by_an_upgrade() -> None:
    finding = only(where((1, 6), "pg_stat_statements"))
    assert finding.remedy.statements == ("ALTER EXTENSION pg_stat_statements UPDATE;",)


def test_on_rds_the_instance_is_rebooted() -> None:
    steps = only(where(None, "rdsutils", "rds")).remedy.statements
    assert "ParameterValue=rdsutils,pg_stat_statements" in steps[0]
    assert "reboot-db-instance" in steps[1]


@pytest.mark.parametrize(
    "outcome",
    [
        pytest.param(Outcome("postgres.statements", "answered"), id="answered"),
        pytest.param(
            Outcome("postgres.statements", "skipped", "needs a grant", privilege=True),
            id="a grant is missing",
        ),
        pytest.param(Outcome("postgres.wal", "skipped", "needs postgres >= 14"), id="another one"),
    ],
)
def test_quiet(outcome: Outcome) -> None:
    assert not statement_statistics_missing(Outcomes((outcome,)), where(None, ""))


def test_a_timeout_is_no_missing_extension() -> None:
    failed = Outcomes((Outcome("postgres.statements", "failed", "statement timeout"),))
    assert not statement_statistics_missing(failed, where((1, 11), "pg_stat_statements"))
