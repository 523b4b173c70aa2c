from __future__ import annotations

from typing import Any

import pytest

from rules.base import Severity
from rules.capacity.aurora_volume_near_limit import aurora_volume_near_limit
from tests.aws.rows import cluster, hours, minutes

TIB = float(2**40)
OLD = {"engine_version": "16.8"}
AURORA_MYSQL = {"engine": "aurora-mysql", "engine_version": "8.0.mysql_aurora.3.08.0"}


@pytest.mark.parametrize(
    ("given", "used", "found"),
    [
        pytest.param(OLD, 103, 1, id="of 128 TiB"),
        pytest.param(OLD, 102, 0, id="just not"),
        pytest.param({"engine_version": "15.12"}, 103, 1, id="15.12"),
        pytest.param({"engine_version": "14.20"}, 103, 1, id="14 never got more"),
        pytest.param({"engine_version": "16.9"}, 103, 0, id="16.9 has 256 TiB"),
        pytest.param({"engine_version": "16.9"}, 205, 1, id="of 256 TiB"),
        pytest.param({"engine_version": "17.5"}, 103, 0, id="17.5"),
        pytest.param({"engine_version": "18.1"}, 103, 0, id="18"),
        pytest.param(AURORA_MYSQL, 103, 1, id="Aurora MySQL 3.08"),
        pytest.param(
            {**AURORA_MYSQL, "engine_version": "8.0.mysql_aurora.3.10.0"}, 103, 0, id="3.10"
        ),
        pytest.param({**OLD, "here": False}, 103, 0, id="told by the writer"),
        pytest.param({**OLD, "engine": "postgres"}, 103, 0, id="a Multi-AZ DB cluster"),
        pytest.param({"engine_version": ""}, 127, 0, id="version unknown"),
        pytest.param(OLD, None, 0, id="size unknown"),
    ],
)
def test_aurora_volume_near_limit(given: dict[str, Any], used: int | None, found: int) -> None:
    seen = minutes(volume_used_bytes=None if used is None else used * TIB)
    assert len(aurora_volume_near_limit(seen, cluster(**given), None)) == found


def test_what_aws_says_is_left_counts_more_than_the_version() -> None:
    seen = minutes(volume_used_bytes=60 * TIB, volume_left_bytes=4 * TIB)
    (finding,) = aurora_volume_near_limit(seen, cluster(**AURORA_MYSQL), None)
    assert finding.evidence["limit_bytes"] == 64 * TIB
    assert finding.subject.name == "shop"


@pytest.mark.parametrize(
    ("growth", "severity"),
    [
        pytest.param(0.05, Severity.CRITICAL, id="full in three weeks"),
        pytest.param(0.02, None, id="in seven"),
        pytest.param(0.0, None, id="it does not grow"),
    ],
)
def test_growth(growth: float, severity: Severity | None) -> None:
    usage = hours(volume_used_bytes=[(104 - growth * i) * TIB for i in range(335, -1, -1)])
    seen = minutes(volume_used_bytes=104 * TIB)
    (finding,) = aurora_volume_near_limit(seen, cluster(**OLD), usage)
    assert finding.severity is severity
    if growth:
        assert finding.evidence["full_in_seconds"] == pytest.approx(24 / growth * 3600, rel=0.01)


@pytest.mark.parametrize(
    ("version", "used", "words"), [("16.8", 104, "Upgrade"), ("16.9", 206, "Drop or archive")]
)
def test_a_newer_version_helps_once(version: str, used: int, words: str) -> None:
    seen = minutes(volume_used_bytes=used * TIB)
    (finding,) = aurora_volume_near_limit(seen, cluster(engine_version=version), None)
    assert finding.remedy.text.startswith(words)
