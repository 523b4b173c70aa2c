"""Where a password comes from; read anew at each connect, so that rotation just works."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from collectors.session import SessionError


@dataclass(frozen=True, slots=True)
class PasswordSource:
    """At most one is set; with none the driver's own means apply (.pgpass, trust, peer).

    `command` is split as a shell would and run without one; the first line it prints counts.
    `ask` is where a service gives it, as AWS does.
    """

    plain: str | None = None
    file: Path | None = None
    env: str | None = None
    command: tuple[str, ...] = ()
    ask: Callable[[], str] | None = None

    def __repr__(self) -> str:
        return "PasswordSource(…)"

    def read(self) -> str | None:
        """The password, or None without a source. Errors name the source, never its content."""
        if self.file:
            try:
                return self.file.read_text().rstrip("\r\n")
            except (OSError, UnicodeDecodeError) as error:
                raise SessionError(
                    f"password_file {self.file} cannot be read: {_why(error)}"
                ) from None
        if self.env:
            if self.env not in os.environ:
                raise SessionError(f"password_env {self.env} is not set in the environment")
            return os.environ[self.env]
        if self.ask:
            return self.ask()
        return self._printed() if self.command else self.plain

    def _printed(self) -> str:
        try:
            done = subprocess.run(  # noqa: S603  the operator's own command
                self.command, capture_output=True, text=True, timeout=10, check=True
            )
        except subprocess.CalledProcessError as error:
            raise SessionError(
                f"password_command ended with exit code {error.returncode}"
            ) from None
        except (OSError, UnicodeDecodeError, subprocess.TimeoutExpired) as error:
            raise SessionError(
                f"password_command {self.command[0]} failed: {_why(error)}"
            ) from None
        if not (password := done.stdout.split("\n", 1)[0].rstrip("\r")):
            raise SessionError("password_command printed nothing")
        return password


def _why(error: Exception) -> str:
    match error:
        case OSError(strerror=str(why)):
            return why
        case subprocess.TimeoutExpired():
            return "no answer within 10 s"
        case UnicodeDecodeError():
            return "what it gives is not UTF-8 text"
        case _:
            return type(error).__name__
