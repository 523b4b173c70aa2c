from __future__ import annotations

import pytest

from rules.capacity.class_sizes import bigger, burstable, parted, smaller, successor, with_memory
from tests.aws.rows import GIB


@pytest.mark.parametrize(
    ("name", "down", "up"),
    [
        pytest.param("db.r7g.xlarge", "db.r7g.large", "db.r7g.2xlarge", id="in the middle"),
        pytest.param("db.r7g.large", None, "db.r7g.xlarge", id="the smallest"),
        pytest.param("db.r7g.16xlarge", "db.r7g.12xlarge", None, id="the biggest"),
        pytest.param("db.m4.10xlarge", "db.m4.4xlarge", "db.m4.16xlarge", id="sizes of its own"),
        pytest.param("db.z1d.large", None, "db.z1d.xlarge", id="a family with odd sizes"),
        pytest.param("db.serverless", None, None, id="serverless"),
        pytest.param("db.m7i.metal-24xl", None, None, id="metal"),
        pytest.param("db.r99.large", None, None, id="not known"),
        pytest.param("", None, None, id="nothing"),
    ],
)
def test_sizes_beside(name: str, down: str | None, up: str | None) -> None:
    assert (smaller(name), bigger(name)) == (down, up)


@pytest.mark.parametrize(
    ("name", "new"),
    [
        pytest.param("db.m5.large", "db.m7g.large", id="the same size"),
        pytest.param("db.r5.24xlarge", "db.r8g.24xlarge", id="only a later family is as big"),
        pytest.param("db.m4.10xlarge", "db.m7g.12xlarge", id="a size that is no more"),
        pytest.param("db.m3.medium", "db.m7g.large", id="too small for today"),
        pytest.param("db.r3.8xlarge", "db.r7g.8xlarge", id="a little more memory"),
        pytest.param("db.t2.micro", "db.t4g.micro", id="burstable stays burstable"),
        pytest.param("db.r5d.xlarge", "db.r8gd.xlarge", id="with local disks"),
        pytest.param("db.r6g.large", None, id="new enough"),
        pytest.param("db.serverless", None, id="serverless"),
        pytest.param("db.m5.tpc2", None, id="a name of another kind"),
    ],
)
def test_successor(name: str, new: str | None) -> None:
    assert successor(name) == new


def test_parts_of_a_name() -> None:
    assert parted("db.r7g.2xlarge") == ("r7g", "2xlarge")
    assert parted("db.serverless") == ("serverless", "")
    assert burstable("db.t4g.medium")
    assert not burstable("db.r7g.large")


def test_smallest_with_so_much_memory() -> None:
    assert with_memory("r7g", 16 * GIB) == "db.r7g.large"
    assert with_memory("r7g", 16.1 * GIB) == "db.r7g.xlarge"
    assert with_memory("r7g", 9_000 * GIB) is None
