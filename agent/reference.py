"""The references under docs/, made from the code; ``python -m agent.reference`` writes them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from agent.discovery import all_collectors, all_rules
from collectors.fields import exported, names, noun
from exporters.figures import PRODUCTS

_FOLDERS = {"postgres": "PostgreSQL", "mysql": "MySQL, MariaDB", "rds": "RDS"}
DOCS = Path(__file__).parent.parent / "docs"


def rules() -> str:
    """Every rule with its manual and what can be tuned."""
    return "\n".join(_rules()) + "\n"


def metrics() -> str:
    """Every metric that comes from a collector's rows."""
    return "\n".join(_metrics()) + "\n"


def collectors() -> str:
    """Every collector, how often it asks, and what it needs."""
    return "\n".join(_collectors()) + "\n"


REFERENCES: dict[str, Callable[[], str]] = {
    "rules.md": rules,
    "metrics.md": metrics,
    "collectors.md": collectors,
}


def _rules() -> Iterator[str]:
    book = all_rules()
    yield f"# The rule book\n\n{len(book)} rules. `dbtriage explain RULE` prints one of them."
    for topic in sorted({r.topic for r in book}):
        yield f"\n## {topic.capitalize()}"
        for rule in (r for r in book if r.topic == topic):
            engines = ", ".join(PRODUCTS[engine] for engine in rule.engines)
            yield f"\n### {rule.id}\n\n*{rule.title}* ({rule.severity.name.lower()}; {engines})\n"
            yield f"```text\n{rule.doc}\n```"
            if rule.limits:
                said = ", ".join(f"`{name} = {value}`" for name, value in rule.limits.items())
                yield f"\nCan be tuned: {said}"
            yield "\n" + "\n".join(f"<{url}>" for url in rule.see)


def _metrics() -> Iterator[str]:
    yield "# Metrics from collectors\n"
    yield "Each has the labels `target` and `engine` beside those named here.\n"
    yield "| metric | labels | of | meaning |\n|---|---|---|---|"
    of: dict[tuple[str, str, str], list[str]] = {}
    for collector in all_collectors():
        for line in _series(collector.row):
            of.setdefault(line, []).append(_FOLDERS[collector.engine])
    for (name, labels, help), engines in sorted(of.items(), key=lambda each: each[0][0]):
        yield f"| `{name}` | {labels} | {', '.join(engines)} | {help} |"


def _series(row: type[Any]) -> Iterator[tuple[str, str, str]]:
    """Name, labels and meaning of each."""
    labels = " ".join(f"`{label}`" for label in names(row, "label"))
    for field in dataclasses.fields(row) if exported(row) else ():
        kind = field.metadata["kind"]
        if kind in ("gauge", "counter"):
            suffix = "_total" if kind == "counter" else ""
            yield f"dbtriage_{noun(row)}_{field.name}{suffix}", labels, field.metadata["help"]


def _collectors() -> Iterator[str]:
    yield "# Collectors\n\n| collector | asks every | where | question |\n|---|---|---|---|"
    for collector in all_collectors():
        where = "each database" if collector.per_database else "the server"
        every = f"{collector.every.total_seconds():g} s"
        module = __import__(collector.ask.__module__, fromlist=["*"])
        question = " ".join((module.__doc__ or "").split())
        yield f"| `{collector.id}` | {every} | {where} | {question} |"


if __name__ == "__main__":
    for name, made in REFERENCES.items():
        (DOCS / name).write_text(made())
