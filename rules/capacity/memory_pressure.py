"""Memory of the instance runs short."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.rds.cloudwatch import CloudWatch
from collectors.rds.instance import Instance
from collectors.rds.parameters import Parameter
from collectors.snapshot import Snapshot
from rules.base import Confidence, Finding, Gain, Impact, Remedy, Severity, rule
from rules.capacity.class_change import outage
from rules.capacity.memory import Memory, short_memory
from rules.capacity.minutes import latest
from rules.rds_wording import of_instance, reboot, reset_group_parameter, set_group_parameter
from rules.upkeep.memory_parameters import Overridden, oversized
from rules.wording import share, size

_ADVICE = {
    "postgres": "Let the pools hold fewer connections and lower work_mem",
    "mysql": "Let the pools hold fewer connections and lower the buffers each of them gets "
    "(sort_buffer_size, join_buffer_size, tmp_table_size), then innodb_buffer_pool_size",
}


@rule(
    title="Memory runs short",
    severity=Severity.HIGH,
    confidence=Confidence.ESTIMATED,
    engines=("rds",),
    see=(
        "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_BestPractices.html",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html",
    ),
)
def memory_pressure(  # noqa: PLR0913
    minutes: Snapshot[CloudWatch],
    instances: Snapshot[Instance],
    parameters: Snapshot[Parameter] | None,
    *,
    low_ratio: float = 0.1,
    low_aurora_ratio: float = 0.05,
    swap_growth_mib_per_hour: float = 50,
) -> Iterator[Finding]:
    """Less than a tenth of the memory can be freed, and it becomes less or is swapped out.

    Why it matters
        When none is left, the operating system kills the database, and all connections with it.
        Before that, swapping makes every statement slow.

    What to do
        Parameters set higher than the class can bear come first; the finding names them. Then
        fewer connections, and smaller buffers for each of them. Then find the statements that
        sort and hash much. A class with more memory comes last.

    When to ignore
        A database that fills its cache keeps little memory free by design: a low figure that stays
        where it is is not told on RDS, and on Aurora only below 5 %. Not told of serverless
        instances: their figure is of the most they may scale to.
    """
    (instance,) = instances.rows
    memory = short_memory(
        instance, minutes.rows, low_ratio=low_ratio, low_aurora_ratio=low_aurora_ratio,
        swap_growth_mib_per_hour=swap_growth_mib_per_hour,
    )  # fmt: skip
    if memory is None or latest(minutes.rows, lambda m: m.memory_reserved):  # a rule of its own
        return
    high = oversized(parameters, instance) if parameters else ()
    yield Finding(
        subject=of_instance(instance),
        summary=_summary(instance, memory, high, swaps=memory.swaps(swap_growth_mib_per_hour)),
        evidence={
            "freeable_bytes": memory.free_bytes,
            "memory_bytes": memory.total_bytes,
            "freeable_ratio": memory.free_ratio,
            "freeable_growth_bytes_per_hour": memory.free_growth,
            "swap_growth_bytes_per_hour": memory.swap_growth,
            "connections": latest(minutes.rows, lambda m: m.connections),
            "parameters_above_default": ", ".join(o.told for o in high) or None,
        },
        impact=Impact(Gain.HEADROOM, 1 - memory.free_ratio),
        remedy=_remedy(instance, high),
    )


def _summary(
    instance: Instance, memory: Memory, high: tuple[Overridden, ...], *, swaps: bool
) -> str:
    signs = ["becomes less"] * memory.falls + ["is swapped out"] * swaps
    how = f", and it {' and '.join(signs)}" if signs else ""
    why = f"; above AWS's default: {', '.join(o.told for o in high)}" if high else ""
    return (
        f"{instance.identifier} has {size(memory.free_bytes)} of {size(memory.total_bytes)} memory "
        f"left ({share(memory.free_ratio)}){how}{why}."
    )


def _remedy(instance: Instance, high: tuple[Overridden, ...]) -> Remedy:
    advice = _ADVICE.get(instance.family, _ADVICE["mysql"])
    names = " and ".join(o.parameter.parameter for o in high)
    first = f"Give {names} AWS's default back, which follows the class. " if high else ""
    static = any(o.parameter.static for o in high)
    if high:
        advice = "Let the pools hold fewer connections"
    return Remedy(
        text=f"{first}{advice}. If the memory is really needed, take a class with more of it.",
        statements=(
            *(reset_group_parameter(instance, o.parameter) for o in high),
            *((reboot(instance),) if static else ()),
        ),
        risk="Smaller buffers make large sorts and joins use temporary files."
        + (" The reboot takes the database away for about a minute." if static else "")
        + f" A change of class interrupts work. {outage(instance)}",
        verify="An hour later FreeableMemory has stopped falling, and SwapUsage does not grow.",
        rollback="\n".join(
            set_group_parameter(instance, o.parameter, o.parameter.value or "") for o in high
        )
        or "Set the parameters and the pool sizes back.",
    )
