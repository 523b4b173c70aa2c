"""The process itself: memory, CPU, garbage collection and version, from prometheus_client."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import REGISTRY

from exporters.prometheus.families import Family, family, labels


def own(version: str) -> Iterator[Family]:
    """Families of this process; values are of the moment this is called."""
    about = labels({"version": version})
    yield family("dbtriage_build_info", "gauge", "Version of dbtriage.", [(about, 1)])
    for metric in REGISTRY.collect():
        suffix = "_total" if metric.type == "counter" else ""
        samples = [
            (labels(s.labels), s.value) for s in metric.samples if s.name == metric.name + suffix
        ]
        if samples and metric.type in ("gauge", "counter"):
            yield family(metric.name, metric.type, metric.documentation, samples)
