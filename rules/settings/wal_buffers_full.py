"""Log buffers that run full."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.postgres.wal import Wal
from collectors.session import Server
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.settings import Setting
from rules.base import Finding, Remedy, Severity, Subject, rule
from rules.settings.values import BLOCK_BYTES, MB, number
from rules.wording import set_parameter, size

_AMPLE_BYTES = 64 * MB


@rule(
    title="Log buffers run full",
    severity=Severity.LOW,
    see=("https://www.postgresql.org/docs/current/runtime-config-wal.html",),
)
def wal_buffers_full(
    wal: Activity[Wal],
    settings: Snapshot[Setting],
    server: Server,
    *,
    tolerated_per_second: float = 10.0,
) -> Iterator[Finding]:
    """Sessions had to write log themselves, in the middle of a statement, to make room.

    Why it matters
        They hold a lock that every other writer needs while they write.

    What to do
        Raise wal_buffers to 64 MB at the next restart.

    When to ignore
        During a bulk load. With 64 MB or more already the disk is the limit, not the buffers;
        the rule is quiet then. Aurora writes its log elsewhere.
    """
    current = number(settings, "wal_buffers")
    if current is None or current >= _AMPLE_BYTES or server.platform == "aurora":
        return
    for row in wal.rows:
        rate = row.buffers_full / wal.seconds if wal.seconds else 0.0
        if rate > tolerated_per_second:
            yield Finding(
                subject=Subject("setting", "wal_buffers"),
                summary=f"wal_buffers ({size(current)}) ran full {rate:,.0f} times a second.",
                evidence={
                    "buffers_full_per_second": rate,
                    "wal_buffers_bytes": current,
                    "wal_bytes_per_second": row.bytes / wal.seconds,
                    "window_seconds": wal.seconds,
                },
                remedy=_remedy(server, current),
            )


def _remedy(server: Server, current: float) -> Remedy:
    def buffers(count: float) -> tuple[str, ...]:
        blocks = f"{count / BLOCK_BYTES:.0f}"
        return set_parameter(server, "wal_buffers", blocks, apply="restart")

    return Remedy(
        text=f"Raise wal_buffers to {size(_AMPLE_BYTES)} (in blocks of 8 kB below) at the next "
        "restart.",
        statements=buffers(_AMPLE_BYTES),
        risk="Needs a restart: seconds to minutes without the server. 64 MB of memory.",
        verify="After the restart wal_buffers_full of pg_stat_wal grows by fewer than ten a "
        "second.",
        rollback=" ".join(buffers(current)),
    )
