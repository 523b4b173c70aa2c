"""Who takes over from a cluster's writer, in which order, and who of them is too small."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.rds.classes import ACU_BYTES, shipped
from collectors.rds.cluster import Cluster, Member
from rules.availability.readers import writer

_SERVERLESS = "db.serverless"
_FRONT_TIERS = (0, 1)


@dataclass(frozen=True, slots=True)
class Promotion:
    """`small` are readers with less memory than the writer that may be promoted, the next first.

    `next_is_small`: the very first choice is one of them.
    """

    writer: Member
    writer_bytes: int
    small: tuple[Member, ...]
    small_bytes: int
    large: tuple[Member, ...]
    next_is_small: bool


def memory_bytes(member: Member, cluster: Cluster) -> int | None:
    """Of the class; the most that a serverless member may grow to."""
    if member.instance_class == _SERVERLESS:
        return int(cluster.max_acu * ACU_BYTES) if cluster.max_acu is not None else None
    found = shipped(member.instance_class)
    return found.memory_bytes if found else None


def promotion(cluster: Cluster) -> Promotion | None:
    """None where all is well, or where sizes or tiers are not known.

    Aurora takes the lowest tier, and the largest instance within it.
    """
    first = writer(cluster)
    if first is None or first.instance_class == _SERVERLESS:
        return None  # how much a serverless writer needs is not what it may take
    needed, order = memory_bytes(first, cluster), _order(cluster)
    if needed is None or not order:
        return None
    heir, _ = order[0]
    small = [(m, has) for m, has in order
             if has < needed and (m is heir or m.tier in _FRONT_TIERS)]  # fmt: skip
    if not small:
        return None
    return Promotion(
        writer=first,
        writer_bytes=needed,
        small=tuple(m for m, _ in small),
        small_bytes=small[0][1],
        large=tuple(m for m, has in order if has >= needed),
        next_is_small=small[0][0] is heir,
    )


def _order(cluster: Cluster) -> list[tuple[Member, int]]:
    """Readers and their memory in the order of promotion; nothing where one can't be placed."""
    readers = [m for m in cluster.members if not m.writer and m.status != "deleting"]
    placed = [
        (member.tier, -memory, member.identifier, member)
        for member in readers
        if member.tier is not None and (memory := memory_bytes(member, cluster)) is not None
    ]
    if len(placed) < len(readers):
        return []
    return [(member, -less) for _, less, _, member in sorted(placed, key=lambda p: p[:3])]
