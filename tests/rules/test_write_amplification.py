from __future__ import annotations

import pytest

from collectors.snapshots.statements import Statement
from rules.base import Severity
from rules.statements.write_amplification import write_amplification
from tests.make import activity, make

MB = 1024 * 1024


def statement(**given: object) -> Statement:
    """10,000 rows and 200 MB of log in 100 s."""
    about = {"calls": 10_000, "exec_seconds": 5.0, "rows": 10_000, "wal_bytes": 200 * MB}
    more = {"wal_full_page_images": 100, "query": "UPDATE t SET a = $1 WHERE id = $2", **given}
    return make(Statement, digest="d1", **{**about, **more})


def test_rows_and_indexes_make_the_log() -> None:
    (finding,) = write_amplification(activity(statement(), seconds=100.0))
    assert (finding.severity, "indexes" in finding.remedy.text) == (Severity.MEDIUM, True)


def test_page_images_make_the_log() -> None:
    row = statement(wal_full_page_images=20_000)
    (finding,) = write_amplification(activity(row, seconds=100.0))
    assert (finding.severity, "max_wal_size" in finding.remedy.text) == (Severity.LOW, True)


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(statement(rows=21_000), id="just under ten kilobytes a row"),
        pytest.param(statement(wal_bytes=99 * MB), id="under a megabyte a second"),
        pytest.param(statement(rows=99), id="too few rows to tell"),
        pytest.param(statement(query="SELECT * FROM t"), id="a read that sets hint bits"),
        pytest.param(statement(query="COPY t FROM STDIN"), id="a load"),
        pytest.param(statement(wal_bytes=None), id="log is not counted"),
    ],
)
def test_quiet(row: Statement) -> None:
    assert not write_amplification(activity(row, seconds=100.0))


def test_first_look() -> None:
    assert not write_amplification(activity(statement(), seconds=0.0))
