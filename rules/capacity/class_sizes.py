"""Instance classes beside an instance's own: one size up or down, the successor of an old one."""

from __future__ import annotations

from collections.abc import Iterable

from collectors.rds.classes import shipped

_SIZES = (
    "micro", "small", "medium", "large", "xlarge", "2xlarge", "3xlarge", "4xlarge", "6xlarge",
    "8xlarge", "10xlarge", "12xlarge", "16xlarge", "24xlarge", "32xlarge", "48xlarge",
)  # fmt: skip
# The first that has the size is advised; r5b is chosen for its link to storage, which r7g lacks.
_SUCCESSORS = {
    "m3": ("m7g", "m8g"), "m4": ("m7g", "m8g"), "m5": ("m7g", "m8g"), "m5d": ("m8gd",),
    "r3": ("r7g", "r8g"), "r4": ("r7g", "r8g"), "r5": ("r7g", "r8g"), "r5d": ("r8gd",),
    "r5b": ("r6in",), "t2": ("t4g",),
}  # fmt: skip


def parted(instance_class: str) -> tuple[str, str]:
    """Family and size: r7g and large; the size is empty where the name is built otherwise."""
    _, _, rest = instance_class.partition(".")
    family, _, size = rest.partition(".")
    return family, size if size in _SIZES else ""


def burstable(instance_class: str) -> bool:
    return instance_class.startswith("db.t")


def smaller(instance_class: str) -> str | None:
    """The next size down in the family; None where there is none, or the class is not known."""
    family, size = parted(instance_class)
    below = _SIZES[: _SIZES.index(size)] if size else ()
    return _first(family, reversed(below))


def bigger(instance_class: str) -> str | None:
    """The next size up in the family; None where there is none, or the class is not known."""
    family, size = parted(instance_class)
    above = _SIZES[_SIZES.index(size) + 1 :] if size else ()
    return _first(family, above)


def successor(instance_class: str) -> str | None:
    """A class of today of at least its CPUs and memory; None: new enough, or none is known."""
    family, _ = parted(instance_class)
    families = _SUCCESSORS.get(family, ())
    return next((c for f in families if (c := at_least(f, instance_class))), None)


def at_least(family: str, instance_class: str) -> str | None:
    """The smallest class of `family` from the same size on that has its CPUs and memory."""
    old, (_, size) = shipped(instance_class), parted(instance_class)
    if old is None or not size:
        return None
    for other in _SIZES[_SIZES.index(size) :]:
        new = shipped(f"db.{family}.{other}")
        if new and new.vcpus >= old.vcpus and new.memory_bytes >= old.memory_bytes:
            return f"db.{family}.{other}"
    return None


def with_memory(family: str, memory_bytes: float) -> str | None:
    """The smallest class of `family` with so much memory."""
    for size in _SIZES:
        new = shipped(f"db.{family}.{size}")
        if new and new.memory_bytes >= memory_bytes:
            return f"db.{family}.{size}"
    return None


def _first(family: str, sizes: Iterable[str]) -> str | None:
    return next((c for s in sizes if shipped(c := f"db.{family}.{s}")), None)
