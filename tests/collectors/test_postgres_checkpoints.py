from __future__ import annotations

import pytest

from collectors.postgres.checkpoints import Checkpoints, checkpoints
from collectors.postgres.counting_since import Reset
from tests.fakes import FakeSession
from tests.make import make, row, server


@pytest.mark.parametrize(
    ("version", "column"),
    [
        ((13,), "w.checkpoints_timed"),
        ((16, 9), "w.checkpoints_timed"),
        ((17,), "c.num_timed + c.restartpoints_timed"),
        ((18, 1), "c.num_timed + c.restartpoints_timed"),
    ],
)
def test_reads_the_view_that_counts_them(version: tuple[int, ...], column: str) -> None:
    given = row(Checkpoints, timed=2)
    db = FakeSession(server(*version), [given], {Reset: [{"at": 5.0}]})
    answer = checkpoints(db)
    assert column in db.ran[1]
    assert answer.rows == (make(Checkpoints, timed=2),)
    assert answer.counting_since == 5.0


@pytest.mark.parametrize(("version", "views"), [((16,), 1), ((17,), 2)])
def test_the_later_reset_of_two_views_counts(version: tuple[int, ...], views: int) -> None:
    db = FakeSession(server(*version), [row(Checkpoints)], {Reset: [{"at": 5.0}]})
    checkpoints(db)
    assert db.ran[0].count("FROM") + db.ran[0].count("JOIN") == views + 1  # extract has a FROM


def test_says_what_it_needs() -> None:
    assert checkpoints.unmet(server(12)) == ["needs postgres >= 13; found postgres 12"]
