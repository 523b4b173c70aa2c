"""Runs postgres as a child, and ends it as soon as the program that wanted it is gone.

A script of its own: `watchdog.py FOLDER postgres ARGUMENTS`. Its standard input is a pipe from the
program. A byte on it is a signal to pass on. Its end, which comes even when the program is killed,
ends postgres and removes FOLDER. The watchdog exits when postgres and all its backends have.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import threading
from typing import TypedDict


class User(TypedDict, total=False):
    """Keywords of subprocess that choose who a program runs as; none of them: oneself."""

    user: int
    group: int
    extra_groups: list[int]


def unprivileged() -> User:
    """PostgreSQL refuses to run as root: then it runs as nobody, else as oneself."""
    if os.geteuid():
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def watch(folder: str, *command: str) -> int:
    # Every backend inherits the other end of this pipe: reading it returns when the last has gone.
    family, inherited = os.pipe()
    postgres = subprocess.Popen(  # noqa: S603
        command, cwd="/", stdin=subprocess.DEVNULL, pass_fds=[inherited], **unprivileged()
    )
    os.close(inherited)
    abandoned = threading.Event()

    def obey() -> None:
        while order := os.read(0, 1):
            postgres.send_signal(order[0])
        abandoned.set()
        postgres.send_signal(signal.SIGQUIT)

    threading.Thread(target=obey, daemon=True).start()
    code = postgres.wait()
    os.read(family, 1)
    if abandoned.is_set():
        shutil.rmtree(folder, ignore_errors=True)
    return code


if __name__ == "__main__":
    sys.exit(watch(*sys.argv[1:]))
