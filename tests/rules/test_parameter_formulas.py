"""Formulas and results as AWS documents them (USER_ParamValuesRef and the defaults of engines)."""

from __future__ import annotations

import pytest

from rules.upkeep.parameter_formulas import upper_bound, variables_of
from tests.aws.rows import GIB, aurora, cluster, instance

AURORA_MYSQL_CONNECTIONS = (
    "GREATEST({log(DBInstanceClassMemory/805306368)*45},"
    "{log(DBInstanceClassMemory/8187281408)*1000})"
)


@pytest.mark.parametrize(
    ("formula", "memory_gib", "result"),
    [
        ("{DBInstanceClassMemory*3/4}", 16, 12 * GIB),
        ("{DBInstanceClassMemory/12582880}", 8, 682),
        ("LEAST({DBInstanceClassMemory/9531392},5000)", 16, 1802),
        ("LEAST({DBInstanceClassMemory/9531392},5000)", 64, 5000),
        ("LEAST({DBInstanceClassMemory/25165760},12000)", 16, 682),
        ("{DBInstanceClassMemory/32768}", 16, 16 * GIB // 32768),
        ("SUM({DBInstanceClassMemory/12038},-50003)", 16, 16 * GIB // 12038 - 50003),
        ("GREATEST({DBInstanceClassMemory/63963136*1024},65536)", 1, 65536),
        ("GREATEST({DBInstanceClassMemory/63963136*1024},65536)", 16, 275036),
        ("GREATEST({DBInstanceClassMemory/64371566592},3)", 16, 3),
        ("GREATEST({DBInstanceClassMemory/64371566592},3)", 384, 6),
        ("GREATEST({log(DBInstanceClassMemory/21474836480)*600},200)", 16, 200),
        ("GREATEST({log(DBInstanceClassMemory/21474836480)*600},200)", 80, 1200),
        (AURORA_MYSQL_CONNECTIONS, 16, 1069),
        (AURORA_MYSQL_CONNECTIONS, 32, 2069),
        (AURORA_MYSQL_CONNECTIONS, 4, 108),
        ("{AllocatedStorage/1024}", 16, 200 * GIB // 1024),
        ("{EndPointPort}", 16, 5432),
        ("{TrueIfReplica}", 16, 0),
        ("GREATEST( {DBInstanceVCPU*2} , 3 )", 16, 4),
        ("SUM({EndPointPort/700},{EndPointPort/700})", 16, 14),
        ("65536", 16, 65536),
        ("-1", 16, -1),
    ],
)
def test_formula(formula: str, memory_gib: int, result: int) -> None:
    (shown,) = instance(memory_bytes=memory_gib * GIB).rows
    assert upper_bound(formula, variables_of(shown)) == result


@pytest.mark.parametrize(
    "formula",
    [
        None,
        "",
        "   ",
        "on",
        "0x10",
        "{DBInstanceClassMemory",
        "{DBInstanceClassMemory*}",
        "DBInstanceClassMemory)",
        "LEAST(",
        "LEAST()",
        "IF({DBInstanceClassHugePagesDefault},1,0)",
        "{DBInstanceClassHugePagesDefault}",
        "{1000/DBInstanceClassMemory}",
        "{DBInstanceClassMemory/0}",
        "{log(0)}",
        "log(1,2)",
        "__import__(1)",
        "--1",
        "1 2",
        "(" * 5000,
        "LEAST(" * 5000,
        "{" * 5000,
        "9" * 5000,
    ],
)
def test_what_can_not_be_read_is_unknown(formula: str | None) -> None:
    (shown,) = instance().rows
    assert upper_bound(formula, variables_of(shown)) is None


def test_a_class_that_is_not_known_gives_nothing() -> None:
    (shown,) = instance(memory_bytes=None, vcpus=None).rows
    assert upper_bound("{DBInstanceClassMemory*3/4}", variables_of(shown)) is None


def test_a_replica_knows_that_it_is_one() -> None:
    (shown,) = instance(replica_source="orders-0").rows
    assert upper_bound("{TrueIfReplica}", variables_of(shown)) == 1


def test_serverless_counts_with_its_most_capacity() -> None:
    (shown,) = aurora(instance_class="db.serverless").rows
    (of,) = cluster(min_acu=0.5, max_acu=16.0).rows
    assert "DBInstanceClassMemory" not in variables_of(shown)
    assert variables_of(shown, of)["DBInstanceClassMemory"] == 32 * GIB
