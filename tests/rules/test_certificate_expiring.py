from __future__ import annotations

from typing import Any

import pytest

from rules.base import Severity
from rules.security.certificate_expiring import certificate_expiring
from tests.aws.rows import instance
from tests.aws.session import NOW
from tests.rules.environments import STAGING, UNSAID

DAY = 86_400


def ends(days: float, **given: Any) -> dict[str, Any]:
    return {"certificate_valid_until": NOW + days * DAY, **given}


OLD = "rds-ca-2019"


@pytest.mark.parametrize(
    ("given", "severities"),
    [
        pytest.param(ends(59), [Severity.MEDIUM], id="in 59 days"),
        pytest.param(ends(60), [], id="in 60 days"),
        pytest.param(ends(13), [Severity.HIGH], id="in less than two weeks"),
        pytest.param(ends(14), [Severity.MEDIUM], id="in two weeks"),
        pytest.param(ends(-3), [Severity.HIGH], id="it is over"),
        pytest.param(ends(300, certificate_authority=OLD), [Severity.HIGH], id="of 2019"),
        pytest.param(
            {"certificate_valid_until": None, "certificate_authority": OLD},
            [Severity.HIGH],
            id="of 2019, no date told",
        ),
        pytest.param({"certificate_valid_until": None}, [], id="AWS does not say"),
        pytest.param(ends(59, tags=UNSAID), [Severity.LOW], id="nobody said"),
        pytest.param(ends(3, tags=STAGING), [Severity.INFO], id="not production"),
    ],
)
def test_severity(given: dict[str, Any], severities: list[Severity]) -> None:
    assert [f.severity for f in certificate_expiring(instance(**given))] == severities


def test_an_old_authority_is_changed_in_the_window() -> None:
    (finding,) = certificate_expiring(instance(**ends(-800, certificate_authority=OLD)))
    assert "ended 800 days ago and is of rds-ca-2019" in finding.summary
    can, change = finding.remedy.statements
    assert "--engine postgres --engine-version 16.3" in can
    assert change.endswith("--ca-certificate-identifier rds-ca-rsa2048-g1 --no-apply-immediately")
    assert "bundle" in finding.remedy.text


def test_a_current_authority_renews_by_itself() -> None:
    (finding,) = certificate_expiring(instance(**ends(30)))
    assert finding.evidence["left_days"] == 30
    assert "describe-pending-maintenance-actions" in finding.remedy.statements[1]
    assert not any("modify" in s for s in finding.remedy.statements)
