from __future__ import annotations

from typing import Any

import pytest

from collectors.mysql.cluster_members import MEMBERS, GroupMember, cluster_members
from collectors.mysql.facts import Variable
from collectors.session import Server
from tests.fakes import FakeSession
from tests.make import row
from tests.rules.mysql_servers import mariadb, mysql

ALL = frozenset({"ALL PRIVILEGES"})
GROUP = {"group_replication_group_name": "0123"}
GALERA = {"wsrep_provider": "/usr/lib/libgalera_smm.so", "wsrep_node_name": "node1"}


def session(server: Server, *members: dict[str, Any], **shown: object) -> FakeSession:
    variables = [{"variable_name": n, "value": str(v)} for n, v in shown.items()]
    return FakeSession(server, by_type={Variable: variables, GroupMember: members})


def test_a_node_of_galera() -> None:
    db = session(
        mariadb(settings=GALERA), wsrep_cluster_size=3, wsrep_cluster_status="Primary",
        wsrep_local_state_comment="Synced", wsrep_local_recv_queue=4, wsrep_local_send_queue=1,
        wsrep_local_cert_failures=2, wsrep_local_bf_aborts=5, wsrep_flow_control_paused_ns=3e9,
    )  # fmt: skip
    (found,) = cluster_members(db).rows
    assert (found.member, found.kind, found.here) == ("node1", "galera", True)
    assert (found.state, found.role, found.members) == ("Synced", "Primary", 3)
    assert (found.queue, found.conflicts, found.flow_control_seconds) == (5, 7, 3.0)


def test_a_node_without_its_cluster() -> None:
    db = session(mariadb(settings=GALERA), wsrep_cluster_status="Disconnected")
    (found,) = cluster_members(db).rows
    assert (found.role, found.members, found.queue) == ("Disconnected", 0, None)


def test_a_group() -> None:
    members = [
        row(GroupMember, host="db1", port=3306, here=True, state="ONLINE", role="PRIMARY", queue=2),
        row(GroupMember, host="db2", port=3307, state="RECOVERING", role="SECONDARY"),
    ]
    first, second = cluster_members(session(mysql(grants=ALL, settings=GROUP), *members)).rows
    assert (first.member, first.here, first.role, first.queue) == ("db1:3306", True, "PRIMARY", 2)
    assert (second.member, second.here, second.state) == ("db2:3307", False, "RECOVERING")
    assert first.members == second.members == 2


@pytest.mark.parametrize(
    "server",
    [
        mysql(grants=ALL),
        mysql(grants=frozenset(), settings=GROUP),
        mariadb(settings={"wsrep_provider": "none"}),
        mariadb(settings={"wsrep_provider": ""}),
        mariadb(),
    ],
    ids=["no group", "a group that is not ours to read", "no provider", "empty", "built without"],
)
def test_no_rows_and_no_question(server: Server) -> None:
    db = session(server, row(GroupMember, host="db1"), wsrep_cluster_size=1)
    assert cluster_members(db).rows == ()
    assert db.ran == []


@pytest.mark.parametrize(("version", "told"), [((5, 7), False), ((8, 0), True), ((9, 7), True)])
def test_5_7_tells_no_roles(version: tuple[int, ...], told: bool) -> None:
    assert ("m.MEMBER_ROLE AS role" in (MEMBERS.pick({"mysql": version}) or "")) == told
