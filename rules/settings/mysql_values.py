"""What a variable of MySQL or MariaDB is, and what changes it on this server."""

from __future__ import annotations

from collectors.session import Server
from collectors.snapshot import Snapshot
from collectors.snapshots.settings import Setting
from rules.mysql_wording import set_variable

# MySQL refuses to persist them; what its option file says is all that counts.
_NOT_PERSISTED = frozenset({"innodb_doublewrite"})


def variable(settings: Snapshot[Setting] | None, *names: str) -> Setting | None:
    """The first of these that this version has."""
    rows = settings.rows if settings else ()
    found = {s.setting: s for s in rows if s.setting in names}
    return next((found[name] for name in names if name in found), None)


def text(settings: Snapshot[Setting] | None, *names: str) -> str:
    """Its value in capitals; empty where this version does not have it."""
    found = variable(settings, *names)
    return found.value.upper() if found else ""


def is_on(settings: Snapshot[Setting] | None, *names: str) -> bool:
    return text(settings, *names) in ("ON", "1", "YES")


def is_off(settings: Snapshot[Setting] | None, *names: str) -> bool:
    return text(settings, *names) in ("OFF", "0", "NO")


def change(server: Server, setting: Setting, value: str) -> tuple[str, ...]:
    """What sets it to `value` for good."""
    if setting.setting in _NOT_PERSISTED and server.platform == "self-managed":
        at_once = f"SET GLOBAL {setting.setting} = {value};"
        last = at_once if _dynamic(setting) else "-- then restart the server"
        return (f"-- in my.cnf under [mysqld]: {setting.setting} = {value}", last)
    return set_variable(server, setting.setting, value, dynamic=_dynamic(setting))


def undo(server: Server, setting: Setting) -> str:
    """What goes back to what it is now."""
    return "\n".join(change(server, setting, setting.value))


def needs_restart(setting: Setting) -> bool:
    return not _dynamic(setting)


def _dynamic(setting: Setting) -> bool:
    return setting.context != "static"
