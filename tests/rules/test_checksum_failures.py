from __future__ import annotations

import pytest

from collectors.postgres.databases import Database
from rules.upkeep.checksum_failures import checksum_failures
from tests.make import make, server, snapshot


@pytest.mark.parametrize(("name", "subject"), [("shop", "shop"), ("", "the shared catalogs")])
def test_fires(name: str, subject: str) -> None:
    row = make(Database, database=name, checksum_failures=1)
    (finding,) = checksum_failures(snapshot(row), server())
    assert finding.subject.name == subject


@pytest.mark.parametrize("failures", [0, None])
def test_quiet_without_failures_or_checksums(failures: int | None) -> None:
    row = make(Database, database="shop", checksum_failures=failures)
    assert not checksum_failures(snapshot(row), server())


def test_on_rds_nothing_is_run_on_the_host() -> None:
    row = make(Database, database="shop", checksum_failures=1)
    (finding,) = checksum_failures(snapshot(row), server(platform="rds"))
    assert finding.remedy.statements == ()
