from __future__ import annotations

import json
import shlex
from typing import Any

import pytest

from collectors.snapshot import Snapshot
from rules.base import Severity
from rules.upkeep.logs_not_exported import logs_not_exported
from tests.aws.rows import aurora, instance


@pytest.mark.parametrize(
    ("given", "lacks", "severity"),
    [
        pytest.param({"exported_logs": ()}, ["postgresql"], Severity.LOW, id="none"),
        pytest.param(
            {"exported_logs": ("upgrade",), "tags": ()}, ["postgresql"], Severity.INFO, id="no tags"
        ),
        pytest.param(
            {"engine": "mysql", "exported_logs": ("error",)},
            ["slowquery"],
            Severity.LOW,
            id="MySQL without the slow log",
        ),
        pytest.param(
            {"engine": "mariadb", "exported_logs": ()},
            ["error", "slowquery"],
            Severity.LOW,
            id="MariaDB",
        ),
    ],
)
def test_fires(given: dict[str, Any], lacks: list[str], severity: Severity) -> None:
    (found,) = logs_not_exported(instance(**given))
    assert found.severity is severity
    assert found.evidence["missing"] == ", ".join(lacks)
    words = shlex.split(found.remedy.statements[0])
    sent = words[words.index("--cloudwatch-logs-export-configuration") + 1]
    assert json.loads(sent) == {"EnableLogTypes": lacks}
    assert "DisableLogTypes" in found.remedy.rollback


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(instance(), id="sent"),
        pytest.param(instance(exported_logs=(), tags=(("env", "test"),)), id="not production"),
        pytest.param(aurora(exported_logs=()), id="a cluster that does not say"),
        pytest.param(aurora(exported_logs=("audit",), role="reader"), id="told on the writer"),
        pytest.param(instance(engine="oracle-ee", exported_logs=()), id="an engine not known here"),
    ],
)
def test_quiet(shown: Snapshot[Any]) -> None:
    assert not logs_not_exported(shown)


def test_a_cluster_is_set_as_a_whole() -> None:
    shown = aurora(engine="aurora-mysql", exported_logs=("error",), role="writer")
    (found,) = logs_not_exported(shown)
    assert "modify-db-cluster --db-cluster-identifier shop" in found.remedy.statements[0]
