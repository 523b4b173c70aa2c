from __future__ import annotations

import pytest

from collectors.mysql.facts import Variable
from collectors.mysql.global_status import METRICS
from collectors.mysql.innodb import SIZES, Innodb, Sizes, innodb
from collectors.session import Server
from tests.fakes import FakeSession
from tests.rules.mysql_servers import mariadb, mysql


def asked(server: Server, files: int | None = None, **values: object) -> Innodb:
    shown = [{"variable_name": name, "value": str(value)} for name, value in values.items()]
    sizes = [{"buffer_pool_bytes": 1000, "redo_files_bytes": files}]
    (row,) = innodb(FakeSession(server, by_type={Variable: shown, Sizes: sizes})).rows
    return row


def test_the_size_of_the_redo_log() -> None:
    assert asked(mysql(), Innodb_redo_log_capacity_resized=77).redo_capacity_bytes == 77
    assert asked(mysql(8, 0, 29), files=96).redo_capacity_bytes == 96


@pytest.mark.parametrize(
    ("version", "asks"),
    [((5, 7), "files_in_group"), ((8, 0, 29), "files_in_group"), ((8, 0, 30), "NULL AS redo")],
)
def test_the_variables_of_the_redo_log_are_gone(version: tuple[int, ...], asks: str) -> None:
    assert asks in (SIZES.pick({"mysql": version}) or "")


@pytest.mark.parametrize(
    ("values", "age"),
    [
        ({"Innodb_redo_log_current_lsn": 900, "Innodb_redo_log_checkpoint_lsn": 300}, 600),
        ({"Innodb_redo_log_current_lsn": 300, "Innodb_redo_log_checkpoint_lsn": 301}, 0),
        ({"Innodb_checkpoint_age": 5}, 5),
        ({"log_lsn_checkpoint_age": 6}, 6),
        ({}, None),
    ],
    ids=["MySQL 8.0.30", "not read in one moment", "MariaDB", "a metric", "not told"],
)
def test_the_age_of_the_checkpoint(values: dict[str, int], age: int | None) -> None:
    assert asked(mysql(), **values).checkpoint_age_bytes == age


def test_values_have_units() -> None:
    row = asked(
        mariadb(), Innodb_buffer_pool_pages_free=10, Innodb_page_size=16384,
        Innodb_row_lock_time=1500, Innodb_history_list_length=12,
    )  # fmt: skip
    assert (row.buffer_pool_bytes, row.buffer_pool_free_bytes) == (1000, 163840)
    assert (row.row_lock_seconds, row.history_list_length) == (1.5, 12)
    assert row.deadlocks is row.lock_timeouts is row.rows_read is row.active_transactions is None


@pytest.mark.parametrize(
    ("product", "on"), [("mysql", "STATUS = 'enabled'"), ("mariadb", "ENABLED = 1")]
)
def test_only_metrics_that_count_are_read(product: str, on: str) -> None:
    assert f"WHERE {on}\n" in (METRICS.pick({product: (10, 11)}) or "")


def test_says_what_it_needs() -> None:
    assert innodb.unmet(mysql(grants=frozenset())) == [
        "needs the privilege PROCESS; dbtriage@% has it not; "
        "run GRANT PROCESS ON *.* TO 'dbtriage'@'%'"
    ]
