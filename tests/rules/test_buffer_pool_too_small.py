from __future__ import annotations

from typing import Any

import pytest

from collectors.mysql.innodb import Innodb
from collectors.snapshot import Activity
from rules.base import Severity
from rules.settings.buffer_pool_too_small import buffer_pool_too_small
from tests.make import activity, make
from tests.rules.mysql_servers import mariadb, mysql
from tests.rules.mysql_settings import GB, MB, variables


def pool(seconds: float = 100.0, **given: Any) -> Activity[Innodb]:
    """Full, and 200 of 10,000 pages a second are read from disk."""
    about = {"page_reads": 20_000, "page_requests": 1_000_000, "buffer_pool_bytes": GB, **given}
    return activity(make(Innodb, **about), seconds=seconds)


@pytest.mark.parametrize(
    ("size", "memory", "value"),
    [
        pytest.param(GB, 16 * GB, 8 * GB, id="half of the memory first"),
        pytest.param(8 * GB, 16 * GB, 12 * GB, id="then three quarters"),
        pytest.param(128 * MB, 900 * MB, 450 * MB, id="a small machine"),
    ],
)
def test_fires_with_a_size_below_three_quarters(size: int, memory: int, value: int) -> None:
    given = variables(innodb_buffer_pool_size=size)
    (finding,) = buffer_pool_too_small(pool(), given, mysql(memory_bytes=memory))
    assert finding.remedy.statements == (f"SET PERSIST innodb_buffer_pool_size = {value};",)
    assert finding.remedy.rollback == f"SET PERSIST innodb_buffer_pool_size = {size};"
    assert finding.severity is Severity.MEDIUM


def test_free_page_waits_are_a_symptom_of_their_own() -> None:
    given = variables(innodb_buffer_pool_size=GB)
    waits = pool(page_reads=0, free_page_waits=200)
    assert len(buffer_pool_too_small(waits, given, mysql(memory_bytes=16 * GB))) == 1


@pytest.mark.parametrize(("free", "findings"), [(24 * MB, 1), (24 * MB + 1, 0)])
def test_pages_that_are_kept_free_for_the_next_to_come(free: int, findings: int) -> None:
    given = variables(
        innodb_buffer_pool_size=128 * MB, innodb_lru_scan_depth=1536, innodb_page_size=16384
    )
    row = pool(buffer_pool_bytes=128 * MB, buffer_pool_free_bytes=free)
    assert len(buffer_pool_too_small(row, given, mariadb(memory_bytes=16 * GB))) == findings


@pytest.mark.parametrize(
    ("innodb", "size", "about"),
    [
        pytest.param(
            pool(page_reads=0), 8 * GB, {"memory_bytes": 64 * GB}, id="8 instances of 8 GB (#497)"
        ),
        pytest.param(pool(page_reads=9_000), GB, {"memory_bytes": 16 * GB}, id="few reads"),
        pytest.param(
            pool(page_requests=9_000_000), GB, {"memory_bytes": 16 * GB}, id="a low miss ratio"
        ),
        pytest.param(
            pool(buffer_pool_free_bytes=GB // 10), GB, {"memory_bytes": 16 * GB}, id="still filling"
        ),
        pytest.param(pool(), 11 * GB, {"memory_bytes": 16 * GB}, id="as large as it should be"),
        pytest.param(pool(), 8 * GB, {}, id="large, on a machine of unknown memory (#783)"),
        pytest.param(
            pool(), 7 * GB, {"memory_bytes": 16 * GB, "platform": "rds"}, id="as Amazon sizes it"
        ),
        pytest.param(pool(), GB, {"memory_bytes": 16 * GB, "platform": "aurora"}, id="Aurora"),
        pytest.param(pool(seconds=0.0), GB, {"memory_bytes": 16 * GB}, id="first look"),
        pytest.param(
            pool(page_reads=0, page_requests=0), GB, {"memory_bytes": 16 * GB}, id="nothing ran"
        ),
    ],
)
def test_quiet(innodb: Activity[Innodb], size: int, about: dict[str, Any]) -> None:
    given = variables(innodb_buffer_pool_size=size, innodb_buffer_pool_instances=8)
    assert not buffer_pool_too_small(innodb, given, mysql(**about))


def test_of_unknown_memory_no_size_is_named() -> None:
    given = variables(innodb_buffer_pool_size=128 * MB)
    (finding,) = buffer_pool_too_small(pool(), given, mysql())
    assert finding.remedy.statements == ()
    assert finding.severity is Severity.LOW


def test_on_rds_the_own_formula_is_left() -> None:
    given = variables(innodb_buffer_pool_size=GB)
    (finding,) = buffer_pool_too_small(pool(), given, mysql(platform="rds", memory_bytes=16 * GB))
    assert "ParameterValue='{DBInstanceClassMemory*3/4}'" in finding.remedy.statements[0]


def test_beyond_what_mariadb_may_resize_to_it_takes_a_restart() -> None:
    given = variables(innodb_buffer_pool_size=GB, innodb_buffer_pool_size_max=GB)
    (finding,) = buffer_pool_too_small(pool(), given, mariadb(memory_bytes=16 * GB))
    assert finding.remedy.statements[-1] == "-- then restart the server"
