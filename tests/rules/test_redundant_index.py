from __future__ import annotations

from typing import Any

import pytest

from collectors.snapshots.schema import Index
from rules.indexes.redundant_index import redundant_index
from tests.make import make, snapshot


def index(*columns: str, oid: int, **given: Any) -> Index:
    about = {
        "schema": "public",
        "table": "t",
        "index": f"t_{'_'.join(columns)}_idx",
        "method": "btree",
        "opclasses": ("int4_ops",) * len(columns),
        "collations": ("",) * len(columns),
        "options": (0,) * len(columns),
        "valid": True,
        "ready": True,
        "size_bytes": 20 * 2**20,
    }
    return make(Index, columns=columns, oid=oid, **{**about, **given})


WIDE = index("a", "b", oid=2)


@pytest.mark.parametrize(
    ("indexes", "subjects"),
    [
        pytest.param([index("a", oid=1), WIDE], ["public.t_a_idx"], id="a prefix"),
        pytest.param([index("b", oid=1), WIDE], [], id="not the beginning"),
        pytest.param([index("a", "b", oid=1), WIDE], [], id="a duplicate has its own rule"),
        pytest.param([index("a", oid=1, unique=True), WIDE], [], id="the narrow one is unique"),
        pytest.param([index("a", oid=1, constraint="k"), WIDE], [], id="it backs a constraint"),
        pytest.param([index("a", oid=1, referenced=True), WIDE], [], id="a foreign key needs it"),
        pytest.param(
            [index("a", oid=1), index("a", "b", oid=2, valid=False)],
            [],
            id="the wide one is invalid",
        ),
        pytest.param(
            [index("a", oid=1, size_bytes=2**20, scans=9), WIDE], [], id="narrow, small and busy"
        ),
        pytest.param(
            [index("a", oid=1, size_bytes=2**20), WIDE], ["public.t_a_idx"], id="small, but idle"
        ),
        pytest.param(
            [index("a", oid=1), index("a", "b", oid=2, unique=True, primary=True)],
            ["public.t_a_idx"],
            id="prefix of the primary key",
        ),
    ],
)
def test_redundant_index(indexes: list[Index], subjects: list[str]) -> None:
    assert [f.subject.name for f in redundant_index(snapshot(*indexes))] == subjects


def test_the_smallest_stand_in_is_named() -> None:
    bigger = index("a", "b", "c", oid=3, size_bytes=40 * 2**20)
    (narrow, _) = redundant_index(snapshot(index("a", oid=1), bigger, WIDE))
    assert narrow.evidence["kept"] == "public.t_a_b_idx"


def test_advantage_is_tunable() -> None:
    pair = snapshot(index("a", oid=1, size_bytes=2**20, scans=9), WIDE)
    assert len(redundant_index(pair, narrow_advantage=30)) == 1
