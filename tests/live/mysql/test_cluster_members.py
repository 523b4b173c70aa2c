"""A group of one on MySQL; Galera needs servers that are built for it, and is not here."""

from __future__ import annotations

from agent.demo.server import free_port
from collectors.mysql.cluster_members import ClusterMember, cluster_members
from tests.live.mysql.opened import opened, tell
from tests.live.mysql_server import MysqlServer
from tests.live.own_mysql_servers import OwnMysqlServers

NAME = "0123abcd-0123-0123-0123-0123456789ab"


def found(server: MysqlServer) -> tuple[ClusterMember, ...]:
    with opened(server) as session:
        return cluster_members(session).rows


def test_a_server_by_itself_is_no_member(mysql_server: MysqlServer) -> None:
    assert found(mysql_server) == ()


def test_a_group(own_mysql_server: OwnMysqlServers) -> None:
    server = own_mysql_server(
        settings={
            "log_bin": "binlog",
            "gtid_mode": "ON",
            "enforce_gtid_consistency": "ON",
            "plugin_load_add": "group_replication.so",
            "group_replication_group_name": NAME,
            "group_replication_local_address": f"127.0.0.1:{free_port()}",
            "report_host": "127.0.0.1",
        }
    )
    (before,) = found(server)
    assert (before.state, before.role) == ("OFFLINE", "")
    tell(server, "SET GLOBAL group_replication_bootstrap_group = ON", "START GROUP_REPLICATION")
    member = ClusterMember(
        member=f"127.0.0.1:{server.port}",
        kind="group replication",
        here=True,
        state="ONLINE",
        role="PRIMARY",
        members=1,
        queue=0,
        conflicts=0,
        flow_control_seconds=None,
    )
    assert found(server) == (member,)
    tell(server, "STOP GROUP_REPLICATION")
    (after,) = found(server)
    assert after.state == "OFFLINE"
