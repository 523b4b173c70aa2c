"""A plan type that is forbidden server-wide."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.session import Server
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.settings import Setting
from collectors.snapshots.statements import Statement
from rules.base import Finding, Remedy, Severity, Subject, rule
from rules.wording import duration, reset_parameter, set_parameter

_OWN_SOURCES = ("session", "client")


@rule(
    title="A planner method is switched off",
    severity=Severity.HIGH,
    see=("https://www.postgresql.org/docs/current/runtime-config-query.html",),
)
def planner_toggle_off(
    settings: Snapshot[Setting],
    statements: Activity[Statement] | None,
    server: Server,
    *,
    least_active_sessions: float = 0.1,
) -> Iterator[Finding]:
    """One of the enable_… settings is off for the server, the database or the role.

    Why it matters
        These settings help to debug one statement. Left off, they take a method from every
        statement, and some have no other good plan.

    What to do
        Switch it on again. If one statement needs the method off, set it in that session or for
        that role, or mend the estimate that misleads the planner.

    When to ignore
        Switched off on purpose for a known bug: mute it with the date. On a server without load
        it is shown as low.
    """
    load = statements.rows if statements else ()
    spent = sum(s.exec_seconds for s in load if not s.own)
    busy = statements is not None and spent >= least_active_sessions * statements.seconds
    for setting in settings.rows:
        if _switched_off(setting):
            yield Finding(
                subject=Subject("setting", setting.setting),
                summary=f"{setting.setting} is off (source: {setting.source}), while statements "
                f"take {duration(spent)} of execution time."
                if busy
                else f"{setting.setting} is off (source: {setting.source}).",
                evidence={
                    "value": setting.value,
                    "default": setting.boot_value,
                    "source": setting.source,
                    "exec_seconds": spent,
                    "window_seconds": statements.seconds if statements else None,
                },
                severity=Severity.HIGH if busy and spent else Severity.LOW,
                remedy=_remedy(setting, server),
            )


def _switched_off(setting: Setting) -> bool:
    return (
        setting.setting.startswith("enable_")
        and (setting.value, setting.boot_value) == ("off", "on")
        and setting.source not in _OWN_SOURCES
    )


def _remedy(setting: Setting, server: Server) -> Remedy:
    name, place = setting.setting, setting.source
    if place in ("database", "user", "database user"):
        return Remedy(
            text=f"Reset {name} where it is set ({place}); the query shows the exact place.",
            statements=(
                "SELECT d.datname, r.setrole::regrole, r.setconfig FROM pg_db_role_setting r "
                "LEFT JOIN pg_database d ON d.oid = r.setdatabase;",
            ),
            risk="No lock, new sessions only. Plans change: compare the top statements after it.",
            verify=f"In a new session this gives on: SHOW {name};",
            rollback=f"Set {name} to off in the same place.",
        )
    return Remedy(
        text=f"Switch {name} on again and watch the top statements for ten minutes.",
        statements=set_parameter(server, name, "on"),
        risk="No lock, no restart. Plans of all statements may change at once, for most to the "
        "better.",
        verify=f"In a new session this gives on: SHOW {name};",
        rollback=reset_parameter(server, name, "off"),
    )
