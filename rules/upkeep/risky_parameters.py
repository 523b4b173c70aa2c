"""Values of parameters that AWS's own recommendations warn of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from collectors.rds.instance import Instance
from collectors.rds.parameters import Parameter
from collectors.snapshot import Snapshot
from rules.base import Finding, Remedy, Severity, Subject
from rules.rds_wording import reboot, reset_group_parameter, set_group_parameter

_MYSQL = ("mysql", "mariadb")
_POSTGRES = ("postgres",)
_LEAST_OPEN_FILES = 65
_FEWEST_CONNECTIONS_OF_A_USER = 5


@dataclass(frozen=True, slots=True)
class Risk:
    """`safe` None: the engine's default. `told`: a rule fed by SQL tells it where there is SQL."""

    families: tuple[str, ...]
    weak: Callable[[str], bool]
    words: str
    safe: str | None = None
    severity: Severity = Severity.MEDIUM
    of_aurora: bool = True
    told: bool = True
    of_replicas: bool = False


def _off(value: str) -> bool:
    return value.lower() in ("0", "off", "false", "no")


def _on(value: str) -> bool:
    return not _off(value)


def _fewer_than(count: int) -> Callable[[str], bool]:
    """Zero is no limit, or has the server choose."""
    return lambda value: value.isdecimal() and 0 < int(value) < count


RISKS: Mapping[str, Risk] = {
    "autovacuum": Risk(
        _POSTGRES,
        _off,
        "no table is vacuumed or analysed until transaction ids run out",
        "1",
        Severity.HIGH,
    ),
    "track_counts": Risk(
        _POSTGRES,
        _off,
        "autovacuum does not know which tables changed, and leaves them alone",
        "1",
        Severity.HIGH,
    ),
    "synchronous_commit": Risk(
        _POSTGRES,
        _off,
        "after a crash the commits of the last moments are lost although they were confirmed",
        "on",
        Severity.HIGH,
    ),
    "enable_indexscan": Risk(_POSTGRES, _off, "the planner avoids indexes everywhere", "1"),
    "enable_indexonlyscan": Risk(
        _POSTGRES, _off, "the table is read even where the index has all that is asked", "1"
    ),
    "huge_pages": Risk(
        _POSTGRES,
        _off,
        "each session keeps its own map of the shared memory, which takes memory and CPU",
        severity=Severity.LOW,
        of_aurora=False,
        told=False,
    ),
    "innodb_flush_log_at_trx_commit": Risk(
        _MYSQL,
        lambda value: value in ("0", "2"),
        "after a crash the commits of about the last second are lost although they were confirmed",
        "1",
        Severity.HIGH,
    ),
    "sync_binlog": Risk(
        _MYSQL,
        lambda value: value != "1",
        "after a crash the binary log may lack commits, so that replicas differ for good",
        "1",
        of_aurora=False,
    ),
    "innodb_stats_persistent": Risk(
        _MYSQL, _off, "plans change whenever statistics are taken anew, as at a restart", "1"
    ),
    "general_log": Risk(_MYSQL, _on, "every statement is written to a log", "0"),
    "query_cache_type": Risk(
        _MYSQL, _on, "all SELECTs queue for the one lock of the query cache", "0", of_aurora=False
    ),
    "log_output": Risk(
        _MYSQL,
        lambda value: "TABLE" in value.upper(),
        "logs are written to tables, which is slow, grows the storage and can't be exported",
        "FILE",
        Severity.LOW,
        told=False,
    ),
    "innodb_open_files": Risk(
        _MYSQL,
        _fewer_than(_LEAST_OPEN_FILES),
        "files of tables are opened and closed all the time",
        told=False,
    ),
    "max_user_connections": Risk(
        _MYSQL,
        _fewer_than(_FEWEST_CONNECTIONS_OF_A_USER + 1),
        "an account may hold so few connections that a pool of it is refused",
        told=False,
    ),
    "innodb_default_row_format": Risk(
        _MYSQL,
        lambda value: value.upper() in ("0", "1", "REDUNDANT", "COMPACT"),
        "new tables keep long columns in the row and allow only short index prefixes",
        severity=Severity.LOW,
        told=False,
    ),
    "innodb_change_buffering": Risk(
        _MYSQL,
        lambda value: value.upper() not in ("NONE", "0"),
        "changes of secondary indexes are put off, and a restart has to work them off",
        "none",
        Severity.LOW,
        of_aurora=False,
        told=False,
    ),
    "read_only": Risk(
        _MYSQL,
        _off,
        "rows can be written on this replica, which then differs from its source",
        "{TrueIfReplica}",
        of_aurora=False,
        of_replicas=True,
    ),
}


def risky(
    parameters: Snapshot[Parameter], instance: Instance, *, sql_tells: bool
) -> Iterator[Finding]:
    """Only what somebody set: AWS's own defaults are not judged."""
    for parameter in parameters.rows:
        risk = RISKS.get(parameter.parameter)
        if risk is None or parameter.source != "user" or not parameter.value:
            continue
        if _applies(risk, instance, sql_tells=sql_tells) and risk.weak(parameter.value):
            yield _finding(parameter, parameter.value, risk, instance)


def _applies(risk: Risk, instance: Instance, *, sql_tells: bool) -> bool:
    return (
        instance.family in risk.families
        and (risk.of_aurora or not instance.aurora)
        and not (risk.told and sql_tells)
        and (instance.replica_source is not None or not risk.of_replicas)
    )


def _finding(parameter: Parameter, value: str, risk: Risk, instance: Instance) -> Finding:
    name = parameter.parameter
    change = (
        reset_group_parameter(instance, parameter)
        if risk.safe is None
        else set_group_parameter(instance, parameter, risk.safe)
    )
    return Finding(
        subject=Subject("setting", name),
        summary=f"{name} is {value} in {parameter.group}: {risk.words}.",
        evidence={"value": value, "parameter_group": parameter.group, "scope": parameter.scope},
        severity=risk.severity,
        remedy=Remedy(
            text=f"Set {name} to {risk.safe or 'its default'} in {parameter.group}, after a look "
            "at who else uses that group.",
            statements=(change, *((reboot(instance),) if parameter.static else ())),
            risk="It takes effect at the reboot: about a minute without the database."
            if parameter.static
            else "No restart; it takes effect within seconds. What is safer may be slower: watch "
            "the latency of writes for an hour.",
            verify=f"A new session shows the new value of {name}, and the parameter group is "
            "in-sync on the instance.",
            rollback=set_group_parameter(instance, parameter, value),
        ),
    )
