"""The short notation of the AWS CLI, as ``Name=a,Values=b,c`` and ``Ranges=[{Cidr=::/0}]``."""

from __future__ import annotations

import re
from typing import Any

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_PLAIN = re.compile(r"[^,\]}]*")
_KEY = re.compile(r"(\w+)=")


def shorthand(text: str) -> dict[str, Any]:
    found, rest = _pairs(text)
    assert not rest, f"{rest} is left of {text}"
    return found


def _pairs(text: str) -> tuple[dict[str, Any], str]:
    """Until a closing brace or the end; a value without a name belongs to the one before."""
    found: dict[str, Any] = {}
    name = ""
    while text and not text.startswith("}"):
        if key := _KEY.match(text):
            name, text = key[1], text[key.end() :]
            found[name], text = _one(text)
        else:
            more, text = _one(text)
            before = found[name]
            found[name] = [*(before if isinstance(before, list) else [before]), more]
        text = text.removeprefix(",")
    return found, text


def _one(text: str) -> tuple[Any, str]:
    if text.startswith("{"):
        inner, rest = _pairs(text[1:])
        return inner, rest.removeprefix("}")
    if text.startswith("["):
        values, rest = [], text[1:]
        while not rest.startswith("]"):
            value, rest = _one(rest)
            values.append(value)
            rest = rest.removeprefix(",")
        return values, rest[1:]
    if quoted := _QUOTED.match(text):
        return re.sub(r"\\(.)", r"\1", quoted[1]), text[quoted.end() :]
    plain = _PLAIN.match(text)
    assert plain
    return plain[0], text[plain.end() :]
