from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.instance import Instance
from collectors.rds.parameters import Parameter
from collectors.snapshot import Snapshot
from rules.base import Finding, Severity
from rules.upkeep.parameter_overridden import parameter_overridden
from rules.upkeep.risky_parameters import RISKS
from tests.aws.rows import GIB, aurora, instance, minutes, parameters
from tests.make import snapshot

SHORT = minutes(freeable_memory_bytes=1.5 * GIB, connections=100.0)
AMPLE = minutes(freeable_memory_bytes=9 * GIB, connections=100.0)
USUAL = minutes(freeable_memory_bytes=4 * GIB, connections=1000.0)
SWAPPING = minutes(
    freeable_memory_bytes=4 * GIB, swap_used_bytes=[1e9 + at * 1e6 for at in range(15)]
)


def mysql(**given: Any) -> Snapshot[Instance]:
    return instance(**{"engine": "mysql", "engine_version": "8.0.39", **given})


def judged(
    shown: Snapshot[Instance],
    seen: Snapshot[CloudWatch] | None,
    given: Snapshot[Parameter],
    *,
    sql: bool = False,
) -> list[Finding]:
    return parameter_overridden(given, shown, seen, snapshot() if sql else None)


@pytest.mark.parametrize(
    ("shown", "seen", "name", "value", "words"),
    [
        pytest.param(
            mysql(), SHORT, "innodb_buffer_pool_size", str(14 * GIB),
            "no more than 9.4 % of the memory", id="pool too big",
        ),
        pytest.param(
            mysql(), SWAPPING, "innodb_buffer_pool_size", "{DBInstanceClassMemory*7/8}",
            "swap grows by 57.2 MB an hour", id="a formula, and it swaps",
        ),
        pytest.param(
            instance(), SHORT, "shared_buffers", str(8 * GIB // 8192),
            "2 times what AWS gives", id="shared_buffers in pages",
        ),
        pytest.param(
            instance(), SHORT, "work_mem", "65536", "64.0 MB", id="work_mem",
        ),
        pytest.param(
            instance(), AMPLE, "max_connections", "5000", "at most 100 were used",
            id="connections nobody uses",
        ),
        pytest.param(
            mysql(), AMPLE, "innodb_buffer_pool_size", str(2 * GIB),
            "56 % of the memory lies idle", id="pool too small",
        ),
    ],
)  # fmt: skip
def test_memory(
    shown: Snapshot[Instance],
    seen: Snapshot[CloudWatch],
    name: str,
    value: str,
    words: str,
) -> None:
    (found,) = judged(shown, seen, parameters(**{name: value}))
    assert found.subject.name == name
    expected = Severity.LOW if name == "max_connections" else Severity.MEDIUM
    assert found.severity is expected
    assert words in found.summary
    assert found.remedy.statements == (
        "aws rds reset-db-parameter-group --db-parameter-group-name orders-pg16 "
        f"--region eu-west-1 --parameters ParameterName={name},ApplyMethod=immediate",
    )
    assert value in found.remedy.rollback


@pytest.mark.parametrize(
    ("shown", "seen", "given"),
    [
        pytest.param(
            mysql(), USUAL, {"innodb_buffer_pool_size": str(14 * GIB)}, id="memory is left"
        ),
        pytest.param(
            mysql(), SHORT, {"innodb_buffer_pool_size": str(13 * GIB)}, id="near the default"
        ),
        pytest.param(
            mysql(), USUAL, {"innodb_buffer_pool_size": str(2 * GIB)}, id="small, memory in use"
        ),
        pytest.param(mysql(), AMPLE, {"innodb_buffer_pool_size": str(7 * GIB)}, id="over half"),
        pytest.param(instance(), USUAL, {"max_connections": "5000"}, id="they are used"),
        pytest.param(instance(), AMPLE, {"max_connections": "3000"}, id="not twice"),
        pytest.param(instance(), minutes(), {"work_mem": "65536"}, id="no data points"),
        pytest.param(
            instance(),
            minutes(9, freeable_memory_bytes=1.0 * GIB),
            {"work_mem": "65536"},
            id="nine minutes",
        ),
        pytest.param(instance(), None, {"work_mem": "65536"}, id="CloudWatch may not be asked"),
        pytest.param(instance(memory_bytes=None), SHORT, {"work_mem": "65536"}, id="class unknown"),
        pytest.param(
            aurora(instance_class="db.serverless"), SHORT, {"work_mem": "65536"}, id="serverless"
        ),
        pytest.param(aurora(), SHORT, {"work_mem": "65536"}, id="Aurora keeps less free"),
        pytest.param(instance(), SHORT, {"work_mem": "what"}, id="a value not understood"),
        pytest.param(instance(), SHORT, {"work_mem": "0"}, id="nought"),
        pytest.param(instance(), SHORT, {"random_page_cost": "1.1"}, id="takes no memory"),
    ],
)
def test_memory_is_fine(
    shown: Snapshot[Instance], seen: Snapshot[CloudWatch] | None, given: dict[str, str]
) -> None:
    assert not judged(shown, seen, parameters(**given))


def test_swap_that_is_steady_is_no_symptom() -> None:
    steady = minutes(freeable_memory_bytes=4 * GIB, swap_used_bytes=2e9)
    assert not judged(instance(), steady, parameters(work_mem="65536"))


def test_small_caches_are_the_databases_own_to_tell() -> None:
    small = parameters(innodb_buffer_pool_size=str(2 * GIB))
    assert judged(mysql(), AMPLE, small)
    assert not judged(mysql(), AMPLE, small, sql=True)


def by_default(given: Snapshot[Parameter]) -> Snapshot[Parameter]:
    return snapshot(*(replace(p, source="engine-default") for p in given.rows))


BAD = {
    "autovacuum": "0", "track_counts": "off", "synchronous_commit": "off",
    "enable_indexscan": "0", "enable_indexonlyscan": "0", "huge_pages": "off",
    "innodb_flush_log_at_trx_commit": "2", "sync_binlog": "0", "innodb_stats_persistent": "OFF",
    "general_log": "1", "query_cache_type": "2", "log_output": "TABLE", "innodb_open_files": "64",
    "max_user_connections": "5", "innodb_default_row_format": "compact",
    "innodb_change_buffering": "all", "read_only": "0",
}  # fmt: skip
GOOD = {
    "autovacuum": "1", "track_counts": "on", "synchronous_commit": "local",
    "enable_indexscan": "1", "enable_indexonlyscan": "on", "huge_pages": "on",
    "innodb_flush_log_at_trx_commit": "1", "sync_binlog": "1", "innodb_stats_persistent": "1",
    "general_log": "0", "query_cache_type": "OFF", "log_output": "FILE", "innodb_open_files": "65",
    "max_user_connections": "0", "innodb_default_row_format": "dynamic",
    "innodb_change_buffering": "none", "read_only": "{TrueIfReplica}",
}  # fmt: skip
SERIOUS = {"autovacuum", "track_counts", "synchronous_commit", "innodb_flush_log_at_trx_commit"}
MILD = {"huge_pages", "log_output", "innodb_default_row_format", "innodb_change_buffering"}
NOT_OF_AURORA = {
    "huge_pages",
    "sync_binlog",
    "query_cache_type",
    "innodb_change_buffering",
    "read_only",
}


def of_family(name: str, **given: Any) -> Snapshot[Instance]:
    postgres = "postgres" in RISKS[name].families
    about = {"replica_source": "orders-0", "engine": "postgres" if postgres else "mysql", **given}
    return instance(**about)


@pytest.mark.parametrize("name", RISKS)
def test_what_aws_warns_of(name: str) -> None:
    given = parameters(**{name: BAD[name]})
    (found,) = judged(of_family(name), None, given)
    milder = Severity.LOW if name in MILD else Severity.MEDIUM
    assert found.severity is (Severity.HIGH if name in SERIOUS else milder)
    assert found.subject.name == name
    assert name in found.remedy.statements[0]
    assert BAD[name] in found.remedy.rollback
    assert not judged(of_family(name), None, by_default(given)), "nobody set it"


@pytest.mark.parametrize("name", RISKS)
def test_values_that_are_fine(name: str) -> None:
    assert not judged(of_family(name), None, parameters(**{name: GOOD[name]}))
    assert not judged(of_family(name), None, parameters("instance", **{name: None}))


@pytest.mark.parametrize("name", RISKS)
def test_what_the_database_tells_itself_is_left_to_it(name: str) -> None:
    found = judged(of_family(name), None, parameters(**{name: BAD[name]}), sql=True)
    assert bool(found) is not RISKS[name].told


@pytest.mark.parametrize("name", RISKS)
def test_aurora(name: str) -> None:
    engine = "aurora-postgresql" if "postgres" in RISKS[name].families else "aurora-mysql"
    found = judged(of_family(name, engine=engine), None, parameters(**{name: BAD[name]}))
    assert bool(found) is (name not in NOT_OF_AURORA)


@pytest.mark.parametrize("name", RISKS)
def test_of_another_engine(name: str) -> None:
    other = "mysql" if "postgres" in RISKS[name].families else "postgres"
    shown = of_family(name, engine=other)
    assert not judged(shown, None, parameters(**{name: BAD[name]}))


def test_only_a_replica_should_refuse_writes() -> None:
    given = parameters(read_only="0")
    assert not judged(mysql(), None, given)


def test_a_static_parameter_needs_a_reboot() -> None:
    (static,) = (replace(p, static=True) for p in parameters(huge_pages="off").rows)
    (found,) = judged(instance(), None, snapshot(static))
    change, restart = found.remedy.statements
    assert "ApplyMethod=pending-reboot" in change
    assert restart.startswith("aws rds reboot-db-instance")


@pytest.mark.parametrize(
    ("version", "given", "sql", "told"),
    [
        pytest.param("8.4.3", {"innodb_dedicated_server": "0"}, False, True, id="off alone"),
        pytest.param("8.4.3", {"innodb_dedicated_server": "1"}, False, False, id="on"),
        pytest.param("8.0.39", {"innodb_dedicated_server": "0"}, False, False, id="8.0 has it off"),
        pytest.param("8.4.3", {"innodb_dedicated_server": "0"}, True, False, id="told by SQL"),
        pytest.param(
            "8.4.3",
            {"innodb_dedicated_server": "0", "innodb_buffer_pool_size": "{a}"},
            False,
            False,
            id="with a pool",
        ),
    ],
)
def test_dedicated_server_of_84(
    version: str, given: dict[str, str | None], *, sql: bool, told: bool
) -> None:
    found = judged(mysql(engine_version=version), None, parameters("instance", **given), sql=sql)
    assert [f.severity for f in found] == [Severity.HIGH] * told
