"""Full page images that go uncompressed into the log."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.postgres.wal import Wal
from collectors.session import Server
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.settings import Setting
from rules.base import Finding, Remedy, Severity, Subject, rule
from rules.settings.values import BLOCK_BYTES, switched_off
from rules.wording import reset_parameter, set_parameter, share, size


@rule(
    title="Full page images are not compressed",
    severity=Severity.LOW,
    see=("https://www.postgresql.org/docs/current/runtime-config-wal.html",),
)
def wal_compression_off(
    wal: Activity[Wal],
    settings: Snapshot[Setting],
    server: Server,
    *,
    least_images_ratio: float = 0.5,
    least_wal_bytes_per_second: float = 1024 * 1024,
) -> Iterator[Finding]:
    """Half of the log or more is images of whole pages, and they are stored as they are.

    Why it matters
        Each page is logged whole at its first change after a checkpoint. The images are
        written, archived and sent to each replica; most shrink to a half or less.

    What to do
        Compress them: lz4 from PostgreSQL 15 on costs little processor time. Fewer checkpoints
        make fewer images: see forced-checkpoints.

    When to ignore
        Where the processors are busy and the disk is not. Aurora logs no page images.
    """
    off = switched_off(settings, "wal_compression")
    if not off or not wal.seconds or server.platform == "aurora":
        return
    for row in wal.rows:
        rate = row.bytes / wal.seconds
        ratio = row.full_page_images * BLOCK_BYTES / row.bytes if row.bytes else 0.0
        if rate >= least_wal_bytes_per_second and ratio >= least_images_ratio:
            yield Finding(
                subject=Subject("setting", "wal_compression"),
                summary=f"About {share(min(1.0, ratio))} of {size(rate)} of log a second are page "
                "images, uncompressed.",
                evidence={
                    "full_page_images_ratio": min(1.0, ratio),
                    "full_page_images": row.full_page_images,
                    "wal_bytes_per_second": rate,
                    "window_seconds": wal.seconds,
                },
                remedy=_remedy(server),
            )


def _remedy(server: Server) -> Remedy:
    method = "lz4" if server.at_least(15) else "on"
    return Remedy(
        text=f"Set wal_compression to {method}; it takes effect at a reload.",
        statements=set_parameter(server, "wal_compression", method),
        risk="No lock, no restart. Some processor time for each first change of a page. A server "
        "built without lz4 refuses the value: use pglz then.",
        verify="Within an hour wal_bytes a second of pg_stat_wal falls while wal_fpi stays.",
        rollback=reset_parameter(server, "wal_compression", "off"),
    )
