from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.cluster import Member
from rules.availability.readers_in_one_zone import readers_in_one_zone
from rules.base import Severity
from tests.aws.rows import aurora, cluster, member
from tests.rules.environments import CLUSTER_ARN, STAGING, UNSAID, Tags

WRITER = member("shop-1", writer=True)


def reader(name: str = "shop-2", **given: Any) -> Member:
    return member(name, **given)


@pytest.mark.parametrize(
    ("members", "severities"),
    [
        pytest.param((WRITER, reader()), [Severity.MEDIUM], id="both in one zone"),
        pytest.param((WRITER, reader(zone="eu-west-1b")), [], id="one in another"),
        pytest.param(
            (WRITER, reader(zone="eu-west-1b"), reader("shop-3", zone="eu-west-1b")),
            [Severity.LOW],
            id="all readers in one, the writer in another",
        ),
        pytest.param(
            (WRITER, reader(zone="eu-west-1b"), reader("shop-3", zone="eu-west-1c")),
            [],
            id="each in its own",
        ),
        pytest.param((WRITER,), [], id="alone: another rule"),
        pytest.param(
            (member("shop-1", writer=True, zone=""), reader(zone="")), [], id="not known where"
        ),
    ],
)
def test_zones(members: tuple[Member, ...], severities: list[Severity]) -> None:
    found = readers_in_one_zone(cluster(*members), aurora())
    assert [f.severity for f in found] == severities


@pytest.mark.parametrize(
    ("tags", "severities"),
    [
        pytest.param(UNSAID, [Severity.LOW], id="nobody said"),
        pytest.param(STAGING, [], id="not production"),
    ],
)
def test_environment(tags: Tags, severities: list[Severity]) -> None:
    found = readers_in_one_zone(cluster(WRITER, reader(), tags=tags), aurora(tags=tags))
    assert [f.severity for f in found] == severities


def test_a_reader_goes_to_a_free_zone() -> None:
    (finding,) = readers_in_one_zone(cluster(WRITER, reader(), arn=CLUSTER_ARN), aurora())
    assert "All instances of cluster shop are in eu-west-1a" in finding.summary
    (command,) = finding.remedy.statements
    assert "--availability-zone eu-west-1b" in command
    assert "shop-2" in finding.remedy.text


def test_told_on_the_writer_only() -> None:
    assert not readers_in_one_zone(cluster(WRITER, reader(), here=False), aurora(role="reader"))
