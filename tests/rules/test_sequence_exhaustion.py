from __future__ import annotations

from typing import Any

import pytest

from collectors.postgres.sequences import Sequence
from rules.base import Severity
from rules.tables.sequence_exhaustion import sequence_exhaustion
from tests.make import make, snapshot

END = 2**31 - 1


def sequence(**given: Any) -> Sequence:
    about = {
        "schema": "public",
        "sequence": "t_id_seq",
        "table": "public.t",
        "column": "id",
        "column_type": "integer",
        "ceiling": END,
        "increment": 1,
    }
    return make(Sequence, **{**about, **given})


@pytest.mark.parametrize(
    ("it", "severities"),
    [
        pytest.param(sequence(last_value=int(END * 0.69)), [], id="69 %"),
        pytest.param(sequence(last_value=int(END * 0.701)), [Severity.MEDIUM], id="70 %"),
        pytest.param(sequence(last_value=int(END * 0.851)), [Severity.HIGH], id="85 %"),
        pytest.param(sequence(last_value=int(END * 0.951)), [Severity.CRITICAL], id="95 %"),
        pytest.param(sequence(last_value=END), [Severity.CRITICAL], id="used up"),
        pytest.param(sequence(last_value=None), [], id="never used"),
        pytest.param(sequence(last_value=END, ceiling=2**63 - 1), [], id="bigint"),
        pytest.param(sequence(last_value=1, ceiling=0), [], id="no room by design"),
    ],
)
def test_sequence_exhaustion(it: Sequence, severities: list[Severity]) -> None:
    assert [f.severity for f in sequence_exhaustion(snapshot(it))] == severities


def test_numbers_left_go_by_the_increment() -> None:
    near = sequence(last_value=END - 100, increment=10)
    (finding,) = sequence_exhaustion(snapshot(near))
    assert finding.evidence["numbers_left"] == 10


@pytest.mark.parametrize(
    ("it", "statement"),
    [
        pytest.param(
            sequence(last_value=END),
            "ALTER TABLE public.t ALTER COLUMN id TYPE bigint;",
            id="the column is narrow",
        ),
        pytest.param(
            sequence(last_value=END, column_type="bigint"),
            "ALTER SEQUENCE public.t_id_seq AS bigint NO MAXVALUE;",
            id="the sequence is narrow",
        ),
        pytest.param(
            sequence(last_value=END, table=None, column=None, column_type=None),
            "ALTER SEQUENCE public.t_id_seq AS bigint NO MAXVALUE;",
            id="it feeds no column",
        ),
    ],
)
def test_what_is_widened(it: Sequence, statement: str) -> None:
    (finding,) = sequence_exhaustion(snapshot(it))
    assert finding.remedy.statements[1] == statement
