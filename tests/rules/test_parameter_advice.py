from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from collectors.postgres.checkpoints import Checkpoints
from collectors.postgres.databases import Database
from collectors.postgres.wal import Wal
from collectors.rds.instance import Instance
from collectors.rds.parameters import Parameter
from collectors.snapshots.sessions import Connections
from rules.base import Confidence
from rules.settings.parameter_advice import advised
from rules.settings.parameter_change import Advice, ParameterAdvice
from rules.settings.parameter_counters import Counted, counted
from rules.settings.parameter_spelling import same, spelled
from rules.settings.parameters_seen import Seen
from tests.aws.rows import GIB, cluster, hours, minutes
from tests.make import make, snapshot
from tests.rules.parameter_groups import (
    AMPLE,
    FEW,
    SHORT,
    SHORT_OF_AURORA,
    aurora_mysql,
    aurora_postgres,
    group,
    live,
    load,
    mariadb,
    mysql,
    parameter,
    postgres,
    serverless,
)


def judge(instance: Instance, given: Sequence[Parameter], **seen: Any) -> Advice:
    return advised(Seen(instance=instance, parameters=given, **seen))


def change(advice: Advice, name: str) -> ParameterAdvice:
    (found,) = [c for c in advice.changes if c.parameter == name]
    return found


def changed(advice: Advice) -> set[str]:
    return {c.parameter for c in advice.changes}


def kept(advice: Advice, name: str) -> str:
    (found,) = [k.why for k in advice.kept if k.parameter == name]
    return found


READS, SPILLS = load(IO__DataFileRead=0.5), load(IO__BufFileWrite=0.4)
FORCED = Counted(
    forced_checkpoints_ratio=0.9, seconds_between_checkpoints=60.0, log_bytes_per_second=2e6
)


@pytest.mark.parametrize(
    ("instance", "given", "seen", "advice", "words"),
    [
        pytest.param(
            postgres(), group(autovacuum="0"), {}, ("autovacuum", "1"), "no table is vacuumed",
            id="autovacuum is off",
        ),
        pytest.param(
            postgres(), group(**{"rds.force_ssl": "0"}), {}, ("rds.force_ssl", "1"),
            "encrypt nothing", id="TLS is not asked for",
        ),
        pytest.param(
            postgres(), group(shared_buffers="1048576"), {"minutes": SHORT},
            ("shared_buffers", None), "8.0 GB is 2 times the 4.0 GB", id="memory overridden, short",
        ),
        pytest.param(
            postgres(), group(max_connections="5000"), {"hours": FEW}, ("max_connections", None),
            "at most 100 were used in 14 days", id="connections that nobody uses",
        ),
        pytest.param(
            postgres(), group(max_connections="110"), {"hours": FEW}, ("max_connections", None),
            "up to 1,802", id="a limit below the default that is nearly reached",
        ),
        pytest.param(
            postgres(), group(idle_in_transaction_session_timeout="86400000"),
            {"counted": Counted(longest_idle_in_transaction_seconds=900.0)},
            ("idle_in_transaction_session_timeout", "300000"), "idled in a transaction for 15 min",
            id="a session idles in a transaction",
        ),
        pytest.param(
            postgres(), group(idle_in_transaction_session_timeout="0"), {},
            ("idle_in_transaction_session_timeout", "3600000"), "nothing ends",
            id="no limit at all for idle transactions",
        ),
        pytest.param(
            postgres(), group(log_lock_waits=None), {"load": load(Lock__tuple=0.4)},
            ("log_lock_waits", "1"), "20 % of the load waits for locks", id="lock waits unlogged",
        ),
        pytest.param(
            postgres(), group(track_io_timing="0"), {"load": READS}, ("track_io_timing", "1"),
            "25 % of the load waits for reads", id="reads untimed",
        ),
        pytest.param(
            postgres(), group(random_page_cost=None), {"load": READS}, ("random_page_cost", "1.1"),
            "A rule of thumb", id="dear pages on SSD",
        ),
        pytest.param(
            postgres(), group(shared_preload_libraries="auto_explain"), {},
            ("shared_preload_libraries", "auto_explain,pg_stat_statements"), "not counted",
            id="statements uncounted",
        ),
        pytest.param(
            postgres(), group(work_mem=None), {"load": SPILLS, "hours": FEW, "minutes": AMPLE},
            ("work_mem", "16384"), "4.0 MB for each sort can become 16.0 MB", id="spills, and room",
        ),
        pytest.param(
            postgres(), group(log_temp_files="-1"), {"load": SPILLS},
            ("log_temp_files", "10240"), "20 % of the load waits", id="spills nobody logs",
        ),
        pytest.param(
            postgres(), group(max_wal_size="2048"), {"counted": FORCED}, ("max_wal_size", "5150"),
            "90 % of checkpoints were forced", id="forced checkpoints",
        ),
        pytest.param(
            mysql(), group(innodb_buffer_pool_size="{DBInstanceClassMemory*9/10}"),
            {"minutes": SHORT}, ("innodb_buffer_pool_size", None), "1.2 times the 12.0 GB",
            id="a pool of a formula that is too big",
        ),
        pytest.param(
            mysql(engine_version="8.4.3"), group(innodb_buffer_pool_size=str(15 * GIB)),
            {"minutes": SHORT}, ("innodb_buffer_pool_size", None), "1.25 times",
            id="8.4 gets its own size back",
        ),
        pytest.param(
            mysql(engine_version="8.4.3"), group(innodb_dedicated_server="0"), {},
            ("innodb_dedicated_server", None), "128 MB", id="8.4 sizes nothing",
        ),
        pytest.param(
            mysql(), group(innodb_flush_log_at_trx_commit="2"), {},
            ("innodb_flush_log_at_trx_commit", "1"), "commits of about the last second",
            id="commits that can be lost",
        ),
        pytest.param(
            mysql(), group(sync_binlog="0"), {}, ("sync_binlog", "1"), "replicas differ",
            id="a log that is not synced",
        ),
        pytest.param(
            mysql(insights=False), group(performance_schema=None),
            {"settings": live(performance_schema="OFF")}, ("performance_schema", "1"),
            "16.0 GB memory carry it", id="nothing is counted",
        ),
        pytest.param(
            mysql(insights=True), group(performance_schema="0"), {}, ("performance_schema", None),
            "Performance Insights switches it on", id="Performance Insights is kept from counting",
        ),
        pytest.param(
            mysql(), group(slow_query_log=None), {}, ("slow_query_log", "1"), "not logged",
            id="no slow log",
        ),
        pytest.param(
            mysql(), group(long_query_time="10"), {}, ("long_query_time", "1"), "over 10 s",
            id="slow is ten seconds",
        ),
        pytest.param(
            mysql(), (parameter("log_output", "TABLE", source="system"),), {},
            ("log_output", "FILE"), "written to tables", id="logs in tables by default",
        ),
        pytest.param(
            mariadb(), group(general_log="1"), {}, ("general_log", "0"), "every statement",
            id="the general log",
        ),
        pytest.param(
            aurora_mysql(), group(innodb_lock_wait_timeout="50"), {"load": load(Lock__row=0.5)},
            ("innodb_lock_wait_timeout", "10"), "25 % of the load", id="sessions pile up",
        ),
        pytest.param(
            aurora_mysql(), group(innodb_print_all_deadlocks=None),
            {"minutes": minutes(deadlocks_per_second=0.1).rows},
            ("innodb_print_all_deadlocks", "1"), "6 deadlocks in the worst", id="deadlocks unseen",
        ),
    ],
)  # fmt: skip
def test_advises(
    instance: Instance,
    given: Sequence[Parameter],
    seen: dict[str, Any],
    advice: tuple[str, str | None],
    words: str,
) -> None:
    found = change(judge(instance, given, **seen), advice[0])
    assert found.advised == advice[1]
    assert words in found.why
    assert found.why.endswith(".")
    assert found.risk.endswith(".")


@pytest.mark.parametrize(
    ("instance", "given", "seen", "name", "words"),
    [
        pytest.param(
            postgres(), group(shared_buffers="1048576"), {"minutes": AMPLE}, "shared_buffers",
            "memory is not short", id="memory overridden, but ample",
        ),
        pytest.param(
            postgres(), group(shared_buffers="1048576"), {}, "shared_buffers",
            "is not known", id="memory overridden, nothing seen",
        ),
        pytest.param(
            postgres(), group(shared_buffers="540000"), {"minutes": SHORT}, "shared_buffers",
            "no more than AWS's default", id="just not above the default",
        ),
        pytest.param(
            postgres(), group(max_connections="5000"),
            {"hours": hours(connections_max=1100.0).rows},
            "max_connections", "At most 1,100 were used", id="connections that are used",
        ),
        pytest.param(
            postgres(), group(max_connections="2000"),
            {"hours": hours(connections_max=1900.0).rows},
            "max_connections", "smaller pools or RDS Proxy", id="nearly all connections used",
        ),
        pytest.param(
            postgres(), group(max_connections="5000"), {}, "max_connections", "not known",
            id="nobody counts connections",
        ),
        pytest.param(
            postgres(), group(statement_timeout="0"), {}, "statement_timeout", "ALTER ROLE",
            id="a limit for the application alone",
        ),
        pytest.param(
            postgres(), group(idle_in_transaction_session_timeout="86400000"), {},
            "idle_in_transaction_session_timeout", "ends after 24 h", id="a day, no symptom",
        ),
        pytest.param(
            postgres(), group(random_page_cost=None), {}, "random_page_cost", "not known",
            id="no load is known",
        ),
        pytest.param(
            postgres(), group(random_page_cost=None), {"load": load(IO__DataFileRead=0.1)},
            "random_page_cost", "is 5 %", id="few reads",
        ),
        pytest.param(
            postgres(), group(random_page_cost="1.1"), {"load": READS}, "random_page_cost",
            "already", id="cheap already",
        ),
        pytest.param(
            postgres(instance_class="db.m4.large"), group(track_io_timing=None), {},
            "track_io_timing", "slow on db.m4.large", id="a slow clock",
        ),
        pytest.param(
            postgres(), group(work_mem=None), {"load": SPILLS}, "work_mem", "not known how much",
            id="spills, but room is not known",
        ),
        pytest.param(
            postgres(), group(work_mem="65536"), {"load": SPILLS, "hours": FEW}, "work_mem",
            "only 41.0 MB", id="spills, but no room",
        ),
        pytest.param(
            postgres(), group(work_mem=None), {"load": load()}, "work_mem", "No sort",
            id="nothing spills",
        ),
        pytest.param(
            postgres(), group(max_wal_size="2048"), {}, "max_wal_size", "without SQL",
            id="checkpoints are not known",
        ),
        pytest.param(
            postgres(allocated_bytes=20 * GIB), group(max_wal_size="2048"), {"counted": FORCED},
            "max_wal_size", "no room", id="no room for more log",
        ),
        pytest.param(
            mysql(insights=False, memory_bytes=1 * GIB), group(performance_schema="0"), {},
            "performance_schema", "too much of 1.0 GB", id="a class too small for it",
        ),
        pytest.param(
            mysql(insights=True), (parameter("performance_schema", "0", source="system"),), {},
            "performance_schema", "by itself", id="Performance Insights manages it",
        ),
        pytest.param(
            mysql(), group(innodb_lock_wait_timeout="50"), {"load": load()},
            "innodb_lock_wait_timeout", "not told", id="RDS does not tell row locks apart",
        ),
        pytest.param(
            postgres(tags=(("environment", "test"),)), group(**{"rds.force_ssl": "0"}), {},
            "rds.force_ssl", "not production", id="TLS outside production",
        ),
        pytest.param(
            serverless(aurora_postgres), group(max_connections="5000"), {"hours": FEW},
            "max_connections", "most capacity", id="connections of serverless",
        ),
    ],
)  # fmt: skip
def test_keeps(
    instance: Instance, given: Sequence[Parameter], seen: dict[str, Any], name: str, words: str
) -> None:
    advice = judge(instance, given, **seen)
    assert name not in changed(advice)
    assert words in kept(advice, name)


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
    ("given", "words"),
    [
        pytest.param({"modifiable": False}, "does not let it be changed", id="fixed"),
        pytest.param({"modifiable": None}, "does not let it be changed", id="perhaps fixed"),
        pytest.param({"allowed": "0"}, "does not allow 1", id="not allowed"),
    ],
)
def test_what_the_group_refuses_is_kept(given: dict[str, Any], words: str) -> None:
    advice = judge(postgres(), (parameter("log_lock_waits", "0", **given),))
    assert words in kept(advice, "log_lock_waits")
    assert not advice.changes


def test_what_the_group_does_not_have_is_not_told() -> None:
    advice = judge(postgres(), (), settings=live(log_lock_waits="off", track_io_timing="off"))
    assert not advice.changes
    assert not advice.kept


def test_live_values_win_over_groups_and_formulas() -> None:
    given = group(max_connections="{DBInstanceClassMemory/1000}", track_io_timing="0")
    advice = judge(
        postgres(), given, hours=FEW, settings=live(max_connections="400", track_io_timing="on")
    )
    assert not advice.changes
    assert [k.value for k in advice.kept if k.parameter == "max_connections"] == ["400"]


def test_what_waits_for_a_reboot_is_not_advised_again() -> None:
    waits = parameter("autovacuum", "1", pending_reboot=True, source="user")
    assert not judge(postgres(), (waits,), settings=live(autovacuum="on")).changes
    advice = judge(postgres(), (waits,), settings=live(autovacuum="off"))
    assert "takes effect at the next reboot" in kept(advice, "autovacuum")


def test_a_change_says_where_it_is_made() -> None:
    given = parameter(
        "autovacuum", "off", group="default.aurora-postgresql16", scope="cluster", static=None,
        allowed="on,off",
    )  # fmt: skip
    found = change(judge(aurora_postgres(), (given,)), "autovacuum")
    assert found.advised == "on"
    assert found.static
    assert found.group_is_fixed
    assert found.scope == "cluster"
    assert found.current.source == "user"
    assert found.confidence is Confidence.VALIDATED


@pytest.mark.parametrize(
    ("instance", "size_bytes", "source"),
    [
        (postgres(), 16 * GIB, "the table of classes"),
        (postgres(size=None, memory_bytes=None), None, "neither EC2 nor the table"),
        (serverless(aurora_mysql), 16 * GIB, "at most 8 ACU"),
    ],
)
def test_memory_says_where_it_comes_from(
    instance: Instance, size_bytes: int | None, source: str
) -> None:
    (of,) = cluster(max_acu=8.0).rows
    memory = judge(instance, (), cluster=of).memory
    assert memory.size_bytes == size_bytes
    assert source in memory.source


def test_memory_told_by_ec2() -> None:
    plain = postgres()
    assert plain.size is not None
    told = type(plain.size)(2, 16 * GIB, baseline_operations_per_second=3600)
    assert judge(postgres(size=told), ()).memory.source == "EC2"


@pytest.mark.parametrize(
    ("allowed", "kind", "value", "written"),
    [
        ("", "string", "x", "x"),
        ("1-1000", "integer", "1000", "1000"),
        ("1-1000", "integer", "1001", None),
        ("-1,0-2147483647", "integer", "-1", "-1"),
        ("-1-2147483647", "integer", "10240", "10240"),
        ("0-1.79769e+308", "float", "1.1", "1.1"),
        ("0,1", "boolean", "on", "1"),
        ("ON,OFF", "string", "1", "ON"),
        ("0-1", "integer", "FILE", None),
        ("auto_explain,pg_stat_statements", "list", "auto_explain,pg_stat_statements",
         "auto_explain,pg_stat_statements"),
        ("auto_explain", "list", "auto_explain,pg_stat_statements", None),
        ("0,1,{TrueIfReplica}", "boolean", "{TrueIfReplica}", "{TrueIfReplica}"),
    ],
)  # fmt: skip
def test_spelling(allowed: str, kind: str, value: str, written: str | None) -> None:
    assert spelled(parameter("p", allowed=allowed, data_type=kind), value) == written


def test_sameness() -> None:
    assert same("10", "10.000000")
    assert same("ON", "1")
    assert same(None, None)
    assert not same("1", None)
    assert not same("on", "off")


def test_counts_of_one_look() -> None:
    day = {"taken_at": 86_400.0, "counting_since": 0.0}
    found = counted(
        snapshot(make(Database, temp_bytes=24 * GIB, deadlocks=5), **day),
        snapshot(make(Checkpoints, timed=100, requested=300), **day),
        snapshot(make(Wal, bytes=864_000), **day),
        snapshot(
            make(Connections, state="idle in transaction", oldest_state_seconds=70.0),
            make(Connections, state="idle", oldest_state_seconds=7000.0),
        ),
    )
    assert found == Counted(1.0 * GIB, 5.0, 0.75, 216.0, 10.0, 70.0)


def test_counts_of_a_moment_or_of_nothing_are_not_known() -> None:
    new = snapshot(make(Database, temp_bytes=GIB), taken_at=100.0, counting_since=0.0)
    assert counted(new, None, None, None) == Counted()
    untold = snapshot(make(Wal, bytes=GIB), taken_at=1e9, counting_since=None)
    assert counted(None, None, untold, None) == Counted()
