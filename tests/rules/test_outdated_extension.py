from __future__ import annotations

import pytest

from collectors.postgres.extensions import Extension
from rules.upkeep.outdated_extension import outdated_extension
from tests.make import make, snapshot


def extension(installed: str, available: str | None, name: str = "pg_trgm") -> Extension:
    return make(
        Extension, database="shop", extension=name, installed=installed, available=available
    )


@pytest.mark.parametrize(("installed", "available"), [("1.9", "1.10"), ("1.5", "2"), ("3", "3.1")])
def test_fires(installed: str, available: str) -> None:
    (finding,) = outdated_extension(snapshot(extension(installed, available)))
    assert finding.remedy.statements[-1] == "ALTER EXTENSION pg_trgm UPDATE;"


def test_names_are_quoted() -> None:
    (finding,) = outdated_extension(snapshot(extension("1.0", "1.1", "uuid-ossp")))
    assert finding.remedy.statements[-1] == 'ALTER EXTENSION "uuid-ossp" UPDATE;'


@pytest.mark.parametrize(
    ("installed", "available"),
    [
        pytest.param("1.10", "1.10", id="the same"),
        pytest.param("1.10", "1.9", id="newer than its files"),
        pytest.param("1.10", None, id="no files"),
        pytest.param("3.4.2", "3.5dev", id="not a plain number"),
    ],
)
def test_quiet(installed: str, available: str | None) -> None:
    assert not outdated_extension(snapshot(extension(installed, available)))
