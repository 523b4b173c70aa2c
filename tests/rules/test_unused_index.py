from __future__ import annotations

from typing import Any

import pytest

from collectors.snapshot import Snapshot
from collectors.snapshots.replication import Replica
from collectors.snapshots.schema import ForeignKey, Index
from rules.base import Confidence, Finding
from rules.indexes.unused_index import unused_index
from tests.make import make, snapshot

DAY = 86400.0
NOW = 1e9
KEYS: Snapshot[ForeignKey] = snapshot()


def index(**given: Any) -> Index:
    about = {
        "schema": "public",
        "table": "t",
        "index": "i",
        "columns": ("a",),
        "valid": True,
        "size_bytes": 10 * 2**20,
        "definition": "CREATE INDEX i ON public.t USING btree (a)",
    }
    return make(Index, **{**about, **given})


def judged(
    it: Index,
    days: float | None = 30,
    keys: Snapshot[ForeignKey] = KEYS,
    replicas: Snapshot[Replica] | None = None,
) -> list[Finding]:
    since = None if days is None else NOW - days * DAY
    return unused_index(snapshot(it, taken_at=NOW, counting_since=since), keys, replicas)


@pytest.mark.parametrize(
    ("it", "days", "fires"),
    [
        pytest.param(index(), 30, True, id="unused for a month"),
        pytest.param(index(), 29.9, False, id="not watched for a month"),
        pytest.param(index(), None, False, id="nobody knows since when it counts"),
        pytest.param(index(size_bytes=10 * 2**20 - 1), 90, False, id="too small"),
        pytest.param(index(scans=1), 90, False, id="used, nobody knows when"),
        pytest.param(index(scans=1, last_scan_at=NOW - 31 * DAY), 90, True, id="used long ago"),
        pytest.param(index(scans=1, last_scan_at=NOW - DAY), 90, False, id="used yesterday"),
        pytest.param(index(unique=True), 90, False, id="unique"),
        pytest.param(index(constraint="c"), 90, False, id="backs a constraint"),
        pytest.param(index(replica_identity=True), 90, False, id="replica identity"),
        pytest.param(index(partition_child=True), 90, False, id="of a partition"),
        pytest.param(index(valid=False), 90, False, id="invalid has its own rule"),
    ],
)
def test_unused_index(it: Index, days: float | None, fires: bool) -> None:
    assert bool(judged(it, days)) is fires


def test_foreign_key_needs_it() -> None:
    key = make(ForeignKey, schema="public", table="t", columns=("a",))
    assert judged(index(), 90, snapshot(key)) == []
    other = make(ForeignKey, schema="public", table="t", columns=("b",))
    assert len(judged(index(), 90, snapshot(other))) == 1


@pytest.mark.parametrize(
    ("replicas", "confidence"),
    [
        pytest.param(None, None, id="not known"),
        pytest.param(snapshot(), None, id="alone"),
        pytest.param(
            snapshot(make(Replica, replica="r", kind="physical")),
            Confidence.HEURISTIC,
            id="replica",
        ),
    ],
)
def test_replicas_lower_confidence(
    replicas: Snapshot[Replica] | None, confidence: Confidence | None
) -> None:
    (finding,) = judged(index(), 90, replicas=replicas)
    assert finding.confidence is confidence
    assert ("each of them" in finding.remedy.text) is (confidence is not None)


def test_limits_are_tunable() -> None:
    at = snapshot(index(size_bytes=1), taken_at=NOW, counting_since=NOW)
    assert len(unused_index(at, KEYS, None, minimum_bytes=1, minimum_days=0)) == 1


def test_dropping_can_be_undone() -> None:
    (finding,) = judged(index(), 90)
    assert finding.remedy.statements == ("DROP INDEX CONCURRENTLY public.i;",)
    assert finding.remedy.rollback.startswith("CREATE INDEX CONCURRENTLY i ON")
