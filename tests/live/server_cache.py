"""Where fetched servers are kept: `.cache/servers`, or where DBTRIAGE_SERVER_CACHE says."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


class ServerUnavailable(Exception):
    """A server to test on can't be had, and why."""


def kept(name: str, pin: str, fetch: Callable[[Path], Path]) -> Path:
    """The folder of that name. `fetch` makes it, in a place to work, if it is not there yet."""
    folder = server_cache() / name
    with alone(folder):
        if not _bears(folder, pin):
            _renew(folder, pin, fetch)
    return folder


def server_cache() -> Path:
    default = Path(__file__).parents[2] / ".cache" / "servers"
    cache = Path(os.environ.get("DBTRIAGE_SERVER_CACHE", default)).absolute()
    cache.mkdir(parents=True, exist_ok=True)
    return cache


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other test workers and other runs out."""
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _bears(folder: Path, pin: str) -> bool:
    stamp = folder / "PIN"
    return stamp.exists() and stamp.read_text() == pin


def _renew(folder: Path, pin: str, fetch: Callable[[Path], Path]) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent) as work:
        fresh = fetch(Path(work))
        (fresh / "PIN").write_text(pin)
        subprocess.run(["chmod", "-R", "a+rX", fresh], check=True)  # noqa: S603, S607
        shutil.rmtree(folder, ignore_errors=True)
        fresh.rename(folder)
