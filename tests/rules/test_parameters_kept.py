from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from collectors.rds.instance import Instance
from collectors.rds.parameters import Parameter
from rules.base import Confidence
from tests.aws.rows import GIB, cluster, hours
from tests.rules.parameter_groups import (
    AMPLE,
    FEW,
    FORCED,
    READS,
    SHORT,
    SPILLS,
    aurora_mysql,
    aurora_postgres,
    change,
    changed,
    group,
    judge,
    kept,
    live,
    load,
    mysql,
    parameter,
    postgres,
    serverless,
)


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


def test_connections_that_no_group_sets_have_the_default() -> None:
    advice = judge(postgres(), group(max_connections=None), hours=FEW)
    assert kept(advice, "max_connections") == "At most 100 were used in 14 days."
    assert [k.value for k in advice.kept] == ["1,802"]
