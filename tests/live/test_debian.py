"""Apt's sources come in two formats."""

from __future__ import annotations

from pathlib import Path

from tests.live.debian import mirrors

STANZAS = """\
# as Debian 12 has it
Types: deb deb-src
URIs: http://a.example/debian
Suites: bookworm bookworm-updates
Signed-By: /usr/share/keyrings/a.gpg

Types: deb
URIs: http://off.example/debian
Suites: bookworm
Enabled: no
"""
LINES = """\
# deb http://comment.example/debian bookworm main
deb http://b.example/debian bookworm main
deb [arch=amd64 signed-by=/etc/apt/c.gpg] http://c.example/debian bookworm main
deb-src http://source.example/debian bookworm main
"""


def test_mirrors_of_both_formats(tmp_path: Path) -> None:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d" / "debian.sources").write_text(STANZAS)
    (tmp_path / "sources.list.d" / "other.list.disabled").write_text("deb http://x.example d main")
    (tmp_path / "sources.list").write_text(LINES)
    assert sorted(mirrors(tmp_path)) == [
        "[arch=amd64 signed-by=/etc/apt/c.gpg] http://c.example/debian",
        "[signed-by=/usr/share/keyrings/a.gpg] http://a.example/debian",
        "http://b.example/debian",
    ]


def test_a_machine_without_apt_sources(tmp_path: Path) -> None:
    assert list(mirrors(tmp_path)) == []
