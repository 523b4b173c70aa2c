"""What AWS's own parameter groups give an engine, by the memory of the class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from collectors.rds.cluster import Cluster
from collectors.rds.instance import Instance
from collectors.rds.parameters import Parameter
from collectors.snapshot import Snapshot
from collectors.snapshots.settings import Setting
from rules.upkeep.parameter_formulas import upper_bound, variables_of


@dataclass(frozen=True, slots=True)
class Default:
    """A formula in AWS's language; `unit_bytes` is None for what counts something else."""

    formula: str
    unit_bytes: int | None


_PAGE, _KB = 8192, 1024
_POOL = Default("{DBInstanceClassMemory*3/4}", 1)
_CONNECTIONS = "max_connections"
_PER_SESSION_OF_MYSQL = {
    "sort_buffer_size": Default("262144", 1),
    "join_buffer_size": Default("262144", 1),
    "tmp_table_size": Default("16777216", 1),
}
_AURORA_CACHE = Default("SUM({DBInstanceClassMemory/12038},-50003)", _PAGE)
_POSTGRES = {
    _CONNECTIONS: Default("LEAST({DBInstanceClassMemory/9531392},5000)", None),
    "work_mem": Default("4096", _KB),
    "maintenance_work_mem": Default("GREATEST({DBInstanceClassMemory/63963136*1024},65536)", _KB),
}
_DEFAULTS: Mapping[tuple[str, bool], Mapping[str, Default]] = {
    ("postgres", False): {
        **_POSTGRES,
        "shared_buffers": Default("{DBInstanceClassMemory/32768}", _PAGE),
        "autovacuum_work_mem": Default("GREATEST({DBInstanceClassMemory/32768},131072)", _KB),
    },
    ("postgres", True): {**_POSTGRES, "shared_buffers": _AURORA_CACHE},
    ("mysql", False): {
        **_PER_SESSION_OF_MYSQL,
        _CONNECTIONS: Default("{DBInstanceClassMemory/12582880}", None),
        "innodb_buffer_pool_size": _POOL,
    },
    ("mysql", True): {
        **_PER_SESSION_OF_MYSQL,
        _CONNECTIONS: Default(
            "GREATEST({log(DBInstanceClassMemory/805306368)*45},"
            "{log(DBInstanceClassMemory/8187281408)*1000})",
            None,
        ),
        "innodb_buffer_pool_size": _POOL,
    },
    ("mariadb", False): {
        **_PER_SESSION_OF_MYSQL,
        _CONNECTIONS: Default("LEAST({DBInstanceClassMemory/25165760},12000)", None),
        "innodb_buffer_pool_size": _POOL,
    },
}


def defaults_of(instance: Instance) -> Mapping[str, Default]:
    """By name of the parameter: those that take memory, or make sessions that do."""
    return _DEFAULTS.get((instance.family, instance.aurora), {})


def most_connections(
    instance: Instance,
    cluster: Cluster | None,
    parameters: Snapshot[Parameter] | None,
    settings: Snapshot[Setting] | None,
) -> int | None:
    """max_connections: the live value, else at most what the parameter or the default gives."""
    for setting in settings.rows if settings else ():
        if setting.setting == _CONNECTIONS and setting.number:
            return int(setting.number)
    given = [
        p.value for p in (parameters.rows if parameters else ()) if p.parameter == _CONNECTIONS
    ]
    default = defaults_of(instance).get(_CONNECTIONS)
    formula = next((v for v in given if v), default.formula if default else None)
    return upper_bound(formula, variables_of(instance, cluster))
