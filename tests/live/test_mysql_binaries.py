"""Debian's suites can be missing, and move on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.live import debian
from tests.live.mysql_binaries import Source, binaries, checked
from tests.live.server_cache import ServerUnavailable


def test_an_engine_that_cannot_be_had_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBTRIAGE_SERVER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(debian, "SOURCES", tmp_path)
    with pytest.raises(ServerUnavailable, match=r"MariaDB 11\.8: trixie is in no apt source"):
        binaries("maria118")
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["maria118.lock"]


@pytest.mark.parametrize(
    ("newer_accepted", "version", "refused"),
    [
        pytest.param(True, "9.7.4", None, id="the one wanted"),
        pytest.param(True, "9.10.0", None, id="a later minor"),
        pytest.param(True, "26.7.0", None, id="a later major"),
        pytest.param(
            True, "8.4.9", "needs MySQL 9.7 or later; Debian sid has 8.4.9", id="an older one"
        ),
        pytest.param(False, "10.1.0", "needs MySQL 9.7; Debian sid has 10.1.0", id="not it"),
    ],
)
def test_a_suite_that_has_moved_on(newer_accepted: bool, version: str, refused: str | None) -> None:
    source = Source("MySQL", (), "sid", (9, 7), newer_accepted=newer_accepted)
    if refused is None:
        assert checked(source, version) == f"MySQL {version}"
    else:
        with pytest.raises(ServerUnavailable, match=refused):
            checked(source, version)
