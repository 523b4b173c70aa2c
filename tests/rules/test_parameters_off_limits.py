from __future__ import annotations

import pytest

from collectors.rds.instance import Instance
from rules.settings.parameter_advice import judged
from rules.settings.parameter_change import Kept, ParameterAdvice, Wish
from rules.settings.parameters_seen import Seen
from tests.aws.rows import cluster
from tests.rules.parameter_groups import (
    FEW,
    FORCED,
    SHORT_OF_AURORA,
    aurora_mysql,
    aurora_postgres,
    changed,
    group,
    judge,
    load,
    mariadb,
    mysql,
    postgres,
    serverless,
)

BAD = {
    "innodb_flush_log_at_trx_commit": "2", "general_log": "1", "query_cache_type": "1",
    "sync_binlog": "0", "innodb_change_buffering": "all", "innodb_buffer_pool_size": "15000000000",
    "max_connections": "20000", "sort_buffer_size": "99999999", "innodb_io_capacity": "200",
    "innodb_log_file_size": "1000", "innodb_redo_log_capacity": "1000", "max_wal_size": "10",
    "innodb_doublewrite": "0", "innodb_flush_method": "fsync", "aurora_query_cache_size": "0",
    "aurora_parallel_query": "0", "checkpoint_timeout": "30", "wal_compression": "0",
    "full_page_writes": "0", "bgwriter_delay": "1", "shared_buffers": "9999999",
    "huge_pages": "off", "autovacuum": "0", "rds.force_ssl": "0", "work_mem": "900000",
    "require_secure_transport": "OFF",
    "performance_schema": "0", "innodb_purge_threads": "1", "table_open_cache": "1",
    "table_definition_cache": "1", "slow_query_log": "0", "log_lock_waits": "0",
    "innodb_adaptive_flushing": "0", "innodb_undo_tablespaces": "2", "big_tables": "1",
}  # fmt: skip
OF_AURORA_MYSQL = {
    "sync_binlog", "innodb_change_buffering", "query_cache_type", "innodb_io_capacity",
    "innodb_log_file_size", "innodb_redo_log_capacity", "innodb_doublewrite", "innodb_flush_method",
    "innodb_adaptive_flushing", "innodb_undo_tablespaces", "big_tables",
}  # fmt: skip
OF_AURORA_POSTGRES = {
    "max_wal_size", "checkpoint_timeout", "wal_compression", "full_page_writes", "bgwriter_delay",
    "huge_pages",
}  # fmt: skip
SIZED = {"innodb_redo_log_capacity", "innodb_log_file_size", "innodb_flush_method"}
OF_SERVERLESS = {
    "innodb_buffer_pool_size", "innodb_purge_threads", "table_definition_cache", "table_open_cache",
    "shared_buffers",
}  # fmt: skip
NOWHERE = {"aurora_query_cache_size", "aurora_parallel_query"}


@pytest.mark.parametrize(
    ("instance", "forbidden", "wanted"),
    [
        pytest.param(
            postgres(), set(), {"autovacuum", "rds.force_ssl", "max_wal_size"}, id="RDS PostgreSQL"
        ),
        pytest.param(mysql(), set(), {"sync_binlog", "general_log"}, id="RDS MySQL 8.0"),
        pytest.param(mysql(engine_version="8.4.3"), SIZED, {"sync_binlog"}, id="RDS MySQL 8.4"),
        pytest.param(mariadb(), set(), {"query_cache_type", "sync_binlog"}, id="RDS MariaDB"),
        pytest.param(
            aurora_postgres(),
            OF_AURORA_POSTGRES,
            {"autovacuum", "shared_buffers"},
            id="Aurora PostgreSQL",
        ),
        pytest.param(
            aurora_mysql(),
            OF_AURORA_MYSQL,
            {"general_log", "innodb_buffer_pool_size"},
            id="Aurora MySQL",
        ),
        pytest.param(
            serverless(aurora_postgres),
            OF_AURORA_POSTGRES | OF_SERVERLESS,
            {"autovacuum"},
            id="serverless PostgreSQL",
        ),
        pytest.param(
            serverless(aurora_mysql),
            OF_AURORA_MYSQL | OF_SERVERLESS,
            {"general_log"},
            id="serverless MySQL",
        ),
    ],
)
def test_never_advises_what_the_platform_forbids(
    instance: Instance, forbidden: set[str], wanted: set[str]
) -> None:
    """Each of them is in the group, may be changed, is badly set, and every symptom is there."""
    (of,) = cluster(max_acu=8.0, min_acu=1.0).rows
    advice = judge(
        instance,
        group(**BAD),
        cluster=of,
        minutes=SHORT_OF_AURORA,
        hours=FEW,
        load=load(IO__DataFileRead=0.5, IO__BufFileWrite=0.4, Lock__row=0.4),
        counted=FORCED,
    )
    found = changed(advice)
    assert not found & (forbidden | NOWHERE)
    assert wanted <= found


@pytest.mark.parametrize(
    ("instance", "names"),
    [
        (postgres(), ["max_connections = memory x 100", "shared_buffers = 25 % of memory"]),
        (
            mysql(),
            ["innodb_buffer_pool_size = 75 % of memory", "query_cache_size, query_cache_type"],
        ),
        (aurora_mysql(), ["aurora_query_cache_size", "aurora_parallel_query"]),
        (aurora_postgres(), ["max_wal_size, checkpoint_timeout, wal_compression, bgwriter_*"]),
    ],
)
def test_says_what_is_not_advised_here(instance: Instance, names: list[str]) -> None:
    left = {one.parameter: one.why for one in judge(instance, ()).left_alone}
    assert set(names) <= set(left)
    assert all(why.endswith(".") for why in left.values())


def test_what_is_not_advised_fits_the_engine() -> None:
    def said(instance: Instance) -> str:
        return " ".join(f"{o.parameter} {o.why}" for o in judge(instance, ()).left_alone)

    assert "innodb" not in said(postgres())
    assert "shared_buffers" not in said(mysql())
    assert "removed the query cache" in said(mysql())
    assert "queue for its one lock" in said(mariadb())
    assert "innodb_dedicated_server" in said(mysql(engine_version="8.4.3"))
    assert "a quarter would throw" in said(aurora_postgres())
    assert "capacity" in said(serverless(aurora_mysql))
    assert not said(postgres(engine="sqlserver-ee"))


@pytest.mark.parametrize(
    ("instance", "names"),
    [
        pytest.param(mysql(engine_version="8.4.3"), SIZED, id="RDS MySQL 8.4"),
        pytest.param(aurora_postgres(), OF_AURORA_POSTGRES, id="Aurora PostgreSQL"),
        pytest.param(aurora_mysql(), OF_AURORA_MYSQL, id="Aurora MySQL"),
        pytest.param(serverless(aurora_mysql), OF_SERVERLESS, id="serverless"),
        pytest.param(mariadb(), {"aurora_query_cache_size"}, id="a parameter nobody has"),
    ],
)
def test_no_wish_gets_past_the_platform(instance: Instance, names: set[str]) -> None:
    """Whatever a choice would like; the same value elsewhere is taken."""
    for name in names:
        wish = Wish(name, "7", "It is so.", "None.")
        refused = judged(Seen(instance=instance, parameters=group(**BAD)), wish)
        assert isinstance(refused, Kept), name
        if name not in NOWHERE:
            taken = judged(Seen(instance=postgres(), parameters=group(**BAD)), wish)
            assert isinstance(taken, ParameterAdvice), name
