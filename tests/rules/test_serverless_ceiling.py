from __future__ import annotations

import pytest

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.usage import UsedHour
from collectors.snapshot import Snapshot
from rules.base import Severity
from rules.capacity.serverless_ceiling import serverless_ceiling
from tests.aws.rows import aurora, cluster, hours, minutes

SERVERLESS = aurora(instance_class="db.serverless")
CLUSTER = cluster(min_acu=0.5, max_acu=16.0)
CALM = minutes(acu=2.0)
FULL = minutes(acu=[2.0] * 10 + [16.0] * 5)
OFTEN = hours(acu_max_ratio=[0.95] * 4 + [0.1] * 332)


@pytest.mark.parametrize(
    ("now", "past", "severity"),
    [
        pytest.param(FULL, None, None, id="for five minutes"),
        pytest.param(minutes(acu=[16.0] * 5 + [2.0] * 10), None, None, id="ten minutes ago"),
        pytest.param(CALM, OFTEN, Severity.MEDIUM, id="in the past weeks"),
        pytest.param(FULL, OFTEN, None, id="both"),
    ],
)
def test_fires(
    now: Snapshot[CloudWatch], past: Snapshot[UsedHour] | None, severity: Severity | None
) -> None:
    (finding,) = serverless_ceiling(SERVERLESS, CLUSTER, now, past)
    assert finding.severity is severity
    (command,) = finding.remedy.statements
    assert "MinCapacity=0.5,MaxCapacity=24 --apply-immediately" in command
    assert "MaxCapacity=16 " in finding.remedy.rollback


@pytest.mark.parametrize(
    ("now", "past"),
    [
        pytest.param(minutes(acu=[2.0] * 11 + [16.0] * 4), None, id="four minutes"),
        pytest.param(
            minutes(acu=[16.0] * 4 + [None] + [16.0] * 4 + [2.0] * 6), None, id="with a hole"
        ),
        pytest.param(minutes(acu=15.9), None, id="just below"),
        pytest.param(minutes(), hours(), id="nothing is known"),
        pytest.param(CALM, hours(acu_max_ratio=[0.95] * 3 + [0.1] * 333), id="three hours"),
        pytest.param(CALM, hours(71, acu_max_ratio=1.0), id="three days are needed"),
    ],
)
def test_quiet(now: Snapshot[CloudWatch], past: Snapshot[UsedHour] | None) -> None:
    assert not serverless_ceiling(SERVERLESS, CLUSTER, now, past)


def test_only_serverless_has_a_ceiling() -> None:
    assert not serverless_ceiling(aurora(), CLUSTER, FULL, OFTEN)
    assert not serverless_ceiling(SERVERLESS, cluster(), FULL, OFTEN)


def test_256_is_the_most_there_is() -> None:
    of = cluster(min_acu=8.0, max_acu=256.0)
    (finding,) = serverless_ceiling(SERVERLESS, of, minutes(acu=256.0), None)
    assert finding.remedy.statements == ()


def test_a_raise_stops_at_256() -> None:
    of = cluster(min_acu=8.0, max_acu=192.0)
    (finding,) = serverless_ceiling(SERVERLESS, of, minutes(acu=192.0), None)
    assert "MaxCapacity=256 " in finding.remedy.statements[0]
