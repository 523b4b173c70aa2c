"""How big an instance class is: EC2's own answer, or a table where that may not be asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from collectors.session import AwsSession, SessionError

ACU_BYTES = 2 * 2**30
_DAY_SECONDS = 86_400
_GIB = 2**30


@dataclass(frozen=True, slots=True)
class ClassSize:
    """CPUs and memory of a class, and what its link to the storage takes; None is unknown.

    `baseline` is what it may do all day, `burst` at most half an hour a day.
    """

    vcpus: int
    memory_bytes: int
    baseline_operations_per_second: int | None = None
    burst_operations_per_second: int | None = None
    baseline_bytes_per_second: float | None = None
    burst_bytes_per_second: float | None = None


def size_of(aws: AwsSession, instance_class: str) -> ClassSize | None:
    """None for serverless and for classes that neither EC2 nor the table knows."""
    if instance_class == "db.serverless":
        return None
    try:
        answer = aws.call(
            "ec2",
            "describe_instance_types",
            fresh_seconds=_DAY_SECONDS,
            InstanceTypes=[_type_of(instance_class)],
        )
    except SessionError:
        return shipped(instance_class)
    types = answer.get("InstanceTypes") or []
    return _of_ec2(types[0]) if types else shipped(instance_class)


def _type_of(instance_class: str) -> str:
    """The name EC2 knows it by."""
    return instance_class.removeprefix("db.").replace("x2g.", "x2gd.")


@cache
def _table() -> Mapping[str, tuple[int, float]]:
    given = json.loads(Path(__file__).with_name("classes.json").read_text())
    return {name: (vcpus, gib) for name, (vcpus, gib) in given["classes"].items()}


def shipped(instance_class: str) -> ClassSize | None:
    """From the table that dbtriage brings along."""
    if instance_class not in _table():
        return None
    vcpus, gib = _table()[instance_class]
    return ClassSize(vcpus, int(gib * _GIB))


def _of_ec2(found: Mapping[str, Any]) -> ClassSize:
    ebs = found.get("EbsInfo", {}).get("EbsOptimizedInfo", {})

    def megabytes(name: str) -> float | None:
        return None if name not in ebs else ebs[name] * 1e6

    return ClassSize(
        vcpus=found["VCpuInfo"]["DefaultVCpus"],
        memory_bytes=found["MemoryInfo"]["SizeInMiB"] * 2**20,
        baseline_operations_per_second=ebs.get("BaselineIops"),
        burst_operations_per_second=ebs.get("MaximumIops"),
        baseline_bytes_per_second=megabytes("BaselineThroughputInMBps"),
        burst_bytes_per_second=megabytes("MaximumThroughputInMBps"),
    )
