from __future__ import annotations

import pytest

from rules.availability.single_instance_cluster import single_instance_cluster
from rules.base import Severity, Subject
from tests.aws.rows import aurora, cluster, member
from tests.rules.environments import CLUSTER_ARN, STAGING, UNSAID, Tags

PRODUCTION: Tags = (("environment", "production"),)
ALONE = member("shop-1", writer=True)


@pytest.mark.parametrize(
    ("tags", "severities"),
    [
        pytest.param(PRODUCTION, [Severity.HIGH], id="production"),
        pytest.param(UNSAID, [Severity.MEDIUM], id="nobody said"),
        pytest.param(STAGING, [], id="not production"),
    ],
)
def test_one_instance(tags: Tags, severities: list[Severity]) -> None:
    found = single_instance_cluster(cluster(ALONE, tags=tags), aurora(tags=tags))
    assert [f.severity for f in found] == severities


def test_the_environment_may_be_on_the_instance_alone() -> None:
    found = single_instance_cluster(cluster(ALONE, tags=UNSAID), aurora(tags=STAGING))
    assert not found


def test_a_reader_is_added_in_another_zone() -> None:
    (finding,) = single_instance_cluster(cluster(ALONE, arn=CLUSTER_ARN), aurora())
    assert finding.subject == Subject("cluster", "shop")
    assert finding.remedy.statements == (
        "aws rds create-db-instance --db-instance-identifier shop-reader-1 "
        "--db-cluster-identifier shop --db-instance-class db.r7g.large "
        "--engine aurora-postgresql --availability-zone eu-west-1b --promotion-tier 1 "
        "--region eu-west-1",
    )
    assert "shop-reader-1" in finding.remedy.rollback


def test_quiet() -> None:
    assert not single_instance_cluster(cluster(), aurora())
    assert not single_instance_cluster(cluster(ALONE, here=False), aurora())
    # A secondary cluster of a global database has no writer.
    assert not single_instance_cluster(cluster(member("shop-1"), here=False), aurora())
