"""The house rules, as tests: what these check, no reviewer has to."""

from __future__ import annotations

import ast
import dataclasses
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_origin

import pytest

from agent.discovery import all_collectors, all_rules
from collectors.base import Collector
from collectors.fields import exported, lineage, names, noun
from collectors.outcomes import Outcomes
from collectors.session import Server
from collectors.snapshot import Activity, Snapshot
from collectors.snapshots.sessions import SessionLoad
from rules.base import Rule
from rules.evaluate import required
from rules.planner import Planner

ROOT = Path(__file__).parent.parent
LAYERS = ["collectors", "rules", "exporters", "agent"]  # each may import those before it
SECTIONS = ("Why it matters", "What to do", "When to ignore")
SOURCES = [path for layer in LAYERS for path in sorted((ROOT / layer).rglob("*.py"))]
FORBIDDEN_NAMES = {"utils", "util", "common", "helpers", "helper", "misc", "manager", "handler"}
# What a layer may use beside the standard library and the layers below it.
LIBRARIES = {
    "collectors": {"sqlglot"},
    "rules": {"sqlglot"},
    "exporters": {"fastapi", "jinja2", "markupsafe", "prometheus_client", "rich", "starlette"},
}
GIVEN = {Server, SessionLoad, Outcomes, Planner}
RULE_IDS = """
dominant-statement slow-statement temp-spill n-plus-one read-heavy-statement write-amplification
jit-overhead planning-heavy statement-evictions idle-blocker blocking-chain ddl-queue
idle-in-transaction long-transaction abandoned-prepared-transaction deadlocks
connection-saturation idle-connections connection-churn unused-index duplicate-index
redundant-index invalid-index unindexed-foreign-key bloated-index hot-update-breaker
low-selectivity-index dead-tuples stale-statistics table-bloat no-primary-key
sequence-exhaustion seq-scan-heavy-table wraparound horizon-blocked autovacuum-disabled
autovacuum-throttled replication-lag inactive-slot archiver-failing shared-buffers-small
work-mem-dangerous forced-checkpoints planner-toggle-off pending-restart durability-off
io-timing-off statement-statistics-missing missing-privileges version-end-of-life
outdated-extension missing-index
""".split()  # noqa: SIM905  fifty quotes more to read
MYSQL_RULE_IDS = """
dominant-statement idle-blocker blocking-chain idle-in-transaction long-transaction deadlocks
connection-saturation unused-index duplicate-index redundant-index low-selectivity-index
no-primary-key replication-lag durability-off version-end-of-life full-scan-statement
disk-temporary-tables full-join-statement rows-examined-waste metadata-lock-queue
history-list-growing auto-increment-exhaustion buffer-pool-too-small redo-log-too-small
table-cache-overflow replication-broken replica-writable performance-schema-off digest-overflow
myisam-table oversized-primary-key query-cache-on
""".split()  # noqa: SIM905  thirty quotes more to read
RDS_RULE_IDS = """
load-over-vcpu dominant-statement cpu-saturated credits-running-out memory-pressure
storage-running-out storage-autoscaling-off gp2-volume io-saturated slow-io replica-lag
global-database-lag single-az single-instance-cluster backups-too-short restore-point-stale
pending-maintenance pending-reboot default-parameter-group parameter-overridden insights-off
enhanced-monitoring-off alarms-missing extended-support old-instance-class burstable-in-production
oversized-instance undersized-instance serverless-ceiling serverless-floor serverless-always-high
reserved-instance-gap io-optimized-candidate idle-instance unencrypted-storage
deletion-protection-off publicly-accessible iam-authentication-off certificate-expiring
proxy-candidate read-replica-candidate failover-target-weak
""".split()  # noqa: SIM905  forty quotes more to read


def imports(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import(names=modules):
                yield from ((node.lineno, module.name) for module in modules)
            case ast.ImportFrom(module=str(name), level=0):
                yield node.lineno, name


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_down(path: Path) -> None:
    layer = path.relative_to(ROOT).parts[0]
    above = LAYERS[LAYERS.index(layer) + 1 :]
    for line, name in imports(path):
        top = name.partition(".")[0]
        assert top not in above, f"line {line}: {layer} may not import {name}"
        if layer in LIBRARIES and top not in LAYERS:
            allowed = top in sys.stdlib_module_names or top in LIBRARIES[layer]
            assert allowed, f"line {line}: {layer} may not import {name}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_are_named_for_what_they_do(path: Path) -> None:
    assert path.stem not in FORBIDDEN_NAMES


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_module_says_what_it_is_for(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text())) or _is_a_rule(path)


def _is_a_rule(path: Path) -> bool:
    """The docstring of a rule's function is its manual; the module needs none beside it."""
    return any(Path(sys.modules[r.judge.__module__].__file__ or "") == path for r in all_rules())


@pytest.mark.parametrize("collector", all_collectors(), ids=lambda c: c.id)
def test_collector(collector: Collector[Any, Any]) -> None:
    engine, name = collector.id.split(".")
    assert collector.ask.__name__ == name
    assert collector.needs, "says what it needs"
    assert names(collector.row, "label", "counter", "gauge", "note")
    assert (ROOT / f"tests/collectors/test_{engine}_{name}.py").exists()


@pytest.mark.parametrize("rule", all_rules(), ids=lambda r: r.id)
def test_rule(rule: Rule[...]) -> None:
    name = rule.judge.__name__
    assert rule.judge.__module__ == f"rules.{rule.topic}.{name}", "one rule a file, named after it"
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z]+)+|wraparound|deadlocks", rule.id)
    assert [s for s in SECTIONS if s not in rule.doc] == []
    assert rule.see, "points at the engine's own documentation"
    assert all(url.startswith("https://") for url in rule.see)
    assert not rule.title.endswith(".")
    assert (ROOT / f"tests/rules/test_{name}.py").exists()


@pytest.mark.parametrize("rule", all_rules(), ids=lambda r: r.id)
def test_rule_asks_for_what_somebody_gives(rule: Rule[...]) -> None:
    rows = {row for c in all_collectors() for row in lineage(c.row)}
    assert rule.inputs
    for asked in rule.inputs.values():
        kind, _ = required(asked)
        if get_origin(kind) in (Snapshot, Activity):
            (row,) = kind.__args__
            assert row in rows, f"no collector answers with {row.__name__}"
            assert get_origin(kind) is Snapshot or names(row, "counter"), "counts nothing"
        else:
            assert kind in GIVEN


@pytest.mark.parametrize("rule", all_rules(), ids=lambda r: r.id)
def test_what_may_be_tuned_is_a_number_with_its_unit(rule: Rule[...]) -> None:
    for name, value in rule.limits.items():
        assert isinstance(value, int | float)
        assert not isinstance(value, bool)
        assert "_" in name, f"{name} does not say its unit"


@pytest.mark.parametrize(
    ("engine", "promised"),
    [
        ("postgres", RULE_IDS),
        ("mysql", MYSQL_RULE_IDS),
        ("mariadb", MYSQL_RULE_IDS),
        ("rds", RDS_RULE_IDS),
    ],
)
def test_the_promised_rules_exist(engine: str, promised: list[str]) -> None:
    ids = [r.id for r in all_rules() if engine in r.engines]
    assert sorted(set(promised) - set(ids)) == []
    assert len(ids) == len(set(ids)) >= 45


@pytest.mark.parametrize("row", [c.row for c in all_collectors()], ids=lambda r: r.__name__)
def test_row(row: type[Any]) -> None:
    """Metric names as promtool wants them: base units, a help text, no reserved word."""
    for field in dataclasses.fields(row):
        if field.metadata["kind"] not in ("gauge", "counter") or not exported(row):
            continue
        name = f"dbtriage_{noun(row)}_{field.name}"
        assert re.fullmatch(r"[a-z][a-z0-9_]*[a-z0-9]", name)
        assert not name.endswith(("_total", "_count", "_sum", "_bucket", "_info")), name
        assert not re.search(r"_(ms|milliseconds|minutes|kb|mb|percent|pct)(_|$)", name), name
        assert field.metadata["help"].endswith("."), f"{name}: help is a sentence"
    for label in names(row, "label"):
        assert label not in ("target", "engine", "job", "instance", "pid", "query")


def test_rows_have_different_nouns() -> None:
    nouns = Counter((c.engine, noun(c.row)) for c in all_collectors())
    assert [twice for twice, times in nouns.items() if times > 1] == []


def test_rows_are_each_one_collectors() -> None:
    rows = Counter((c.engine, c.row) for c in all_collectors())
    assert [twice for twice, times in rows.items() if times > 1] == []


def test_the_product_speaks_of_itself_alone() -> None:
    """No local path, no host of a package index or mirror in anything that is shipped."""
    suffixes = {".py", ".toml", ".md", ".txt", ".html", ".yml", ".yaml", ""}
    odd = re.compile(r"/root/|/home/\w+/|https?://[\w.-]*(?:pypi|mirror|registry)")
    skipped = {
        ".git",
        ".venv",
        ".cache",
        "__pycache__",
        ".mypy_cache",
        ".ruff_cache",
        ".hypothesis",
    }
    here = Path(__file__)
    for path in ROOT.rglob("*"):
        if path.is_file() and path.suffix in suffixes and not skipped & set(path.parts):
            assert path == here or not odd.search(path.read_text(errors="replace")), path
