from __future__ import annotations

import pytest

from collectors.rds.events import Event
from collectors.snapshot import Snapshot
from rules.availability.recent_failover import recent_failover
from rules.base import Severity, Subject
from tests.aws.rows import aurora, cluster, instance
from tests.aws.session import NOW
from tests.make import make, snapshot
from tests.rules.environments import CLUSTER_ARN

SAID = "Multi-AZ instance failover completed"


def event(message: str, *categories: str, source: str = "orders-1", ago: float = 600) -> Event:
    return make(Event, source=source, at=NOW - ago, categories=categories, message=message)


def events(*rows: Event) -> Snapshot[Event]:
    return snapshot(*rows, taken_at=NOW)


@pytest.mark.parametrize(
    ("row", "count"),
    [
        pytest.param(event(SAID, "failover"), 1, id="a failover"),
        pytest.param(event("DB instance restarted", "availability"), 1, id="a restart"),
        pytest.param(event("DB instance shutdown", "availability"), 1, id="a shutdown"),
        pytest.param(event(SAID, "failover", ago=7200), 1, id="two hours ago"),
        pytest.param(event(SAID, "failover", ago=7201), 0, id="longer ago"),
        pytest.param(event("Backing up DB instance", "backup"), 0, id="a backup"),
        pytest.param(event(SAID, "failover", source="other-1"), 0, id="of another instance"),
    ],
)
def test_events(row: Event, count: int) -> None:
    assert len(recent_failover(events(row), instance(), None)) == count


def test_the_latest_is_told_in_words_of_aws() -> None:
    rows = events(event(SAID, "failover", ago=300), event("Failover started", "failover", ago=360))
    (finding,) = recent_failover(rows, instance(), None)
    assert recent_failover.severity is Severity.INFO
    assert finding.severity is None
    assert finding.summary == f"5 min ago RDS said of orders-1: {SAID}."
    assert finding.evidence["events"] == 2
    assert "--source-type db-instance --source-identifier orders-1" in finding.remedy.statements[0]


def test_of_a_cluster_its_writer_tells() -> None:
    rows = events(event("Completed failover to DB instance: shop-1", "failover", source="shop"))
    (finding,) = recent_failover(rows, aurora(), cluster(arn=CLUSTER_ARN))
    assert finding.subject == Subject("cluster", "shop")
    assert "--source-type db-cluster --source-identifier shop" in finding.remedy.statements[0]
    assert not recent_failover(rows, aurora(role="reader"), cluster(here=False))


def test_a_reader_tells_of_its_own_restart() -> None:
    rows = events(event("DB instance restarted", "availability", source="shop-1"))
    (finding,) = recent_failover(rows, aurora(role="reader"), cluster(here=False))
    assert finding.subject == Subject("instance", "shop-1")
