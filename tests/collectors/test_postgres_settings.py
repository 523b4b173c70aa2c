from __future__ import annotations

from collectors.postgres.settings import settings
from collectors.snapshots.settings import Setting
from tests.fakes import FakeSession
from tests.make import make, row, server


def test_one_row_a_setting() -> None:
    db = FakeSession(server(13), [row(Setting, setting="work_mem", number=4194304.0)])
    assert settings(db).rows == (make(Setting, setting="work_mem", number=4194304.0),)


def test_says_what_it_needs() -> None:
    assert settings.unmet(server(12)) == ["needs postgres >= 13; found postgres 12"]
