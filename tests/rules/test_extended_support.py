from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Literal

import pytest

from collectors.rds.engine_lifecycle import Lifecycle
from collectors.snapshot import Snapshot
from rules.base import Confidence, Severity
from rules.upkeep.extended_support import extended_support
from tests.aws.rows import aurora, instance
from tests.make import make, snapshot

TAKES_PART = "open-source-rds-extended-support"


def at(day: str) -> float:
    return datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()


def support(kind: Literal["standard", "extended"], ends: str, **given: Any) -> Lifecycle:
    about = {"support": kind, "engine": "postgres", "major": "13", "ends_at": at(ends)}
    return make(Lifecycle, **{**about, **given})


def thirteen(today: str, *, extended: bool = True, **given: Any) -> Snapshot[Lifecycle]:
    later = [support("extended", "2029-02-28", **given)] if extended else []
    return snapshot(support("standard", "2026-02-28", **given), *later, taken_at=at(today))


@pytest.mark.parametrize(
    ("today", "said", "severity", "words"),
    [
        pytest.param(
            "2026-11-23", TAKES_PART, Severity.HIGH, "each vCPU is charged extra", id="charged"
        ),
        pytest.param(
            "2026-11-23", None, Severity.HIGH, "unless Extended Support was declined", id="not said"
        ),
        pytest.param(
            "2026-11-23",
            f"{TAKES_PART}-disabled",
            Severity.HIGH,
            "AWS upgrades it by itself",
            id="declined",
        ),
        pytest.param("2029-03-01", TAKES_PART, Severity.HIGH, "by itself", id="that is over too"),
        pytest.param("2025-09-02", TAKES_PART, Severity.MEDIUM, "in 179 days", id="soon"),
        pytest.param(
            "2025-09-02", f"{TAKES_PART}-disabled", Severity.MEDIUM, "AWS then upgrades", id="then"
        ),
    ],
)
def test_fires(today: str, said: str | None, severity: Severity, words: str) -> None:
    (found,) = extended_support(thirteen(today), instance(lifecycle_support=said))
    assert found.severity is severity
    assert words in found.summary
    assert found.evidence["standard_support_ends"] == "2026-02-28"
    assert "create-blue-green-deployment" in found.remedy.statements[1]


def test_half_a_year_before_is_early_enough() -> None:
    assert not extended_support(thirteen("2025-09-01"), instance())


def test_nothing_is_known() -> None:
    assert not extended_support(snapshot(taken_at=at("2030-01-01")), instance())


def test_mariadb_has_no_extended_support() -> None:
    (found,) = extended_support(thirteen("2026-11-23", extended=False), instance(engine="mariadb"))
    assert "AWS upgrades it by itself" in found.summary
    assert found.evidence["extended_support_ends"] is None


def test_dates_from_the_table_are_less_sure() -> None:
    (found,) = extended_support(
        thirteen("2026-11-23", shipped=True, as_of="2026-09-30"), instance()
    )
    assert found.confidence is Confidence.ESTIMATED
    assert found.evidence["dates_as_of"] == "2026-09-30"


def test_a_cluster_is_told_on_its_writer() -> None:
    assert not extended_support(thirteen("2026-11-23"), aurora(role="reader"))
    (found,) = extended_support(thirteen("2026-11-23"), aurora())
    assert (found.subject.kind, found.subject.name) == ("cluster", "shop")
    assert ":cluster:shop " in found.remedy.statements[1]


def test_the_last_day_is_supported_still() -> None:
    """AWS and the table give the last second of the day."""
    ends = datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC).timestamp()
    rows = (support("standard", "2026-02-28", ends_at=ends),)
    (noon,) = extended_support(snapshot(*rows, taken_at=at("2026-02-28T12:00")), instance())
    assert noon.severity is Severity.MEDIUM
    assert "ends on 2026-02-28, today" in noon.summary
    (after,) = extended_support(snapshot(*rows, taken_at=at("2026-03-01")), instance())
    assert after.severity is Severity.HIGH
    assert "ended on 2026-02-28" in after.summary
