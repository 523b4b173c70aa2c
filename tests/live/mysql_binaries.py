"""MySQL and MariaDB for the live tests: unpacked from Debian, run by their own loader."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.live.debian import DebianUnavailable, unpack_with_libraries
from tests.live.server_cache import ServerUnavailable, kept

LAYOUT = 1  # raise it when what is kept of the packages changes
PROGRAMS = {"mariadb", "mysql", "mysqladmin", "mysqlslap"}


@dataclass(frozen=True, slots=True)
class Source:
    product: str
    packages: tuple[str, ...]
    suite: str
    series: tuple[int, int]
    newer_accepted: bool = False


_MYSQL = ("mysql-server-core", "mysql-client-core")
_MARIADB = ("mariadb-server-core", "mariadb-client-core")
SOURCES = {
    # sid moves on: a later MySQL is as good a one to test on.
    "mysql97": Source("MySQL", _MYSQL, "sid", (9, 7), newer_accepted=True),
    "maria1011": Source("MariaDB", _MARIADB, "bookworm", (10, 11)),
    "maria118": Source("MariaDB", _MARIADB, "trixie", (11, 8)),
}
ENGINES = tuple(SOURCES)


def binaries(name: str) -> Path:
    """The folder of this engine, laid out as a system is (usr/sbin, usr/lib …)."""
    source = SOURCES[name]
    pin = f"{source.suite} {' '.join(source.packages)} layout {LAYOUT}"
    return kept(name, pin, lambda work: _fetched(source, work / "tree"))


def command(folder: Path, program: str) -> list[str]:
    """How to start one of its programs, with the libraries of its own release, not the host's."""
    loader = next(folder.glob("usr/lib/*-linux-gnu*/ld-linux-*.so.*"))
    path = next(path for path in folder.glob("usr/*bin/*") if path.name == program)
    return [str(loader), "--library-path", str(loader.parent), str(path)]


def server_program(folder: Path) -> list[str]:
    """Of either product: MariaDB has mysqld too, as a link."""
    return command(folder, "mysqld")


def found(folder: Path) -> str:
    """The product and its whole version, as it was found when it was fetched."""
    return (folder / "VERSION").read_text()


def _fetched(source: Source, tree: Path) -> Path:
    tree.mkdir()
    try:
        unpack_with_libraries(source.packages, source.suite, tree)
    except DebianUnavailable as error:
        wanted = ".".join(map(str, source.series))
        raise ServerUnavailable(f"{source.product} {wanted}: {error}") from error
    for path in (tree / "usr" / "bin").iterdir():
        if path.name not in PROGRAMS:
            path.unlink()
    (tree / "VERSION").write_text(checked(source, _asked_version(tree)))
    return tree


def _asked_version(tree: Path) -> str:
    done = subprocess.run(  # noqa: S603
        [*server_program(tree), "--no-defaults", "--version"],
        check=False,
        capture_output=True,
        text=True,
    )
    if found := re.search(r"Ver (\d+\.\d+\.\d+)", done.stdout):
        return found[1]
    raise ServerUnavailable(f"what was fetched does not run: {done.stdout}{done.stderr}")


def checked(source: Source, version: str) -> str:
    major, minor = map(int, version.split(".")[:2])
    newer = source.newer_accepted and (major, minor) > source.series
    if (major, minor) == source.series or newer:
        return f"{source.product} {version}"
    wanted = ".".join(map(str, source.series))
    or_later = " or later" if source.newer_accepted else ""
    raise ServerUnavailable(
        f"needs {source.product} {wanted}{or_later}; Debian {source.suite} has {version}"
    )
