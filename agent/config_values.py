"""Values of config.toml as people write them: spans, sizes, addresses, labels, commands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

_LAST_PORT = 65535
_SPAN = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|min|h|d)")
_SPANS = {"ms": 1e-3, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)i?B?")
_SIZES = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


def seconds(value: object) -> object:
    """``"90s"``, ``"15m"``, ``"2h"`` as seconds; a bare number has no unit and is refused."""
    match value:
        case str() if found := _SPAN.fullmatch(value.strip()):
            if not (span := float(found[1]) * _SPANS[found[2]]):
                raise ValueError("needs more than nothing")
            return span
        case str() | int() | float():
            raise ValueError('needs a number with a unit: "500ms", "30s", "15m", "2h" or "7d"')
        case _:
            return value


def size_bytes(value: object) -> object:
    """``"16GiB"`` as bytes."""
    match value:
        case str() if found := _SIZE.fullmatch(value.strip()):
            return int(float(found[1]) * _SIZES[found[2]])
        case int() if not isinstance(value, bool):
            return value
        case _:
            raise ValueError('needs a size: "512MiB", "16GiB" or a number of bytes')


def label(name: str) -> str:
    """A label of Prometheus that is not one of ours."""
    if not re.fullmatch(r"(?!__)[a-zA-Z_][a-zA-Z0-9_]*", name):
        raise ValueError("needs letters, digits and _, not starting with a digit or __")
    if name in ("target", "engine", "version", "platform"):
        raise ValueError("is a label that dbtriage sets itself")
    return name


def host_and_port(value: str) -> str:
    host, _, port = value.rpartition(":")
    if not host or not port.isdecimal() or int(port) > _LAST_PORT:
        raise ValueError("needs host:port, such as 127.0.0.1:9939")
    return value


def command_line(value: str) -> str:
    try:
        words = shlex.split(value)
    except ValueError as error:
        raise ValueError(f"is not a command line: {error}") from None
    if not words:
        raise ValueError("is empty")
    return value


Seconds = Annotated[float, BeforeValidator(seconds)]
Bytes = Annotated[int, BeforeValidator(size_bytes)]
File = Annotated[Path, Field(strict=False)]
