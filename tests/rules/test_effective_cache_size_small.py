from __future__ import annotations

import pytest

from collectors.postgres.postgres_table import PostgresTable
from collectors.snapshot import Snapshot
from collectors.snapshots.settings import Setting
from rules.settings.effective_cache_size_small import effective_cache_size_small
from tests.make import activity, make, server, snapshot

GB = 1024**3


def setting(size: float) -> Snapshot[Setting]:
    return snapshot(make(Setting, setting="effective_cache_size", number=size))


def table(heap: int, scans: int, index: int = GB) -> PostgresTable:
    return make(
        PostgresTable,
        schema="public",
        table="t",
        heap_bytes=heap,
        index_bytes=index,
        seq_scans=scans,
    )


def test_fires() -> None:
    where = server(memory_bytes=64 * GB)
    (finding,) = effective_cache_size_small(activity(table(10 * GB, 50)), setting(4.0 * GB), where)
    assert "public.t" in finding.summary


@pytest.mark.parametrize(
    ("row", "size", "memory"),
    [
        pytest.param(table(10 * GB, 50), 4.0 * GB, None, id="memory unknown"),
        pytest.param(table(90 * GB, 50), 26.0 * GB, 64 * GB, id="just over two fifths"),
        pytest.param(table(3 * GB, 50), 4.0 * GB, 64 * GB, id="the table fits into it"),
        pytest.param(table(10 * GB, 9), 4.0 * GB, 64 * GB, id="few scans"),
        pytest.param(table(10 * GB, 50, 0), 4.0 * GB, 64 * GB, id="no index to use instead"),
    ],
)
def test_quiet(row: PostgresTable, size: float, memory: int | None) -> None:
    where = server(memory_bytes=memory)
    assert not effective_cache_size_small(activity(row), setting(size), where)


def test_first_look() -> None:
    where = server(memory_bytes=64 * GB)
    tables = activity(table(10 * GB, 50), seconds=0.0)
    assert not effective_cache_size_small(tables, setting(4.0 * GB), where)
