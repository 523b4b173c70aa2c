from __future__ import annotations

from rules.capacity.balances import low_balance
from tests.aws.rows import aurora, instance, minutes


def test_the_lowest_is_named() -> None:
    (of,) = instance().rows
    rows = minutes(ebs_io_balance_ratio=0.08, ebs_byte_balance_ratio=0.05).rows
    found = low_balance(of, rows)
    assert found is not None
    assert (found.metric, found.left_ratio) == ("EBSByteBalance%", 0.05)


def test_the_most_of_three_minutes_counts() -> None:
    (of,) = instance().rows
    assert low_balance(of, minutes(ebs_io_balance_ratio=[0.5] * 13 + [0.05, 0.05]).rows) is None


def test_aurora_has_none() -> None:
    (of,) = aurora().rows
    assert low_balance(of, minutes(ebs_io_balance_ratio=0.0).rows) is None
