"""The program's end of the watchdog: a postgres that can be signalled, and that ends with us."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

from agent.demo import watchdog

PATIENCE_SECONDS = 30


class Watched:
    """A command that runs under the watchdog and writes to `log`."""

    def __init__(self, command: list[str], *, folder: Path, log: Path) -> None:
        self._said_bytes = log.stat().st_size
        self._log = log
        with log.open("ab") as output:
            self._watchdog = subprocess.Popen(  # noqa: S603
                [sys.executable, "-I", "-S", watchdog.__file__, str(folder), *command],
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C is for the program, which needs postgres to end
            )

    @property
    def running(self) -> bool:
        return self._watchdog.poll() is None

    @property
    def last_words(self) -> str:
        return self._log.read_bytes()[self._said_bytes :][-2000:].decode(errors="replace")

    def order(self, number: signal.Signals) -> None:
        with contextlib.suppress(BrokenPipeError):
            self._input.write(bytes([number]))

    def end(self, number: signal.Signals) -> None:
        """Returns when the command and all its children have ended."""
        self.order(number)
        self._watchdog.wait(PATIENCE_SECONDS)
        self._input.close()

    def abandon(self) -> None:
        """What the death of this program does: the command ends at once, its folder is removed."""
        self._input.close()
        self._watchdog.wait(PATIENCE_SECONDS)

    @property
    def _input(self) -> IO[bytes]:
        assert self._watchdog.stdin is not None  # noqa: S101
        return self._watchdog.stdin
