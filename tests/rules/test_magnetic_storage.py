from __future__ import annotations

from typing import Any

import pytest

from rules.base import Severity
from rules.capacity.magnetic_storage import magnetic_storage
from tests.aws.commands import request
from tests.aws.rows import GIB, aurora, instance

DEV = (("environment", "dev"),)


@pytest.mark.parametrize(
    ("given", "severities"),
    [
        pytest.param({"storage_type": "standard"}, [Severity.CRITICAL], id="in production"),
        pytest.param({"storage_type": "standard", "tags": ()}, [Severity.HIGH], id="who knows"),
        pytest.param({"storage_type": "standard", "tags": DEV}, [Severity.INFO], id="dev"),
        pytest.param({"storage_type": "gp2"}, [], id="gp2"),
        pytest.param({"storage_type": ""}, [], id="unknown"),
    ],
)
def test_magnetic_storage(given: dict[str, Any], severities: list[Severity]) -> None:
    assert [f.severity for f in magnetic_storage(instance(**given))] == severities


def test_aurora_never_was() -> None:
    assert not magnetic_storage(aurora(storage_type="standard"))


@pytest.mark.parametrize(
    ("gib", "command"),
    [
        pytest.param(200, {"StorageType": "gp3"}, id="as it is"),
        pytest.param(5, {"StorageType": "gp3", "AllocatedStorage": 20}, id="too small for gp3"),
        pytest.param(500, {"StorageType": "gp3", "Iops": 12_000}, id="striped"),
    ],
)
def test_remedy(gib: int, command: dict[str, Any]) -> None:
    (finding,) = magnetic_storage(instance(storage_type="standard", allocated_bytes=gib * GIB))
    snapshot, statement = finding.remedy.statements
    assert request(snapshot)["DBInstanceIdentifier"] == "orders-1"
    assert request(statement) == {
        "DBInstanceIdentifier": "orders-1", "ApplyImmediately": False, **command
    }  # fmt: skip
