from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.cluster import Member
from rules.availability.failover_target_weak import failover_target_weak
from rules.base import Severity
from tests.aws.rows import GIB, aurora, cluster, member
from tests.rules.environments import STAGING, UNSAID, Tags

WRITER = member("shop-1", writer=True, instance_class="db.r7g.2xlarge")  # 64 GiB
EQUAL = member("shop-2", instance_class="db.r7g.2xlarge")


def small(name: str = "shop-3", **given: Any) -> Member:
    return member(name, **{"instance_class": "db.r7g.large", **given})


@pytest.mark.parametrize(
    ("readers", "severities"),
    [
        pytest.param((EQUAL,), [], id="a reader of the same size"),
        pytest.param((small(),), [Severity.MEDIUM], id="the only reader is smaller"),
        pytest.param((small(tier=15),), [Severity.MEDIUM], id="whatever its tier"),
        pytest.param((small(tier=0), EQUAL), [Severity.MEDIUM], id="the smaller is first"),
        pytest.param((small(), EQUAL), [Severity.LOW], id="within a tier the largest is first"),
        pytest.param((small(tier=2), EQUAL), [], id="the smaller is behind"),
        pytest.param((member(instance_class="db.r7g.4xlarge"),), [], id="a larger reader"),
        pytest.param((small(instance_class="db.x99.large"),), [], id="a class nobody knows"),
        pytest.param((small(tier=None),), [], id="a tier nobody knows"),
        pytest.param((small(tier=0, status="deleting"), EQUAL), [], id="it is being deleted"),
        pytest.param((), [], id="no reader: another rule"),
    ],
)
def test_readers(readers: tuple[Member, ...], severities: list[Severity]) -> None:
    found = failover_target_weak(cluster(WRITER, *readers), aurora())
    assert [f.severity for f in found] == severities


@pytest.mark.parametrize(
    ("max_acu", "severities"),
    [
        pytest.param(16.0, [Severity.MEDIUM], id="it can grow to half of the writer"),
        pytest.param(32.0, [], id="it can grow to the writer's size"),
        pytest.param(None, [], id="not known"),
    ],
)
def test_serverless_readers_count_with_their_most(
    max_acu: float | None, severities: list[Severity]
) -> None:
    reader = small(instance_class="db.serverless")
    found = failover_target_weak(cluster(WRITER, reader, max_acu=max_acu), aurora())
    assert [f.severity for f in found] == severities


def test_how_much_a_serverless_writer_needs_is_not_known() -> None:
    writer = member("shop-1", writer=True, instance_class="db.serverless")
    assert not failover_target_weak(cluster(writer, small(), max_acu=64.0), aurora())


@pytest.mark.parametrize(
    ("tags", "severities"),
    [
        pytest.param(UNSAID, [Severity.LOW], id="nobody said"),
        pytest.param(STAGING, [], id="not production"),
    ],
)
def test_environment(tags: Tags, severities: list[Severity]) -> None:
    found = failover_target_weak(cluster(WRITER, small(), tags=tags), aurora(tags=tags))
    assert [f.severity for f in found] == severities


def test_smaller_readers_go_last() -> None:
    readers = (small("shop-3", tier=0), small("shop-4"), EQUAL)
    (finding,) = failover_target_weak(cluster(WRITER, *readers), aurora())
    assert finding.evidence["target"] == "shop-3"
    assert finding.evidence["target_memory_bytes"] == 16 * GIB
    assert finding.evidence["writer_memory_bytes"] == 64 * GIB
    one, two = finding.remedy.statements
    assert "--db-instance-identifier shop-3 --region eu-west-1 --promotion-tier 15" in one
    assert "--db-instance-identifier shop-4 --region eu-west-1 --promotion-tier 15" in two
    assert "--promotion-tier 0" in finding.remedy.rollback


def test_without_a_large_one_the_heir_grows() -> None:
    (finding,) = failover_target_weak(cluster(WRITER, small()), aurora())
    (command,) = finding.remedy.statements
    assert "--db-instance-identifier shop-3" in command
    assert "--db-instance-class db.r7g.2xlarge --no-apply-immediately" in command


def test_without_a_writer_or_its_size_nothing_is_told() -> None:
    unknown = member("shop-1", writer=True, instance_class="db.x99.large")
    assert not failover_target_weak(cluster(unknown, small()), aurora())
    assert not failover_target_weak(cluster(EQUAL, small()), aurora())


def test_told_on_the_writer_only() -> None:
    assert not failover_target_weak(cluster(WRITER, small(), here=False), aurora(role="reader"))
