"""Fixtures are in the documented format, none was recorded from AWS."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from collectors.rds import classes
from collectors.rds.classes import ClassSize, shipped, size_of
from collectors.session import NotOffered, PermissionDenied, SessionError
from tests.aws.session import Answer, FakeAws

GIB = 2**30
_EBS = {
    "BaselineIops": 3600,
    "MaximumIops": 20_000,
    "BaselineThroughputInMBps": 78.75,
    "MaximumThroughputInMBps": 1250.0,
}


def ec2(answer: Answer) -> FakeAws:
    return FakeAws({"ec2:describe_instance_types": answer})


def described(**given: Any) -> dict[str, Any]:
    """Other figures than the table's, so that it shows whose they are."""
    about = {
        "InstanceType": "r7g.large",
        "VCpuInfo": {"DefaultVCpus": 3},
        "MemoryInfo": {"SizeInMiB": 5 * 1024},
        "EbsInfo": {"EbsOptimizedInfo": _EBS},
    }
    return {"InstanceTypes": [{**about, **given}]}


def test_ec2_tells() -> None:
    aws = ec2(described())
    assert size_of(aws, "db.r7g.large") == ClassSize(
        3, 5 * GIB, 3600, 20_000, 78_750_000.0, 1_250_000_000.0
    )
    assert aws.asked == [("ec2:describe_instance_types", {"InstanceTypes": ["r7g.large"]})]


@pytest.mark.parametrize("info", [{}, {"EbsOptimizedInfo": {}}], ids=["none", "empty"])
def test_what_the_link_takes_is_unknown(info: dict[str, Any]) -> None:
    assert size_of(ec2(described(EbsInfo=info)), "db.r7g.large") == ClassSize(3, 5 * GIB)


@pytest.mark.parametrize(
    "answer",
    [
        PermissionDenied("needs the IAM action ec2:DescribeInstanceTypes"),
        NotOffered("no such service here"),
        SessionError("InvalidInstanceType"),
        {"InstanceTypes": []},
        {},
    ],
    ids=["denied", "not offered", "unknown to EC2", "no types", "empty"],
)
def test_the_table_stands_in(answer: Answer) -> None:
    assert size_of(ec2(answer), "db.r7g.large") == ClassSize(2, 16 * GIB)
    assert size_of(ec2(answer), "db.c5.large") is None


def test_ec2_knows_x2g_by_another_name() -> None:
    aws = ec2(described())
    size_of(aws, "db.x2g.large")
    assert aws.asked == [("ec2:describe_instance_types", {"InstanceTypes": ["x2gd.large"]})]


def test_serverless_is_not_asked_for() -> None:
    aws = FakeAws()
    assert (size_of(aws, "db.serverless"), aws.asked) == (None, [])


@pytest.mark.parametrize(
    ("instance_class", "vcpus", "gib"),
    [
        ("db.t4g.micro", 2, 1), ("db.m6i.4xlarge", 16, 64), ("db.r6g.16xlarge", 64, 512),
        ("db.r4.large", 2, 15.25),
    ],
)  # fmt: skip
def test_the_table(instance_class: str, vcpus: int, gib: float) -> None:
    assert shipped(instance_class) == ClassSize(vcpus, int(gib * GIB))


def test_the_table_is_whole_and_says_how_old_it_is() -> None:
    given = json.loads(Path(classes.__file__).with_name("classes.json").read_text())
    assert given["as_of"]
    assert len(given["classes"]) > 250
    for name in given["classes"]:
        size = shipped(name)
        assert size is not None, name
        assert name.startswith("db."), name
        assert size.vcpus >= 1, name
        assert 0.5 <= size.memory_bytes / GIB / size.vcpus <= 128, name
