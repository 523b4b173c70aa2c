"""What a setting is, where it could be read."""

from __future__ import annotations

from collectors.snapshot import Snapshot
from collectors.snapshots.settings import Setting

BLOCK_BYTES = 8192
MB = 1024 * 1024


def number(settings: Snapshot[Setting] | None, name: str) -> float | None:
    """Its value in bytes, seconds or plain count; None where it is not known."""
    rows = settings.rows if settings else ()
    return next((s.number for s in rows if s.setting == name), None)


def switched_off(settings: Snapshot[Setting], name: str) -> bool:
    return any(s.setting == name and s.value == "off" for s in settings.rows)
