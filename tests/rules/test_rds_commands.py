"""The commands of remedies for RDS are ones that the AWS CLI takes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from agent.discovery import all_rules
from collectors.rds.events import Event
from collectors.rds.global_cluster import GlobalCluster
from collectors.rds.open_ports import OpenPort
from collectors.snapshot import Snapshot
from rules.availability.backups_too_short import backups_too_short
from rules.availability.failover_target_weak import failover_target_weak
from rules.availability.global_database_lag import global_database_lag
from rules.availability.global_database_missing import global_database_missing
from rules.availability.maintenance_window_at_peak import maintenance_window_at_peak
from rules.availability.readers_in_one_zone import readers_in_one_zone
from rules.availability.recent_failover import recent_failover
from rules.availability.restore_point_stale import restore_point_stale
from rules.availability.restore_untested import restore_untested
from rules.availability.single_az import single_az
from rules.availability.single_instance_cluster import single_instance_cluster
from rules.base import RDS, Rule
from rules.replication.replica_lag import replica_lag
from rules.security.certificate_expiring import certificate_expiring
from rules.security.deletion_protection_off import deletion_protection_off
from rules.security.encryption_in_transit_off import encryption_in_transit_off
from rules.security.iam_authentication_off import iam_authentication_off
from rules.security.open_security_group import open_security_group
from rules.security.publicly_accessible import publicly_accessible
from rules.security.unencrypted_storage import unencrypted_storage
from tests.aws.commands import commands_of, wrong_command
from tests.aws.rows import aurora, cluster, hours, instance, member, minutes, parameters
from tests.aws.session import NOW
from tests.make import make, snapshot
from tests.rules.environments import CLUSTER_ARN
from tests.rules.rds_troubles import (
    Trouble,
    of_cost,
    of_readers_and_proxies,
    of_storage,
    of_upkeep,
    of_work,
    trouble,
)

WRITER = member("shop-1", writer=True)
BAD = cluster(
    WRITER,
    member("shop-2", instance_class="db.t4g.medium"),
    arn=CLUSTER_ARN,
    backup_retention_days=1,
    encrypted=False,
    deletion_protection=False,
    iam_authentication=False,
    latest_restorable_at=NOW - 9999,
    tags=(("environment", "production"), ("dr-region", "eu-central-1")),
)
ALONE = instance(
    multi_az=False,
    backup_retention_days=1,
    encrypted=False,
    deletion_protection=False,
    iam_authentication=False,
    latest_restorable_at=NOW - 9999,
    publicly_accessible=True,
    certificate_authority="rds-ca-2019",
    maintenance_window="mon:10:00-mon:10:30",
    backup_window="10:00-10:30",
)
REPLICA = instance(role="replica", replica_source="orders-0")
OPEN = snapshot(
    make(OpenPort, group="sg-1", source="::/0", from_port=1, to_port=9),
    make(OpenPort, group="sg-1", source="0.0.0.0/0", rule="sgr-1"),
)
EVENTS = snapshot(make(Event, source="orders-1", at=NOW, categories=("failover",)), taken_at=NOW)
# The rows begin at 11:00 UTC.
DAYS = hours(load_sessions=[9.0 if (h + 11) % 24 == 10 else 1.0 for h in range(14 * 24)])
NOWHERE: Snapshot[GlobalCluster] = snapshot()


def of_protection() -> Iterator[Trouble]:
    for seen, of in ((ALONE, None), (aurora(), BAD)):
        yield trouble(backups_too_short, seen, of)
        yield trouble(restore_point_stale, seen, of)
        yield trouble(restore_untested, snapshot(taken_at=NOW), seen, of)
        yield trouble(unencrypted_storage, seen, of)
        yield trouble(deletion_protection_off, seen, of)
        yield trouble(iam_authentication_off, seen, of)
    yield trouble(backups_too_short, instance(backup_retention_days=0), None)
    yield trouble(single_az, ALONE)
    yield trouble(publicly_accessible, ALONE, OPEN)
    yield trouble(open_security_group, instance(), OPEN)
    yield trouble(certificate_expiring, ALONE)
    yield trouble(certificate_expiring, instance(certificate_valid_until=NOW))
    yield trouble(recent_failover, EVENTS, ALONE, None)
    yield trouble(encryption_in_transit_off, instance(), parameters(**{"rds.force_ssl": "0"}))
    yield trouble(single_instance_cluster, cluster(WRITER, arn=CLUSTER_ARN), aurora())
    yield trouble(readers_in_one_zone, BAD, aurora())
    yield trouble(failover_target_weak, BAD, aurora())
    three = cluster(*BAD.rows[0].members, member("shop-3"), arn=CLUSTER_ARN)
    yield trouble(failover_target_weak, three, aurora())
    yield trouble(global_database_missing, BAD, aurora(), NOWHERE)
    yield trouble(global_database_lag, minutes(global_rpo_lag_seconds=9.0), BAD, aurora())
    yield trouble(replica_lag, minutes(replica_stopped=True), REPLICA, None, None)
    yield trouble(replica_lag, minutes(replica_lag_seconds=99.0), REPLICA, None, None)
    yield trouble(replica_lag, minutes(aurora_replica_lag_max_seconds=9.0), aurora(), BAD, None)
    yield trouble(maintenance_window_at_peak, ALONE, DAYS)


TROUBLES = [
    *of_protection(),
    *of_storage(),
    *of_work(),
    *of_readers_and_proxies(),
    *of_cost(),
    *of_upkeep(),
]


@pytest.mark.parametrize(("judge", "given"), TROUBLES, ids=lambda t: getattr(t, "id", ""))
def test_the_cli_takes_them(judge: Rule[Any], given: tuple[Any, ...]) -> None:
    (finding,) = judge(*given)
    printed = commands_of(finding.remedy)
    assert {c: said for c in printed if (said := wrong_command(c))} == {}
    assert [c for c in printed if "--region eu-" not in c] == []
    assert [s for s in finding.remedy.statements if s.startswith("aws") and s not in printed] == []


def test_each_rule_that_prints_a_command_is_among_them() -> None:
    judged = {judge.id for judge, _ in TROUBLES}
    assert {r.id for r in all_rules() if r.engines == RDS} - judged == set()


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("aws rds modify-db-instance --db-instance-identifier a --no-multi-az", ""),
        ("aws rds modify-db-instance --multi-az", "modify-db-instance needs db-instance-identi"),
        ("aws rds reboot-db-instance --db-instance-identifier a --now", "reboot-db-instance does"),
        ("aws rds delete-everything", "rds has no delete-everything"),
        ("DROP TABLE a now", "not a command"),
        ("aws rds wait db-snapshot-available --db-snapshot-identifier a", ""),
        ("aws rds wait for-ever --db-snapshot-identifier a", "rds has no waiter for-ever"),
        (
            "aws rds reset-db-parameter-group --db-parameter-group-name a --parameters "
            "ParameterName=b,ApplyMethod=now",
            "reset-db-parameter-group: ",
        ),
        (
            "aws rds reset-db-parameter-group --db-parameter-group-name a --parameters Name=b",
            "reset-db-parameter-group: ",
        ),
    ],
)
def test_what_is_wrong_is_said(command: str, said: str) -> None:
    assert wrong_command(command).startswith(said)
    assert bool(wrong_command(command)) is bool(said)
