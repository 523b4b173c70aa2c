"""Debian packages, unpacked into a folder: the host's apt asks, but keeps all state to itself."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

SOURCES = Path("/etc/apt")


class DebianUnavailable(Exception):
    """A Debian package can't be had, and why."""


def unpack(package: str, suite: str, into: Path) -> None:
    """One package, without what it depends on. Needs neither root nor an `apt-get update`."""
    with tempfile.TemporaryDirectory() as work:
        place = Path(work)
        for folder in ("state/lists/partial", "cache/archives/partial"):
            (place / folder).mkdir(parents=True)
        (place / "status").touch()
        # Asked for one suite: a mirror of anything but Debian has none of that name, or no main.
        asked = [f"deb {mirror} {suite} main\n" for mirror in sorted(set(mirrors(SOURCES)))]
        (place / "sources.list").write_text("".join(asked))
        said = _apt(place, "update")
        said += _apt(place, "download", package)
        for archive in place.glob("*.deb"):
            _run(["dpkg-deb", "--extract", str(archive), str(into)], place)
            return
        raise DebianUnavailable(f"{package} of {suite} is in no apt source: {said[-1000:]}")


def mirrors(apt: Path) -> Iterator[str]:
    """The options and address of each source, as a line of sources.list has them."""
    for path in [apt / "sources.list", *sorted(apt.glob("sources.list.d/*"))]:
        if path.suffix == ".list" and path.exists():
            yield from _lines(path.read_text())
        elif path.suffix == ".sources":
            yield from _stanzas(path.read_text())


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        kind, _, rest = line.strip().partition(" ")
        options, bracket, place = rest.rpartition("]")
        if kind == "deb" and place.strip():
            yield f"{options}{bracket} {place.split()[0]}".strip()


def _stanzas(text: str) -> Iterator[str]:
    for stanza in text.split("\n\n"):
        fields = dict(_field(line) for line in stanza.splitlines() if line[:1] not in "# ")
        key = fields.get("signed-by", "")
        options = f"[signed-by={key}] " if key.startswith("/") else ""
        if "deb" in fields.get("types", "").split() and fields.get("enabled") != "no":
            yield from (options + address for address in fields.get("uris", "").split())


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.lower(), value.strip()


def _apt(place: Path, *command: str) -> str:
    options = {
        "Dir::State": place / "state",
        "Dir::State::status": place / "status",
        "Dir::Cache": place / "cache",
        "Dir::Etc::sourcelist": place / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Acquire::Languages": "none",
        # Else root would download as the user _apt, who may not write here.
        "APT::Sandbox::User": "root",
    }
    settings = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    return _run(["apt-get", *settings, "-qq", *command], place)


def _run(command: list[str], place: Path) -> str:
    """What it said; a failure shows in what it did not fetch."""
    try:
        done = subprocess.run(  # noqa: S603
            command, cwd=place, check=False, capture_output=True, text=True
        )
    except FileNotFoundError:
        raise DebianUnavailable(f"needs {command[0]}; found none on this machine") from None
    return done.stderr
