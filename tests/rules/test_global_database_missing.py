from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.global_cluster import GlobalCluster, Region
from collectors.snapshot import Snapshot
from rules.availability.global_database_missing import global_database_missing
from rules.base import Severity
from tests.aws.rows import aurora, cluster
from tests.make import make, snapshot
from tests.rules.environments import CLUSTER_ARN

PRODUCTION = ("environment", "production")
NONE: Snapshot[GlobalCluster] = snapshot()


def spans(*regions: str) -> Snapshot[GlobalCluster]:
    members = tuple(Region(r, "shop", r == "eu-west-1", None) for r in regions)
    return snapshot(make(GlobalCluster, global_cluster="shop-world", regions=members))


@pytest.mark.parametrize(
    ("tag", "count"),
    [
        pytest.param(("dr-region", "eu-central-1"), 1, id="dr-region"),
        pytest.param(("Second_Region", "eu-central-1"), 1, id="written otherwise"),
        pytest.param(("dbtriage:second-region", "eu-central-1"), 1, id="with a prefix"),
        pytest.param(("dr-region", "eu-west-1"), 0, id="its own region"),
        pytest.param(("dr-region", "none"), 0, id="not a region"),
        pytest.param(("region", "eu-central-1"), 0, id="another tag"),
    ],
)
def test_tags(tag: tuple[str, str], count: int) -> None:
    seen = cluster(tags=(PRODUCTION, tag))
    assert len(global_database_missing(seen, aurora(), NONE)) == count


def test_the_tag_may_be_on_the_instance() -> None:
    tagged = aurora(tags=(PRODUCTION, ("dr-region", "us-gov-west-1")))
    (finding,) = global_database_missing(cluster(), tagged, NONE)
    assert finding.evidence["missing_regions"] == "us-gov-west-1"


TAGGED: dict[str, Any] = {
    "tags": (PRODUCTION, ("dr-region", "eu-central-1")),
    "arn": CLUSTER_ARN,
}


def test_no_global_database() -> None:
    (finding,) = global_database_missing(cluster(**TAGGED), aurora(), NONE)
    assert finding.severity is Severity.MEDIUM
    assert "is in no global database" in finding.summary
    create, second, member = finding.remedy.statements
    assert f"--source-db-cluster-identifier {CLUSTER_ARN} --region eu-west-1" in create
    assert "--global-cluster-identifier shop-global" in second
    assert "--kms-key-id alias/aws/rds --region eu-central-1" in second
    assert member.endswith("--region eu-central-1")


def test_a_global_database_that_does_not_reach_there() -> None:
    seen = spans("eu-west-1", "us-east-1")
    (finding,) = global_database_missing(cluster(**TAGGED), aurora(), seen)
    assert "does not reach there" in finding.summary
    assert finding.evidence["regions"] == "eu-west-1, us-east-1"
    second, _ = finding.remedy.statements
    assert "--global-cluster-identifier shop-world" in second


@pytest.mark.parametrize(
    ("tags", "severity"),
    [
        pytest.param((), Severity.LOW, id="nobody said"),
        pytest.param((("environment", "staging"),), Severity.INFO, id="not production"),
    ],
)
def test_environment(tags: tuple[tuple[str, str], ...], severity: Severity) -> None:
    tags = (*tags, ("dr-region", "eu-central-1"))
    (finding,) = global_database_missing(cluster(tags=tags), aurora(tags=tags), NONE)
    assert finding.severity is severity


@pytest.mark.parametrize(
    ("seen", "databases"),
    [
        pytest.param(cluster(**TAGGED), spans("eu-west-1", "eu-central-1"), id="it is there"),
        pytest.param(cluster(**TAGGED, here=False), NONE, id="told on the writer"),
        pytest.param(cluster(**TAGGED, engine="postgres"), NONE, id="a Multi-AZ DB cluster"),
        pytest.param(cluster(), NONE, id="no tag"),
    ],
)
def test_quiet(seen: Any, databases: Snapshot[GlobalCluster]) -> None:
    assert not global_database_missing(seen, aurora(), databases)
