"""Writers wait for checkpoints because the redo log is full."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.mysql.innodb import Innodb
from collectors.session import Server
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.settings import Setting
from rules.base import MYSQL, Confidence, Finding, Remedy, Severity, Subject, rule
from rules.settings.mysql_values import change, needs_restart, undo, variable
from rules.settings.values import MB, number
from rules.wording import duration, share, size

_AMPLE_BYTES = 16 * 1024 * MB
_HOUR = 3600.0
# MySQL tells its limit only where a metric is switched on: 87.1 of 104.9 MB on 8.0.46.
_LIMIT_RATIO = 0.83
# Turned over faster than this, a log of unknown age is too small as well.
_HASTY_SECONDS = 600.0
_STEP = 8


@rule(
    title="The redo log is too small",
    severity=Severity.MEDIUM,
    engines=MYSQL,
    see=(
        "https://dev.mysql.com/doc/refman/8.4/en/innodb-redo-log.html",
        "https://mariadb.com/kb/en/innodb-redo-log/",
    ),
)
def redo_log_too_small(
    innodb: Activity[Innodb],
    settings: Snapshot[Setting],
    server: Server,
    *,
    tolerated_age_ratio: float = 0.8,
) -> Iterator[Finding]:
    """The redo log is nearly full of changes that are not yet in the data files.

    Why it matters
        Space in it is free only once the changed pages are written. When it runs full, every
        writer stops until they are: commits stall for moments again and again, and pages that
        are changed often are written far more often than they need be.

    What to do
        Let it hold about an hour of writing. On MySQL 8.0.30 and later set
        innodb_redo_log_capacity, on MariaDB and older MySQL innodb_log_file_size. If it is
        16 GB already, the disk is too slow, not the log too small.

    When to ignore
        During a load that ends. Aurora has no such log and is left out.
    """
    current = variable(settings, "innodb_redo_log_capacity", "innodb_log_file_size")
    if current is None or server.platform == "aurora":
        return
    for row in innodb.rows:
        seen = _seen(row, innodb.seconds)
        if seen is None or seen["redo_capacity_bytes"] >= _AMPLE_BYTES:
            continue
        age = _age_ratio(row)
        hasty = age is None and seen["turnover_seconds"] < _HASTY_SECONDS
        if hasty or ((age or 0.0) > tolerated_age_ratio and seen["turnover_seconds"] < _HOUR):
            yield _finding(current, seen, row, server, _files(settings, current))


def _seen(row: Innodb, seconds: float) -> dict[str, float] | None:
    """None where nothing was written, or the size is not known."""
    if not row.redo_capacity_bytes or not row.redo_written_bytes or not seconds:
        return None
    per_second = row.redo_written_bytes / seconds
    return {
        "redo_capacity_bytes": row.redo_capacity_bytes,
        "redo_bytes_per_hour": per_second * _HOUR,
        "turnover_seconds": row.redo_capacity_bytes / per_second,
        "window_seconds": seconds,
    }


def _age_ratio(row: Innodb) -> float | None:
    limit = row.checkpoint_limit_bytes or _LIMIT_RATIO * (row.redo_capacity_bytes or 0)
    if row.checkpoint_age_bytes is None or not limit:
        return None
    return min(1.0, row.checkpoint_age_bytes / limit)


def _files(settings: Snapshot[Setting], current: Setting) -> int:
    """How many of its size there are: one on MariaDB since 10.5."""
    if current.setting == "innodb_redo_log_capacity":
        return 1
    return int(number(settings, "innodb_log_files_in_group") or 1)


def _finding(
    current: Setting, seen: dict[str, float], row: Innodb, server: Server, files: int
) -> Finding:
    age = _age_ratio(row)
    capacity = seen["redo_capacity_bytes"]
    full = f"The redo log ({size(capacity)}) is filled in {duration(seen['turnover_seconds'])}"
    held = f", and writers must wait soon: {share(age)} of what it may hold is used" if age else ""
    return Finding(
        subject=Subject("setting", current.setting),
        summary=f"{full}{held}.",
        evidence={
            "checkpoint_age_ratio": age,
            "checkpoint_age_bytes": row.checkpoint_age_bytes,
            "checkpoint_limit_bytes": row.checkpoint_limit_bytes,
            **seen,
        },
        confidence=Confidence.HEURISTIC if age is None else None,
        severity=Severity.LOW if age is None else None,
        remedy=_remedy(current, _target(seen), server, files),
    )


def _target(seen: dict[str, float]) -> float:
    """An hour of writing, at least twice what it is, in powers of two from 64 MB to 16 GB.

    What was written in a few minutes says little of an hour: then eight times what it is.
    """
    wanted = max(seen["redo_bytes_per_hour"], 2 * seen["redo_capacity_bytes"])
    if seen["window_seconds"] < _HASTY_SECONDS:
        wanted = min(wanted, _STEP * seen["redo_capacity_bytes"])
    target = 64.0 * MB
    while target < min(wanted, _AMPLE_BYTES):
        target *= 2
    return target


def _remedy(current: Setting, target: float, server: Server, files: int) -> Remedy:
    restart = needs_restart(current)
    each = f" ({files} files of {size(target / files)})" if files > 1 else ""
    return Remedy(
        text=f"Set {current.setting} so that the redo log holds {size(target)}{each}; the aim "
        f"is an hour of writing.{' It takes a restart.' if restart else ''}",
        statements=change(server, current, f"{target / files:.0f}"),
        risk=f"Takes {size(target)} of disk, and recovery after a crash takes longer, up to "
        f"minutes. {'Needs a restart.' if restart else 'No lock, no restart.'}",
        verify="Under the same load checkpoint_age_ratio of the evidence stays below 75 % for an "
        "hour.",
        rollback=undo(server, current),
    )
