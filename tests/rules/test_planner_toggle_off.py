from __future__ import annotations

import pytest

from collectors.snapshots.settings import Setting
from collectors.snapshots.statements import Statement
from rules.base import Severity
from rules.settings.planner_toggle_off import planner_toggle_off
from tests.make import activity, make, server, snapshot

BUSY = activity(make(Statement, exec_seconds=400.0))
IDLE = activity(make(Statement, exec_seconds=4.0), make(Statement, exec_seconds=900.0, own=True))


def setting(**given: object) -> Setting:
    about = {"setting": "enable_nestloop", "value": "off", "boot_value": "on"}
    return make(Setting, **{**about, "source": "configuration file", **given})


def test_under_load_it_is_high() -> None:
    (finding,) = planner_toggle_off(snapshot(setting()), BUSY, server())
    assert finding.severity is Severity.HIGH
    assert finding.remedy.statements[0] == "ALTER SYSTEM SET enable_nestloop = 'on';"


def test_without_load_it_is_low() -> None:
    for statements in (IDLE, None):
        (finding,) = planner_toggle_off(snapshot(setting()), statements, server())
        assert finding.severity is Severity.LOW


def test_a_value_of_the_database_is_reset_there() -> None:
    (finding,) = planner_toggle_off(snapshot(setting(source="database")), BUSY, server())
    assert "pg_db_role_setting" in finding.remedy.statements[0]


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(setting(value="on"), id="on"),
        pytest.param(setting(boot_value="off"), id="off by default"),
        pytest.param(setting(setting="jit"), id="another setting"),
        pytest.param(setting(source="session"), id="our own session"),
    ],
)
def test_quiet(row: Setting) -> None:
    assert not planner_toggle_off(snapshot(row), BUSY, server())
