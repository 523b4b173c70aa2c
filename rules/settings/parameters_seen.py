"""What is known of an instance, for advice on its parameters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.cluster import Cluster
from collectors.rds.instance import Instance
from collectors.rds.load import DatabaseLoad
from collectors.rds.parameters import Parameter
from collectors.rds.usage import UsedHour
from collectors.snapshots.settings import Setting
from rules.settings.parameter_change import Current
from rules.settings.parameter_counters import Counted
from rules.settings.parameter_spelling import as_number
from rules.upkeep.parameter_formulas import upper_bound, variables_of

# What an engine takes where its group says nothing.
_BUILT_IN = {
    "postgres": {
        "log_lock_waits": "off",
        "log_temp_files": "-1",
        "random_page_cost": "4",
        "statement_timeout": "0",
        "track_io_timing": "off",
        "work_mem": "4096",
    },
    "mysql": {
        "innodb_lock_wait_timeout": "50",
        "innodb_print_all_deadlocks": "OFF",
        "long_query_time": "10",
        "slow_query_log": "OFF",
    },
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Only the instance and its parameters are needed; what is empty or None is not known.

    `settings` are live values from a SQL connection; they win over what groups say.
    """

    instance: Instance
    cluster: Cluster | None = None
    parameters: Sequence[Parameter] = ()
    minutes: Sequence[CloudWatch] = ()
    hours: Sequence[UsedHour] = ()
    load: Sequence[DatabaseLoad] = ()
    settings: Sequence[Setting] | None = None
    counted: Counted = field(default_factory=Counted)

    def parameter(self, name: str) -> Parameter | None:
        return next((p for p in self.parameters if p.parameter == name), None)

    def current(self, name: str) -> Current:
        """The live value, else what the group says, else what the engine takes by itself."""
        for setting in self.settings or ():
            if setting.setting == name:
                return Current(setting.value, "live")
        parameter = self.parameter(name)
        if parameter is not None and parameter.value is not None:
            return Current(parameter.value, parameter.source)
        family = "postgres" if self.instance.family == "postgres" else "mysql"
        built_in = _BUILT_IN[family].get(name) if parameter is not None else None
        return Current(built_in, "engine default")

    def value(self, name: str) -> str | None:
        return self.current(name).value

    def number(self, name: str) -> float | None:
        """Of a formula at most what it gives."""
        value = self.value(name)
        plain = as_number(value)
        return plain if plain is not None else upper_bound(value, self.variables)

    @property
    def variables(self) -> dict[str, int]:
        return variables_of(self.instance, self.cluster)

    @property
    def version(self) -> tuple[int, ...]:
        return tuple(int(n) for n in re.findall(r"\d+", self.instance.engine_version)[:2])
