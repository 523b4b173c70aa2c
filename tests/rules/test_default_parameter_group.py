from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.cluster import Cluster
from collectors.rds.instance import Instance, UsedGroup
from collectors.snapshot import Snapshot
from rules.base import Severity
from rules.upkeep.default_parameter_group import default_parameter_group
from tests.aws.rows import aurora, cluster, instance

DEFAULT = (UsedGroup("default.postgres16", "in-sync"),)
OF_AURORA = (UsedGroup("default.aurora-postgresql16", "in-sync"),)


@pytest.mark.parametrize(
    ("tags", "severity"),
    [
        pytest.param((("env", "prod"),), Severity.LOW, id="production"),
        pytest.param((), Severity.INFO, id="the tags do not say"),
    ],
)
def test_fires(tags: Any, severity: Severity) -> None:
    (found,) = default_parameter_group(instance(parameter_groups=DEFAULT, tags=tags), None)
    assert found.severity is severity
    make, use, restart = found.remedy.statements
    assert "--db-parameter-group-family postgres16 " in make
    assert "--db-parameter-group-name orders-1-own" in use
    assert restart.startswith("aws rds reboot-db-instance")
    assert "default.postgres16" in found.remedy.rollback


@pytest.mark.parametrize(
    ("shown", "of"),
    [
        pytest.param(instance(), None, id="one of its own"),
        pytest.param(
            instance(parameter_groups=(UsedGroup("my-default.pg", "in-sync"),)),
            None,
            id="named like it",
        ),
        pytest.param(instance(parameter_groups=()), None, id="unknown"),
        pytest.param(
            instance(parameter_groups=DEFAULT, tags=(("env", "dev"),)), None, id="not production"
        ),
        pytest.param(
            aurora(parameter_groups=OF_AURORA), cluster(), id="the cluster has one of its own"
        ),
        pytest.param(aurora(parameter_groups=OF_AURORA), None, id="the cluster is not known"),
    ],
)
def test_quiet(shown: Snapshot[Instance], of: Snapshot[Cluster] | None) -> None:
    assert not default_parameter_group(shown, of)


def test_both_groups_of_a_cluster() -> None:
    of = cluster(parameter_group="default.aurora-postgresql16")
    (found,) = default_parameter_group(aurora(parameter_groups=OF_AURORA), of)
    assert "--db-parameter-group-family aurora-postgresql16 " in found.remedy.statements[0]
