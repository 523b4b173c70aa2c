"""What a server is set to."""

from __future__ import annotations

from collectors.fields import gauge, label, note, row


@row
class Setting:
    """One setting or system variable, as a new session would find it."""

    setting: str = label()
    value: str = note("In the unit below.")
    unit: str | None = note("8kB, kB, ms, …; None without.")
    number: float | None = gauge("Numeric and boolean settings in bytes, seconds or plain count.")
    boot_value: str | None = note("Built-in default, in the same unit; None where not told.")
    source: str = note("default, configuration file, … in the engine's words; empty if unknown.")
    context: str = note("When a change takes effect: postmaster, sighup, …, dynamic, static.")
    pending_restart: bool = note("Changed in a file but not live before a restart.")
