from __future__ import annotations

import pytest

from collectors.mysql.replication import Channel
from rules.base import Severity
from rules.replication.replication_broken import replication_broken
from tests.make import make, snapshot
from tests.rules.mysql_servers import mariadb, mysql


def channel(state: str = "broken", error: int = 1062, **given: object) -> Channel:
    about = {
        "replica": "db1",
        "error": "error 1062 while applying: duplicate key",
        "receiver_running": True,
        **given,
    }
    return make(Channel, state=state, error_number=error, **about)


@pytest.mark.parametrize(
    ("row", "severity", "words"),
    [
        pytest.param(channel(), Severity.CRITICAL, "differs from its source", id="duplicate key"),
        pytest.param(
            channel(error=2003, receiver_running=False, applier_running=True),
            Severity.HIGH,
            "can't be reached",
            id="the source is gone",
        ),
        pytest.param(
            channel(error=1236, receiver_running=False, applier_running=True),
            Severity.HIGH,
            "no longer has the log",
            id="the source removed its log",
        ),
        pytest.param(channel(error=9999), Severity.CRITICAL, "whole error", id="another error"),
        pytest.param(
            channel("stopped", 0, receiver_running=False), Severity.HIGH, "who", id="by somebody"
        ),
    ],
)
def test_fires(row: Channel, severity: Severity, words: str) -> None:
    (finding,) = replication_broken(snapshot(row), mysql())
    assert finding.severity is severity
    assert words in finding.remedy.text
    assert not any("skip" in s.lower() for s in finding.remedy.statements)


def test_the_error_is_told_by_number_and_kind() -> None:
    (finding,) = replication_broken(snapshot(channel()), mysql())
    assert finding.summary == (
        "Replication from db1 has stopped: error 1062 while applying: duplicate key."
    )


@pytest.mark.parametrize(
    ("server", "started"),
    [
        pytest.param(mysql(), "START REPLICA FOR CHANNEL 'one'", id="MySQL"),
        pytest.param(mysql(5, 7, 44), "START SLAVE FOR CHANNEL 'one'", id="MySQL 5.7"),
        pytest.param(mariadb(), "START REPLICA 'one'", id="MariaDB"),
        pytest.param(mysql(platform="rds"), "CALL mysql.rds_start_replication", id="RDS"),
    ],
)
def test_a_named_channel(server: object, started: str) -> None:
    (finding,) = replication_broken(snapshot(channel(channel="one")), server)  # type: ignore[arg-type]
    assert finding.subject.name == "db/one"
    assert finding.remedy.statements[-1].startswith(started)


@pytest.mark.parametrize("state", ["streaming", "connecting"])
def test_quiet(state: str) -> None:
    assert not replication_broken(snapshot(channel(state, 0)), mysql())
    assert not replication_broken(snapshot(), mysql())
