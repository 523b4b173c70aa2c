from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.instance import Instance
from collectors.rds.parameters import Parameter
from collectors.snapshot import Snapshot
from rules.base import Severity, Subject
from rules.security.encryption_in_transit_off import encryption_in_transit_off
from tests.aws.rows import aurora, instance, parameters
from tests.make import make, snapshot
from tests.rules.environments import STAGING, UNSAID


def force_ssl(value: str | None, **given: Any) -> Snapshot[Parameter]:
    about = {"parameter": "rds.force_ssl", "group": "orders-pg16", "scope": "instance", **given}
    return snapshot(make(Parameter, value=value, **about))


def secure(value: str | None) -> Snapshot[Parameter]:
    return parameters(require_secure_transport=value)


def engine(name: str, version: str) -> Snapshot[Instance]:
    return instance(engine=name, engine_version=version)


@pytest.mark.parametrize(
    ("seen", "given", "severities"),
    [
        pytest.param(instance(), force_ssl("0"), [Severity.MEDIUM], id="PostgreSQL"),
        pytest.param(instance(), force_ssl("1"), [], id="required"),
        pytest.param(instance(tags=UNSAID), force_ssl("0"), [Severity.LOW], id="nobody said"),
        pytest.param(instance(tags=STAGING), force_ssl("0"), [], id="not production"),
        pytest.param(engine("mysql", "8.0.40"), secure("OFF"), [Severity.MEDIUM], id="MySQL"),
        pytest.param(engine("mysql", "8.4.3"), secure("0"), [Severity.MEDIUM], id="MySQL 8.4"),
        pytest.param(engine("mysql", "8.0.40"), secure("ON"), [], id="MySQL requires it"),
        pytest.param(engine("mariadb", "11.8.2"), secure("0"), [Severity.MEDIUM], id="MariaDB"),
        pytest.param(engine("mysql", "8.0.40"), force_ssl("0"), [], id="not of this engine"),
        pytest.param(instance(), snapshot(), [], id="not told"),
    ],
)
def test_value(
    seen: Snapshot[Instance], given: Snapshot[Parameter], severities: list[Severity]
) -> None:
    assert [f.severity for f in encryption_in_transit_off(seen, given)] == severities


@pytest.mark.parametrize(
    ("name", "version", "count"),
    [
        ("postgres", "14.12", 1),
        ("postgres", "15.2", 0),
        ("aurora-postgresql", "16.6", 1),
        ("aurora-postgresql", "17.5", 0),
        ("postgres", "", 0),
    ],
)
def test_default_of_postgresql(name: str, version: str, count: int) -> None:
    assert len(encryption_in_transit_off(engine(name, version), force_ssl(None))) == count


@pytest.mark.parametrize(
    ("name", "version", "count"),
    [
        ("mysql", "8.0.40", 1),
        ("mysql", "8.4.3", 0),
        ("aurora-mysql", "8.0.mysql_aurora.3.08.0", 1),
        ("aurora-mysql", "8.4.mysql_aurora.8.4.0", 0),
        ("mariadb", "11.4.3", 1),
        ("mariadb", "11.8.2", 0),
    ],
)
def test_default_of_mysql_and_mariadb(name: str, version: str, count: int) -> None:
    assert len(encryption_in_transit_off(engine(name, version), secure(None))) == count


def test_commands() -> None:
    (finding,) = encryption_in_transit_off(instance(), force_ssl("0"))
    (command,) = finding.remedy.statements
    assert "--db-parameter-group-name orders-pg16" in command
    assert "ParameterName=rds.force_ssl,ParameterValue=1,ApplyMethod=immediate" in command
    assert "ParameterValue=0" in finding.remedy.rollback


def test_a_default_is_given_back_by_a_reset() -> None:
    old = instance(engine_version="14.12")
    (finding,) = encryption_in_transit_off(old, force_ssl(None))
    assert finding.evidence["by_default"] is True
    assert "reset-db-parameter-group" in finding.remedy.rollback


def test_words_are_the_engines() -> None:
    (finding,) = encryption_in_transit_off(engine("mysql", "8.0.40"), secure("OFF"))
    assert "ParameterValue=ON" in finding.remedy.statements[0]
    assert "--ssl-mode=DISABLED" in finding.remedy.verify
    assert "sslmode=disable" not in finding.remedy.verify


def test_default_groups_can_not_be_changed() -> None:
    given = force_ssl("0", group="default.postgres14")
    (finding,) = encryption_in_transit_off(instance(engine_version="14.12"), given)
    assert finding.remedy.statements == ()
    assert "default.postgres14 can't be changed" in finding.remedy.text


def test_a_parameter_of_the_cluster_is_told_on_its_writer() -> None:
    given = force_ssl("0", scope="cluster", group="shop-cluster-apg16")
    (finding,) = encryption_in_transit_off(aurora(), given)
    assert finding.subject == Subject("cluster", "shop")
    assert "--db-cluster-parameter-group-name shop-cluster-apg16" in finding.remedy.statements[0]
    assert not encryption_in_transit_off(aurora(role="reader"), given)
    (own,) = encryption_in_transit_off(aurora(), force_ssl("0"))
    assert own.subject == Subject("instance", "shop-1")
