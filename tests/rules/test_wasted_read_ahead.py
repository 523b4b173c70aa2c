from __future__ import annotations

import pytest

from collectors.mysql.innodb import Innodb
from rules.settings.wasted_read_ahead import wasted_read_ahead
from tests.make import activity, make
from tests.rules.mysql_servers import mysql
from tests.rules.mysql_settings import variables

DEFAULT = {"innodb_read_ahead_threshold": 56, "innodb_random_read_ahead": "OFF"}


def test_the_threshold_is_raised_never_lowered() -> None:
    row = make(Innodb, pages_read_ahead=40_000, pages_read_ahead_evicted=10_001)
    (finding,) = wasted_read_ahead(activity(row, seconds=100.0), variables(**DEFAULT), mysql())
    assert finding.remedy.statements == ("SET PERSIST innodb_read_ahead_threshold = 64;",)


def test_random_read_ahead_goes_first() -> None:
    row = make(Innodb, pages_read_ahead=40_000, pages_read_ahead_evicted=20_000)
    given = variables(innodb_read_ahead_threshold=56, innodb_random_read_ahead="ON")
    (finding,) = wasted_read_ahead(activity(row, seconds=100.0), given, mysql())
    assert finding.remedy.statements == ("SET PERSIST innodb_random_read_ahead = OFF;",)


@pytest.mark.parametrize(
    ("ahead", "evicted", "seconds", "threshold"),
    [
        pytest.param(40_000, 10_000, 100.0, 56, id="a hundred a second, just tolerated"),
        pytest.param(100_000, 20_000, 100.0, 56, id="a fifth, just tolerated"),
        pytest.param(40_000, 40_000, 100.0, 64, id="as advised already (#503)"),
        pytest.param(40_000, 40_000, 100.0, 0, id="none is read ahead"),
        pytest.param(0, 20_000, 100.0, 56, id="read before the window"),
        pytest.param(40_000, 40_000, 0.0, 56, id="first look"),
    ],
)
def test_quiet(ahead: int, evicted: int, seconds: float, threshold: int) -> None:
    row = make(Innodb, pages_read_ahead=ahead, pages_read_ahead_evicted=evicted)
    given = variables(**{**DEFAULT, "innodb_read_ahead_threshold": threshold})
    assert not wasted_read_ahead(activity(row, seconds=seconds), given, mysql())
