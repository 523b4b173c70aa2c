"""Fixtures are in the documented format, none was recorded from AWS."""

from __future__ import annotations

from typing import Any

import pytest

from collectors.rds.parameters import Parameter, parameters
from collectors.session import NotOffered, PermissionDenied
from tests.aws.kinds import aurora, multi_az_cluster, rds
from tests.aws.session import NOW, Answer, FakeAws
from tests.aws.shapes import db_cluster, db_instance

OF_INSTANCE, OF_CLUSTER = "rds:describe_db_parameters", "rds:describe_db_cluster_parameters"


def given(
    name: str, value: str | None = None, source: str = "user", **about: Any
) -> dict[str, Any]:
    """A member of DescribeDBParameters or DescribeDBClusterParameters."""
    found = {
        "ParameterName": name,
        "Source": source,
        "ApplyType": "dynamic",
        "DataType": "integer",
        "IsModifiable": True,
        "ApplyMethod": "pending-reboot",
        **about,
    }
    return found if value is None else {**found, "ParameterValue": value}


def asked(aws: FakeAws, *instance: dict[str, Any], cluster: Answer = ()) -> dict[str, Parameter]:
    """What counts, by name, where the groups hold these."""
    aws.answers[OF_INSTANCE] = {"Parameters": list(instance)}
    aws.answers[OF_CLUSTER] = cluster or {"Parameters": []}
    answer = parameters(aws)
    assert answer.taken_at == NOW
    assert len({r.parameter for r in answer.rows}) == len(answer.rows)
    return {row.parameter: row for row in answer.rows}


def test_one_of_a_group() -> None:
    memory = given(
        "shared_buffers",
        "{DBInstanceClassMemory/32768}",
        "system",
        ApplyType="static",
        AllowedValues="16-1073741823",
    )
    rows = asked(rds(), memory)
    assert rows["shared_buffers"] == Parameter(
        parameter="shared_buffers",
        value="{DBInstanceClassMemory/32768}",
        source="system",
        static=True,
        modifiable=True,
        allowed="16-1073741823",
        data_type="integer",
        group="orders-pg16",
        scope="instance",
        pending_reboot=False,
    )


def test_the_cluster_is_not_asked_where_there_is_none() -> None:
    aws = rds()
    asked(aws, given("work_mem"))
    assert aws.asked == [
        ("rds:describe_db_instances", {}),
        (OF_INSTANCE, {"DBParameterGroupName": "orders-pg16"}),
    ]


def test_both_groups_of_a_cluster_are_asked() -> None:
    aws = aurora()
    asked(aws)
    assert (OF_INSTANCE, {"DBParameterGroupName": "shop-apg16"}) in aws.asked
    assert (OF_CLUSTER, {"DBClusterParameterGroupName": "shop-cluster-apg16"}) in aws.asked


@pytest.mark.parametrize(
    ("about", "field", "expected"),
    [
        ({"ApplyType": "dynamic"}, "static", False),
        ({"ApplyType": "static"}, "static", True),
        ({"IsModifiable": False}, "modifiable", False),
        ({"value": ""}, "value", ""),
        ({"value": "x" * 1000}, "value", "x" * 1000),
        ({"value": "x" * 1001}, "value", "x" * 1000),
    ],
    ids=["dynamic", "static", "not modifiable", "empty", "long", "too long"],
)
def test_fields(about: dict[str, Any], field: str, expected: object) -> None:
    row = asked(rds(), given("log_line_prefix", **about))["log_line_prefix"]
    assert getattr(row, field) == expected


def test_what_aws_does_not_tell() -> None:
    row = asked(rds(), {"ParameterName": "work_mem"})["work_mem"]
    assert (row.value, row.static, row.modifiable) == (None, None, None)
    assert (row.source, row.allowed, row.data_type) == ("", "", "")


@pytest.mark.parametrize(
    ("instance", "cluster", "value", "scope"),
    [
        (("1", "user"), ("2", "user"), "1", "instance"),
        (("1", "engine-default"), ("2", "user"), "2", "cluster"),
        ((None, "engine-default"), ("2", "user"), "2", "cluster"),
        (("1", "system"), ("2", "user"), "2", "cluster"),
        (("1", "user"), ("2", "system"), "1", "instance"),
        (("1", "system"), ("2", "engine-default"), "1", "instance"),
        (("1", "engine-default"), ("2", "engine-default"), "1", "instance"),
    ],
    ids=[
        "set in both", "set in the cluster's", "default and no value", "AWS's own and set",
        "set in the instance's", "AWS's own and default", "both default",
    ],
)  # fmt: skip
def test_which_counts(
    instance: tuple[str | None, str], cluster: tuple[str, str], value: str, scope: str
) -> None:
    theirs = {"Parameters": [given("work_mem", *cluster)]}
    row = asked(aurora(), given("work_mem", *instance), cluster=theirs)["work_mem"]
    assert (row.value, row.scope) == (value, scope)
    assert row.group == {"instance": "shop-apg16", "cluster": "shop-cluster-apg16"}[scope]


def test_what_only_one_group_names() -> None:
    theirs = {"Parameters": [given("rds.force_ssl", "1", "system")]}
    rows = asked(aurora(), given("work_mem", "65536"), cluster=theirs)
    assert {n: r.scope for n, r in rows.items()} == {
        "work_mem": "instance",
        "rds.force_ssl": "cluster",
    }


def test_all_pages_are_read() -> None:
    pages: Answer = (
        {"Parameters": [given("a")], "Marker": "more"},
        {"Parameters": []},
        {"Parameters": [given("b")]},
    )
    assert list(asked(aurora(), cluster=pages)) == ["a", "b"]


@pytest.mark.parametrize(
    ("status", "pending"),
    [("in-sync", False), ("applying", False), ("pending-reboot", True)],
)
def test_a_group_that_waits_for_a_reboot(status: str, pending: bool) -> None:
    group = {"DBParameterGroupName": "orders-pg16", "ParameterApplyStatus": status}
    assert asked(rds(DBParameterGroups=[group]), given("a"))["a"].pending_reboot is pending


@pytest.mark.parametrize(("waits", "pending"), [("shop-1", True), ("shop-2", False)])
def test_the_cluster_s_group_waits_on_each_member_apart(waits: str, pending: bool) -> None:
    cluster = db_cluster("shop", "shop-1", "shop-2")
    for member in cluster["DBClusterMembers"]:
        if member["DBInstanceIdentifier"] == waits:
            member["DBClusterParameterGroupStatus"] = "pending-reboot"
    aws = aurora()
    aws.answers["rds:describe_db_clusters"] = {"DBClusters": [db_cluster("other"), cluster]}
    rows = asked(aws, given("a"), cluster={"Parameters": [given("b")]})
    assert (rows["a"].pending_reboot, rows["b"].pending_reboot) == (False, pending)


def test_a_multi_az_cluster_has_the_cluster_s_group_only() -> None:
    aws = multi_az_cluster(writer=True, DBParameterGroups=[])
    rows = asked(aws, given("never"), cluster={"Parameters": [given("work_mem", "1")]})
    assert [(r.parameter, r.scope) for r in rows.values()] == [("work_mem", "cluster")]


def test_only_the_groups_of_ours_are_read() -> None:
    aws = rds()
    groups = [{"DBParameterGroupName": "default.postgres16", "ParameterApplyStatus": "in-sync"}]
    aws.answers["rds:describe_db_instances"] = {
        "DBInstances": [db_instance("orders-2", DBParameterGroups=groups), db_instance("orders-1")]
    }
    asked(aws)
    assert [about for key, about in aws.asked if key == OF_INSTANCE] == [
        {"DBParameterGroupName": "orders-pg16"}
    ]


@pytest.mark.parametrize("key", [OF_INSTANCE, OF_CLUSTER, "rds:describe_db_clusters"])
def test_denied(key: str) -> None:
    aws = aurora()
    aws.answers |= {OF_INSTANCE: {"Parameters": []}, OF_CLUSTER: {"Parameters": []}}
    aws.answers[key] = PermissionDenied("needs the IAM action")
    with pytest.raises(PermissionDenied):
        parameters(aws)


def test_a_deleted_instance() -> None:
    aws = rds()
    aws.instance = "orders-0"
    with pytest.raises(NotOffered, match="no instance orders-0"):
        parameters(aws)
