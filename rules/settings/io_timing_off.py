"""Reads whose time nobody knows."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.postgres.databases import Database
from collectors.session import Server
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.settings import Setting
from rules.base import Confidence, Finding, Remedy, Severity, Subject, rule
from rules.settings.values import switched_off
from rules.wording import reset_parameter, set_parameter, size


@rule(
    title="Reads are not timed",
    severity=Severity.INFO,
    confidence=Confidence.VALIDATED,
    see=("https://www.postgresql.org/docs/current/runtime-config-statistics.html",),
)
def io_timing_off(
    settings: Snapshot[Setting],
    databases: Activity[Database],
    server: Server,
    *,
    read_bytes_per_second: float = 1024 * 1024,
) -> Iterator[Finding]:
    """Blocks are read from outside shared buffers, but track_io_timing is off.

    Why it matters
        Nobody can tell a read from the system's cache (microseconds) from one from disk
        (milliseconds), so statements that wait for the disk stay unnamed.

    What to do
        Switch track_io_timing on, after pg_test_timing has shown that reading the clock is
        cheap on this machine: most calls under 100 nanoseconds.

    When to ignore
        On machines with a slow clock source.
    """
    read = sum(d.shared_read_bytes for d in databases.rows)
    rate = read / databases.seconds if databases.seconds else 0.0
    if switched_off(settings, "track_io_timing") and rate >= read_bytes_per_second:
        yield Finding(
            subject=Subject("setting", "track_io_timing"),
            summary=f"track_io_timing is off: {size(rate)} a second are read from outside shared "
            "buffers, untimed.",
            evidence={"read_bytes_per_second": rate, "window_seconds": databases.seconds},
            remedy=Remedy(
                text="Switch track_io_timing on. Two clock readings a block read are added; at "
                "50 ns each that is not measurable beside the read.",
                statements=set_parameter(server, "track_io_timing", "on"),
                risk="No lock, no restart. With a slow clock source reads get slower: run "
                "pg_test_timing on the machine first.",
                verify="Within a minute blk_read_time of pg_stat_database grows.",
                rollback=reset_parameter(server, "track_io_timing", "off"),
            ),
        )
