from __future__ import annotations

import pytest

from collectors.snapshots.schema import Column, Index
from rules.indexes.btree_size import BtreeKey, btree_bytes, deduplicates, fresh_bytes
from tests.make import make


@pytest.mark.parametrize(
    ("rows", "key", "measured_megabytes"),
    [
        pytest.param(
            1e6, BtreeKey((4,), 91_300, deduplicated=True), 9.31, id="ten repeats an integer"
        ),
        pytest.param(
            1e6, BtreeKey((4, 8), 1e6, deduplicated=True), 31.56, id="integer and timestamp"
        ),
        pytest.param(
            1e6, BtreeKey((4, 8, 6), 1e6, deduplicated=False), 40.57, id="the same with a column"
        ),
        pytest.param(1e6, BtreeKey((8,), 5, deduplicated=True), 6.96, id="five states"),
        pytest.param(
            1e6, BtreeKey((6,), 100_000, deduplicated=False), 22.52, id="numeric is not folded"
        ),
        pytest.param(1e6, BtreeKey((84,), 1, deduplicated=True), 7.88, id="one long text"),
        pytest.param(1e5, BtreeKey((16,), 1e5, deduplicated=True), 3.18, id="unique e-mails"),
        pytest.param(1e5, BtreeKey((3,), 10, deduplicated=True), 0.71, id="ten countries"),
    ],
)
def test_model_against_measured_sizes(
    rows: float, key: BtreeKey, measured_megabytes: float
) -> None:
    assert btree_bytes(rows, key) / 1e6 == pytest.approx(measured_megabytes, rel=0.08)


def test_no_rows_are_one_page() -> None:
    assert btree_bytes(0, BtreeKey((4,), 0, deduplicated=True)) == 8192


def test_a_lower_fillfactor_takes_more() -> None:
    key = BtreeKey((4,), 1e6, deduplicated=False)
    assert btree_bytes(1e6, key, 45) == pytest.approx(2 * btree_bytes(1e6, key, 90), rel=0.01)


@pytest.mark.parametrize(
    ("types", "folded"),
    [
        pytest.param(["integer", "text"], True, id="scalars"),
        pytest.param(["numeric(10,2)"], False, id="numeric"),
        pytest.param(["text[]"], False, id="array"),
        pytest.param(["int4range"], False, id="range"),
        pytest.param(["jsonb"], False, id="jsonb"),
    ],
)
def test_deduplicates(types: list[str], folded: bool) -> None:
    assert deduplicates(types) is folded


def columns(**widths: int | None) -> dict[str, Column]:
    return {
        name: make(Column, column=name, type="integer", average_bytes=width, distinct_values=10.0)
        for name, width in widths.items()
    }


PLAIN = make(Index, method="btree", columns=("a",), rows=1e6, definition="CREATE INDEX i ON t (a)")


def test_fresh_size_reads_statistics() -> None:
    expected = btree_bytes(1e6, BtreeKey((4,), 10, deduplicated=True))
    assert fresh_bytes(PLAIN, columns(a=4)) == expected


@pytest.mark.parametrize(
    "options", ["WITH (deduplicate_items=off)", "WITH (deduplicate_items='false')"]
)
def test_deduplication_may_be_off(options: str) -> None:
    index = make(Index, method="btree", columns=("a",), rows=1e6, definition=f"CREATE … {options}")
    assert fresh_bytes(index, columns(a=4)) == btree_bytes(
        1e6, BtreeKey((4,), 10, deduplicated=False)
    )


def test_fillfactor_of_the_definition() -> None:
    index = make(
        Index, method="btree", columns=("a",), rows=1e6, definition="WITH (fillfactor='70')"
    )
    assert fresh_bytes(index, columns(a=4)) == btree_bytes(
        1e6, BtreeKey((4,), 10, deduplicated=True), 70
    )


def test_nulls_are_equal_and_narrow() -> None:
    half = {"a": make(Column, average_bytes=100, distinct_values=5e5, null_ratio=0.5)}
    values = btree_bytes(5e5, BtreeKey((100,), 5e5, deduplicated=True))
    nulls = btree_bytes(5e5, BtreeKey((), 1, deduplicated=True))
    assert fresh_bytes(PLAIN, half) == values + nulls
    assert nulls < values / 10


@pytest.mark.parametrize(
    ("index", "known"),
    [
        pytest.param(make(Index, method="gin", columns=("a",), rows=1.0), {"a": 4}, id="not btree"),
        pytest.param(
            make(Index, method="btree", columns=("",), rows=1.0), {"a": 4}, id="expression"
        ),
        pytest.param(make(Index, method="btree", columns=("a",)), {"a": 4}, id="rows not known"),
        pytest.param(PLAIN, {"a": None}, id="never analysed"),
        pytest.param(PLAIN, {}, id="no statistics"),
    ],
)
def test_unknown_sizes(index: Index, known: dict[str, int | None]) -> None:
    assert fresh_bytes(index, columns(**known)) is None
