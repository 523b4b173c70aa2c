from __future__ import annotations

from typing import Any

import pytest

from collectors.snapshots.schema import ForeignKey, Index
from rules.indexes.coverage import (
    covers,
    duplicates,
    expendable,
    key_columns,
    leads_with,
    serves_key,
)
from tests.make import make


def index(*columns: str, oid: int = 1, **given: Any) -> Index:
    about = {
        "method": "btree",
        "valid": True,
        "ready": True,
        "opclasses": ("int4_ops",) * len(columns),
        "collations": ("",) * len(columns),
        "options": (0,) * len(columns),
    }
    return make(Index, columns=columns, oid=oid, **{**about, **given})


@pytest.mark.parametrize(
    ("narrow", "wide", "covered"),
    [
        pytest.param(index("a"), index("a", "b", oid=2), True, id="a prefix"),
        pytest.param(index("a"), index("a", oid=2), True, id="the same"),
        pytest.param(index("b"), index("a", "b", oid=2), False, id="not the beginning"),
        pytest.param(index("a", "b"), index("b", "a", oid=2), False, id="another order"),
        pytest.param(index("a"), index("a", "b"), False, id="itself"),
        pytest.param(index("a"), index("a", "b", oid=2, table="u"), False, id="another table"),
        pytest.param(
            index("a"), index("a", "b", oid=2, predicate="x"), False, id="wide is partial"
        ),
        pytest.param(index("a"), index("a", "b", oid=2, valid=False), False, id="wide is invalid"),
        pytest.param(index("a"), index("a", "b", oid=2, method="gin"), False, id="another method"),
        pytest.param(
            index("a", method="gin"),
            index("a", "b", oid=2, method="gin"),
            False,
            id="gin has no prefix",
        ),
        pytest.param(
            index("a"),
            index("a", "b", oid=2, opclasses=("text_pattern_ops", "x")),
            False,
            id="another operator class",
        ),
        pytest.param(
            index("a"), index("a", "b", oid=2, collations=("C", "")), False, id="another collation"
        ),
        pytest.param(
            index("a", options=(3,)), index("a", "b", oid=2), True, id="read backwards, same order"
        ),
        pytest.param(
            index("a", options=(1,)), index("a", "b", oid=2), False, id="NULLs at the other end"
        ),
        pytest.param(
            index("a", "b", options=(0, 3)), index("a", "b", "c", oid=2), False, id="mixed order"
        ),
        pytest.param(
            index("a", included=("c",)),
            index("a", "b", oid=2),
            False,
            id="carried column is missing",
        ),
        pytest.param(
            index("a", included=("b",)), index("a", "b", oid=2), True, id="carried column is a key"
        ),
        pytest.param(
            index("", expressions="lower(a)"),
            index("", oid=2, expressions="upper(a)"),
            False,
            id="another expression",
        ),
        pytest.param(
            index("a"), index("a", "", oid=2, expressions="lower(b)"), True, id="expression follows"
        ),
    ],
)
def test_covers(narrow: Index, wide: Index, covered: bool) -> None:
    assert covers(wide, narrow) is covered


@pytest.mark.parametrize(
    ("other", "same"),
    [
        pytest.param(index("a", oid=2), True, id="the same"),
        pytest.param(index("a", oid=2, options=(3,)), True, id="the reverse"),
        pytest.param(index("a", "b", oid=2), False, id="wider"),
        pytest.param(index("a", oid=2, included=("b",)), False, id="carries more"),
        pytest.param(index("a", oid=2, predicate="(b > 0)"), False, id="partial"),
        pytest.param(index("a", oid=2, database="other"), False, id="another database"),
    ],
)
def test_duplicates(other: Index, same: bool) -> None:
    assert duplicates(index("a"), other) is same


@pytest.mark.parametrize(
    "bound",
    [
        "unique",
        "primary",
        "exclusion",
        "referenced",
        "replica_identity",
        "partition_child",
        "building",
    ],
)
def test_bound_indexes_are_not_expendable(bound: str) -> None:
    assert expendable(index("a"))
    assert not expendable(index("a", **{bound: True}))


def test_leads_with() -> None:
    assert leads_with(index("a", "b"), ["a"])
    assert not leads_with(index("a", "b"), ["b"])
    assert not leads_with(index("a", predicate="(b > 0)"), ["a"])


def test_serves_a_foreign_key() -> None:
    keyed = key_columns([make(ForeignKey, columns=("a", "b"))])
    assert serves_key(index("b", "c"), keyed)
    assert not serves_key(index("c", "a"), keyed)
    assert not serves_key(index("a", table="u"), keyed)
    assert not serves_key(index(), keyed)
