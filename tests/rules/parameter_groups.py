"""Parameters as groups of RDS and Aurora have them, and what is seen of a busy instance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from collectors.rds.instance import Instance
from collectors.rds.load import DatabaseLoad
from collectors.rds.parameters import Parameter
from collectors.snapshots.settings import Setting
from rules.settings.parameter_advice import advised
from rules.settings.parameter_change import Advice, ParameterAdvice
from rules.settings.parameter_counters import Counted
from rules.settings.parameters_seen import Seen
from tests.aws.rows import GIB, aurora, hours, instance, minutes
from tests.make import make

SHORT = minutes(freeable_memory_bytes=1.0 * GIB).rows
SHORT_OF_AURORA = minutes(freeable_memory_bytes=0.5 * GIB).rows
AMPLE = minutes(freeable_memory_bytes=8.0 * GIB, swap_used_bytes=0.0).rows
FEW = hours(connections_max=100.0, freeable_memory_min_bytes=8.0 * GIB).rows


def parameter(name: str, value: str | None = None, **given: Any) -> Parameter:
    """One that can be changed and takes anything, which somebody set if it has a value."""
    about = {
        "source": "engine-default" if value is None else "user",
        "static": False,
        "modifiable": True,
        "group": "orders-own",
        "scope": "instance",
    }
    return make(Parameter, parameter=name, value=value, **{**about, **given})


def group(**values: str | None) -> tuple[Parameter, ...]:
    return tuple(parameter(name, value) for name, value in values.items())


def live(**values: str) -> tuple[Setting, ...]:
    return tuple(make(Setting, setting=n, value=v) for n, v in values.items())


def load(total: float = 2.0, **waits: float) -> tuple[DatabaseLoad, ...]:
    """``IO__DataFileRead=0.5``: type and name of a wait, and the sessions in it."""
    rows = [make(DatabaseLoad, dimension="total", sessions=total)]
    for wait, sessions in waits.items():
        kind, _, name = wait.partition("__")
        rows.append(
            make(DatabaseLoad, dimension="wait", wait_type=kind, name=name, sessions=sessions)
        )
    return tuple(rows)


def postgres(**given: Any) -> Instance:
    (found,) = instance(**given).rows
    return found


def mysql(**given: Any) -> Instance:
    return postgres(**{"engine": "mysql", "engine_version": "8.0.39", **given})


def mariadb(**given: Any) -> Instance:
    return postgres(**{"engine": "mariadb", "engine_version": "10.11.9", **given})


def aurora_postgres(**given: Any) -> Instance:
    (found,) = aurora(**given).rows
    return found


def aurora_mysql(**given: Any) -> Instance:
    about = {"engine": "aurora-mysql", "engine_version": "8.0.mysql_aurora.3.10.0", **given}
    return aurora_postgres(**about)


def serverless(of: Any, **given: Any) -> Instance:
    about = {"instance_class": "db.serverless", "memory_bytes": None, "vcpus": None, "size": None}
    found = of(**{**about, **given})
    assert isinstance(found, Instance)
    return found


def judge(instance: Instance, given: Sequence[Parameter], **seen: Any) -> Advice:
    return advised(Seen(instance=instance, parameters=given, **seen))


def change(advice: Advice, name: str) -> ParameterAdvice:
    (found,) = [c for c in advice.changes if c.parameter == name]
    return found


def changed(advice: Advice) -> set[str]:
    return {c.parameter for c in advice.changes}


def kept(advice: Advice, name: str) -> str:
    (found,) = [k.why for k in advice.kept if k.parameter == name]
    return found


READS, SPILLS = load(IO__DataFileRead=0.5), load(IO__BufFileWrite=0.4)
FORCED = Counted(
    forced_checkpoints_ratio=0.9, seconds_between_checkpoints=60.0, log_bytes_per_second=2e6
)
