"""Clients may connect without TLS."""

from __future__ import annotations

import re
from collections.abc import Iterator

from collectors.rds.instance import Instance
from collectors.rds.parameters import Parameter
from collectors.snapshot import Snapshot
from rules.base import RDS, Confidence, Finding, Remedy, Severity, Subject, rule
from rules.rds_wording import graded, reset_group_parameter, set_group_parameter

_PARAMETER = {
    "postgres": "rds.force_ssl",
    "mysql": "require_secure_transport",
    "mariadb": "require_secure_transport",
}
# Versions from which on the default is to require TLS, or is not known to be otherwise.
_OFF_BEFORE = {
    "postgres": (15,),
    "aurora-postgresql": (17,),
    "mysql": (8, 4),
    "aurora-mysql": (8, 4),
    "mariadb": (11, 8),
}
_WITHOUT_TLS = {
    "postgres": "SELECT usename, count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) "
    "WHERE NOT ssl GROUP BY 1;",
    "mysql": "SELECT processlist_user, count(*) FROM performance_schema.threads "
    "WHERE connection_type = 'TCP/IP' GROUP BY 1;",
    "mariadb": "SHOW GLOBAL STATUS LIKE 'Ssl_accepts'; (against Connections)",
}


@rule(
    title="Connections without TLS are let in",
    severity=Severity.MEDIUM,
    confidence=Confidence.VALIDATED,
    engines=RDS,
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html",
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html",
    ),
)
def encryption_in_transit_off(
    instances: Snapshot[Instance], parameters: Snapshot[Parameter]
) -> Iterator[Finding]:
    """The server takes clients that do not encrypt what they send: statements, rows, some logins.

    Why it matters
        Most drivers try TLS and fall back without a word. Whoever can read the network between
        then reads the data, and on MySQL the sign-in of old plugins.

    What to do
        Find the users that connect without TLS, set sslmode or its like for them, then require
        it: rds.force_ssl = 1 on PostgreSQL, require_secure_transport = ON on MySQL and MariaDB.

    When to ignore
        Where the group does not set it, it is told only of versions whose default is known to be
        off: RDS PostgreSQL before 15, Aurora PostgreSQL before 17, MySQL before 8.4, MariaDB before
        11.8. Members of a cluster share the parameter, so its writer alone is told of. One severity
        lower where no tag tells the environment, not told where a tag names another than
        production.
    """
    (instance,) = instances.rows
    wanted = _PARAMETER.get(instance.family)
    severity = graded(instance.tags, Severity.MEDIUM)
    if severity is None or instance.role == "reader":
        return
    for parameter in parameters.rows:
        if parameter.parameter == wanted and _off(parameter, instance):
            yield _finding(parameter, instance, severity)


def _off(parameter: Parameter, instance: Instance) -> bool:
    if parameter.value is not None:
        return parameter.value.lower() in ("0", "off", "false")
    version = tuple(int(n) for n in re.findall(r"\d+", instance.engine_version)[:2])
    return bool(version) and version < _OFF_BEFORE.get(instance.engine, ())


def _finding(parameter: Parameter, instance: Instance, severity: Severity) -> Finding:
    shared = parameter.scope == "cluster" and instance.cluster is not None
    who = instance.cluster if shared and instance.cluster else instance.identifier
    return Finding(
        subject=Subject("cluster" if shared else "instance", who),
        severity=severity,
        summary=f"{who} lets clients in without TLS: {parameter.parameter} is off.",
        evidence={
            "parameter": parameter.parameter,
            "value": parameter.value,
            "by_default": parameter.value is None,
            "parameter_group": parameter.group,
            "engine_version": instance.engine_version,
        },
        remedy=_remedy(parameter, instance),
    )


def _remedy(parameter: Parameter, instance: Instance) -> Remedy:
    on = "1" if instance.family == "postgres" else "ON"
    fixed = parameter.group.startswith("default.")
    own = (
        f" {parameter.group} can't be changed: make a group of your own first, set "
        f"{parameter.parameter} = {on} there and give it to the database, which restarts once."
    )
    before = parameter.value
    return Remedy(
        text=f"See who still connects without TLS: {_WITHOUT_TLS[instance.family]} Then require "
        f"it.{own if fixed else ''}",
        statements=() if fixed else (set_group_parameter(instance, parameter, on),),
        risk=(
            "No restart; within minutes new connections without TLS are refused. Open ones stay. "
            "All databases that use the group get it."
        ),
        verify=(
            "A client with sslmode=disable is refused."
            if instance.family == "postgres"
            else "A client with --ssl-mode=DISABLED (MariaDB: --skip-ssl) is refused."
        ),
        rollback=(
            "Give the old group back."
            if fixed
            else reset_group_parameter(instance, parameter)
            if before is None
            else set_group_parameter(instance, parameter, before)
        ),
    )
