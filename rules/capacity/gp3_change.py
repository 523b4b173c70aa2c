"""What it takes to turn a gp2 volume into gp3, so that nothing becomes slower."""

from __future__ import annotations

from collectors.rds.instance import Instance
from rules.base import Remedy
from rules.capacity.volume import CHANGE_RISK, FLEXIBLE_GIB, GIB, MIB, of_gp2, of_gp3
from rules.rds_holder import look
from rules.rds_wording import When, modify_volume


def to_gp3(
    instance: Instance, moved: float | None, first: str = "", when: When = "window"
) -> Remedy:
    """`moved`: bytes in the busiest second known; `first`: a sentence on what comes before."""
    gib = (instance.allocated_bytes or 0) // GIB
    before, after = of_gp2(gib), of_gp3(gib)
    grows = gib < FLEXIBLE_GIB and _slower(gib, moved)
    operations = max(before.operations or 0, after.operations or 0)
    extra = ""
    if grows:
        extra = (
            f", and grow it to {FLEXIBLE_GIB} GiB: below that gp3 moves at most 125 MiB a second"
        )
    elif operations > (after.operations or 0):
        extra = f" with the {operations:,.0f} operations a second that gp2 gives today"
    return Remedy(
        text=f"{first}Change the type to gp3{extra}. Compare the price of both for your region "
        "first.",
        statements=(modify_volume(instance, *_options(gib, moved, operations), when=when),),
        risk=f"{CHANGE_RISK} gp3 moves {(after.throughput_bytes or 0) / MIB:.0f} MiB a second as "
        f"it comes, gp2 of this size at most {(before.throughput_bytes or 0) / MIB:.0f} MiB."
        + (" Storage never shrinks again." if grows else ""),
        verify="At the busiest hour ReadLatency and WriteLatency are not higher than before, and "
        f"this gives gp3: {look(instance, 'StorageType')}",
        rollback=("The size stays. " if grows else "")
        + f"After six hours: {modify_volume(instance, '--storage-type gp2', when=when)}",
    )


def _slower(gib: float, moved: float | None) -> bool:
    return moved is not None and moved > (of_gp3(gib).throughput_bytes or 0)


def _options(gib: float, moved: float | None, operations: float) -> list[str]:
    """From 400 GiB on RDS wants operations and throughput named; below they cannot be."""
    slower = _slower(gib, moved)
    through = (of_gp2(gib) if slower else of_gp3(gib)).throughput_bytes or 0
    options = ["--storage-type gp3"]
    if gib >= FLEXIBLE_GIB:
        options += [f"--iops {operations:.0f}", f"--storage-throughput {through / MIB:.0f}"]
    elif slower:
        options += [f"--allocated-storage {FLEXIBLE_GIB}", "--iops 12000"]
    return options
