"""Every global variable with its value and, where the server tells, who set it."""

from __future__ import annotations

from datetime import timedelta

from collectors.base import Runs, collector
from collectors.mysql.setting_values import (
    SetVariable,
    is_transient,
    number_of,
    only_at_start,
    shown_value,
    source_of,
    unit_of,
)
from collectors.session import SqlSession
from collectors.snapshot import Snapshot
from collectors.snapshots.settings import Setting
from collectors.variants import Variants

# These tables answer without privileges and with performance_schema off. What was persisted for the
# next start differs from what runs now until then.
SETTINGS = Variants(
    {
        "mysql >= 5.7": """
    SELECT VARIABLE_NAME AS setting,
           VARIABLE_VALUE AS value,
           NULL AS source,
           NULL AS read_only,
           NULL AS waiting
      FROM performance_schema.global_variables
""",
        "mysql >= 8.0": """
    SELECT v.VARIABLE_NAME AS setting,
           v.VARIABLE_VALUE AS value,
           i.VARIABLE_SOURCE AS source,
           NULL AS read_only,
           p.VARIABLE_VALUE AS waiting
      FROM performance_schema.global_variables v
      LEFT JOIN performance_schema.variables_info i ON i.VARIABLE_NAME = v.VARIABLE_NAME
      LEFT JOIN performance_schema.persisted_variables p ON p.VARIABLE_NAME = v.VARIABLE_NAME
""",
        "mariadb >= 10.5": """
    SELECT LOWER(VARIABLE_NAME) AS setting,
           GLOBAL_VALUE AS value,
           GLOBAL_VALUE_ORIGIN AS source,
           READ_ONLY = 'YES' AS read_only,
           NULL AS waiting
      FROM information_schema.SYSTEM_VARIABLES
     WHERE VARIABLE_SCOPE <> 'SESSION ONLY'
""",
    }
)


@collector(Runs(SETTINGS), every=timedelta(minutes=5))
def settings(db: SqlSession) -> Snapshot[Setting]:
    """Without GTID sets and other positions, which are long and new each moment.

    `source` is compiled, command_line, global, persisted, dynamic, … on MySQL 8 and later, and
    compile-time, config, command-line, auto, sql on MariaDB; it is empty of the few that our own
    session sets. `context` is dynamic or static on
    MariaDB; MySQL does not tell, so that only what is known to be static is called so, and the
    rest is empty. `pending_restart` is of what was persisted; nobody tells of changed files.
    """
    found = db.rows(SETTINGS, SetVariable)
    return Snapshot(db.now(), tuple(_setting(v) for v in found if not is_transient(v.setting)))


def _setting(found: SetVariable) -> Setting:
    value = found.value or ""
    unit = unit_of(found.setting)
    return Setting(
        setting=found.setting,
        value=shown_value(found.setting, value),
        unit=unit,
        number=number_of(value, unit),
        boot_value=None,
        source=source_of(found.setting, found.source),
        context=_context(found),
        pending_restart=_waits(found.waiting, value),
    )


def _context(found: SetVariable) -> str:
    if found.read_only is not None:
        return "static" if found.read_only else "dynamic"
    return "static" if only_at_start(found.setting) else ""


def _waits(persisted: str | None, value: str) -> bool:
    return persisted is not None and persisted.lower() != value.lower()
