"""An empty data folder of each engine, made once and kept beside its binaries."""

from __future__ import annotations

import atexit
import contextlib
import functools
import shutil
import subprocess
import tempfile
from pathlib import Path

from agent.demo.server import ServerFailed
from agent.demo.watchdog import unprivileged
from tests.live.mysql_binaries import SOURCES, binaries, found, server_program
from tests.live.server_cache import kept

LAYOUT = 1  # raise it when the folder is made otherwise
ROOT_OVER_TCP = """\
CREATE USER root@'127.0.0.1';
GRANT ALL ON *.* TO root@'127.0.0.1' WITH GRANT OPTION;
"""
BOOTSTRAP = """\
CREATE DATABASE IF NOT EXISTS mysql;
USE mysql;
SET @auth_root_socket = NULL, @skip_auth_anonymous = 1;
"""
# In the order of mariadb-install-db. Most begin with mysql in 10.11, with mariadb in 11.8.
SCRIPTS = (
    "m*_system_tables.sql",
    "m*_performance_tables.sql",
    "m*_system_tables_data.sql",
    "maria_add_gis_sp_bootstrap.sql",
    "m*_sys_schema.sql",
)


def template(name: str) -> Path:
    """To be copied, never run on."""
    pin = f"{found(binaries(name))} layout {LAYOUT}"
    return kept(f"{name}-data", pin, lambda work: _made(name, work / "data"))


def places(name: str, data: Path) -> list[str]:
    """Where a server of this engine finds its own files, as options."""
    folder = reachable(name)
    share = _share(folder)
    return [
        f"--basedir={folder / 'usr'}",
        f"--lc-messages-dir={share}",
        f"--character-sets-dir={share / 'charsets'}",
        f"--plugin-dir={folder / 'usr/lib/mysql/plugin'}",
        f"--datadir={data}",
    ]


@functools.cache
def reachable(name: str) -> Path:
    """The engine's folder, or a copy if the user the server runs as may not look there."""
    folder = binaries(name)
    if _runs(folder):
        return folder
    spare = Path(tempfile.mkdtemp(prefix="dbtriage-mysql-"))
    atexit.register(shutil.rmtree, spare, ignore_errors=True)
    shutil.copytree(folder, spare / name, symlinks=True)
    subprocess.run(["chmod", "-R", "a+rX", spare], check=True)  # noqa: S603, S607
    return spare / name


def give(folder: Path) -> None:
    """To the user the server runs as, with all that is in it."""
    if user := unprivileged():
        owner = f"{user['user']}:{user['group']}"
        subprocess.run(["chown", "-R", owner, folder], check=True)  # noqa: S603, S607


def _runs(folder: Path) -> bool:
    trial = [*server_program(folder), "--no-defaults", "--version"]
    with contextlib.suppress(PermissionError):
        done = subprocess.run(trial, check=False, capture_output=True, **unprivileged())  # noqa: S603
        return not done.returncode
    return False


def _share(folder: Path) -> Path:
    return next(folder.glob("usr/share/m*/charsets")).parent


def _made(name: str, into: Path) -> Path:
    with tempfile.TemporaryDirectory(prefix="dbtriage-mysql-") as home:
        data, script = Path(home, "data"), Path(home, "script.sql")
        (data / "mysql").mkdir(parents=True)
        bootstrap = SOURCES[name].product == "MariaDB"
        if bootstrap:
            script.write_text(_bootstrap_script(_share(binaries(name))))
            options = ["--bootstrap", "--max-allowed-packet=16M", "--innodb-log-file-size=16M"]
        else:
            (data / "mysql").rmdir()  # it insists on an empty folder
            script.write_text(ROOT_OVER_TCP)
            options = ["--initialize-insecure", f"--init-file={script}"]
            options += ["--innodb-redo-log-capacity=16M"]
        give(Path(home))
        _run(
            [*server_program(reachable(name)), "--no-defaults", *places(name, data), *options],
            script,
        )
        (data / "auto.cnf").unlink(
            missing_ok=True
        )  # who it is, which each copy is to be asked anew
        shutil.copytree(data, into)
    return into


def _bootstrap_script(share: Path) -> str:
    scripts = [next(share.glob(pattern)).read_text() for pattern in SCRIPTS]
    return "\n".join([BOOTSTRAP, *scripts])


def _run(command: list[str], script: Path) -> None:
    with script.open() as read:
        done = subprocess.run(  # noqa: S603
            command,
            cwd="/",
            stdin=read,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            **unprivileged(),
        )
    if done.returncode:
        raise ServerFailed(f"{command[3]} ended with {done.returncode}: {done.stdout[-2000:]}")
