"""Debian packages, unpacked into a folder: the host's apt asks, but keeps all state to itself."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

SOURCES = Path("/etc/apt")
PACKAGES_LEFT_OUT = ("coreutils", "debconf", "dpkg", "libgdbm", "libperl", "perl", "systemd")
_DOCUMENTS = ("bug", "doc", "doc-base", "info", "lintian", "locale", "man")
PATHS_LEFT_OUT = ("./etc", "./var", "*/gconv", *(f"./usr/share/{each}" for each in _DOCUMENTS))


class DebianUnavailable(Exception):
    """A Debian package can't be had, and why."""


def unpack(package: str, suite: str, into: Path) -> None:
    """One package, without what it depends on. Needs neither root nor an `apt-get update`."""
    with _asked(suite) as place:
        said = _apt(place, "download", package).stderr
        for archive in place.glob("*.deb"):
            _run(["dpkg-deb", "--extract", str(archive), str(into)], place)
            return
        raise DebianUnavailable(f"{package} of {suite} is in no apt source: {said[-1000:]}")


def unpack_with_libraries(packages: Sequence[str], suite: str, into: Path) -> None:
    """Packages with all they need to run by themselves, laid out as a system of that release.

    No maintainer script runs, and what only people or other programs would use is left out.
    """
    with _asked(suite) as place:
        done = _apt(place, "install", "--yes", "--download-only", *packages)
        archives = sorted(place.glob("cache/archives/*.deb"))
        if done.returncode or not archives:
            words = f"{done.stdout}{done.stderr}"[-1000:]
            raise DebianUnavailable(f"{' '.join(packages)} of {suite}: apt has none: {words}")
        for folder in ("bin", "sbin", "lib", "lib64"):
            (into / "usr" / folder).mkdir(parents=True, exist_ok=True)
            (into / folder).symlink_to(f"usr/{folder}")
        for archive in archives:
            if not archive.name.startswith(PACKAGES_LEFT_OUT):
                _lay_out(archive, into)


@contextmanager
def _asked(suite: str) -> Iterator[Path]:
    """A place where apt knows one suite, and that nothing is installed."""
    with tempfile.TemporaryDirectory() as work:
        place = Path(work)
        for folder in ("state/lists/partial", "cache/archives/partial"):
            (place / folder).mkdir(parents=True)
        (place / "status").touch()
        # A mirror of anything but Debian has no suite of that name, or no main.
        asked = [f"deb {mirror} {suite} main\n" for mirror in sorted(set(mirrors(SOURCES)))]
        (place / "sources.list").write_text("".join(asked))
        said = _apt(place, "update").stderr
        if not list(place.glob("state/lists/*Packages*")):
            raise DebianUnavailable(f"{suite} is in no apt source: {said[-1000:]}")
        yield place


def _lay_out(archive: Path, into: Path) -> None:
    """Through the links of a merged /usr, which `dpkg-deb --extract` would replace by folders."""
    tar = ["tar", "--extract", "--directory", str(into), "--keep-directory-symlink"]
    tar += ["--no-same-owner", *(f"--exclude={path}" for path in PATHS_LEFT_OUT)]
    command = ["dpkg-deb", "--fsys-tarfile", str(archive)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as packed:  # noqa: S603
        done = subprocess.run(  # noqa: S603
            tar, check=False, stdin=packed.stdout, stderr=subprocess.PIPE, text=True
        )
    if done.returncode or packed.returncode:
        raise DebianUnavailable(f"{archive.name} can't be unpacked: {done.stderr[-1000:]}")


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


def _apt(place: Path, *command: str) -> subprocess.CompletedProcess[str]:
    options = {
        "Dir::State": place / "state",
        "Dir::State::status": place / "status",
        "Dir::Cache": place / "cache",
        "Dir::Etc::sourcelist": place / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": "-",
        "APT::Install-Recommends": "false",
        "Acquire::Languages": "none",
        # Else root would download as the user _apt, who may not write here.
        "APT::Sandbox::User": "root",
    }
    settings = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    return _run(["apt-get", *settings, "-qq", *command], place)


def _run(command: list[str], place: Path) -> subprocess.CompletedProcess[str]:
    """A failure shows in what it did not fetch."""
    try:
        return subprocess.run(  # noqa: S603
            command, cwd=place, check=False, capture_output=True, text=True
        )
    except FileNotFoundError:
        raise DebianUnavailable(f"needs {command[0]}; found none on this machine") from None
