from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from collectors.rds.instance import Instance
from collectors.rds.parameters import Parameter
from rules.settings.parameter_counters import Counted
from tests.aws.rows import GIB, minutes
from tests.rules.parameter_groups import (
    AMPLE,
    FEW,
    FORCED,
    READS,
    SHORT,
    SPILLS,
    aurora_mysql,
    change,
    group,
    judge,
    live,
    load,
    mariadb,
    mysql,
    parameter,
    postgres,
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
            "a disk that seeks, which gp3 is not", id="dear pages on SSD",
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
