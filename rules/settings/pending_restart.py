"""A setting that was changed but is not live."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.settings import Setting
from rules.base import SQL, Confidence, Finding, Remedy, Severity, Subject, rule


@rule(
    title="A changed setting waits for a restart",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    engines=SQL,
    see=(
        "https://www.postgresql.org/docs/current/view-pg-settings.html",
        "https://dev.mysql.com/doc/refman/8.4/en/persisted-system-variables.html",
    ),
)
def pending_restart(settings: Snapshot[Setting], server: Server) -> Iterator[Finding]:
    """A setting in the configuration files differs from the running one until a restart.

    Why it matters
        Whoever changed it believes it is in force. It will take effect at the next restart,
        planned or not, perhaps months later in the middle of an incident.

    What to do
        Restart in a maintenance window, or take the change back.

    When to ignore
        When the restart is planned already. MySQL tells only of what was persisted with SET
        PERSIST_ONLY, not of changed files, and MariaDB of neither.
    """
    for setting in settings.rows:
        if setting.pending_restart:
            unit = f" {setting.unit}" if setting.unit else ""
            yield Finding(
                subject=Subject("setting", setting.setting),
                summary=f"{setting.setting} was changed but still runs with {setting.value}{unit}; "
                "it needs a restart.",
                evidence={
                    "running_value": setting.value,
                    "unit": setting.unit,
                    "source": setting.source,
                },
                remedy=_remedy(setting.setting, server)
                if server.engine == "postgres"
                else _remedy_of_mysql(setting.setting),
            )


def _remedy_of_mysql(name: str) -> Remedy:
    return Remedy(
        text=f"Find out who wanted the new value of {name}, then restart in a maintenance window, "
        "or remove the change.",
        statements=(
            "SELECT p.VARIABLE_NAME, p.VARIABLE_VALUE, i.SET_USER, i.SET_TIME "
            "FROM performance_schema.persisted_variables p "
            "JOIN performance_schema.variables_info i USING (VARIABLE_NAME) "
            f"WHERE p.VARIABLE_NAME = '{name}';",
            "RESTART; -- or the restart command of your service manager",
        ),
        risk="Seconds to minutes without the server; sessions end; the buffer pool is cold "
        "afterwards.",
        verify=f"After the restart this gives the new value: SELECT @@GLOBAL.{name};",
        rollback=f"RESET PERSIST {name};",
    )


def _remedy(name: str, server: Server) -> Remedy:
    managed = server.platform != "self-managed"
    restart = (
        "aws rds reboot-db-instance --db-instance-identifier YOUR-INSTANCE"
        if managed
        else "-- pg_ctl restart -m fast, or the restart command of your service manager"
    )
    return Remedy(
        text=f"Find out what the new value of {name} is and who wanted it, then restart in a "
        "maintenance window, or remove the change.",
        statements=(
            "SELECT name, setting, sourcefile, error FROM pg_file_settings WHERE NOT applied;",
            restart,
        ),
        risk="Seconds to minutes without the server; sessions end; the cache is cold afterwards.",
        verify=f"After the restart pg_settings says false in pending_restart of {name}.",
        rollback=f"Reset {name} in the parameter group."
        if managed
        else f"If ALTER SYSTEM set it: ALTER SYSTEM RESET {name}; SELECT pg_reload_conf();",
    )
