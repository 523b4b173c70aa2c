"""What is wrong with a configuration, in words: file, key, value, and what is allowed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any


def said(
    error: Mapping[str, Any], given: Mapping[str, Any], keys: Callable[[tuple[Any, ...]], list[str]]
) -> str:
    """One error of pydantic in words, with the key as the file has it; `keys` allowed there."""
    place = ".".join(_place(error["loc"], given))
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        allowed = keys(error["loc"])
        close = near(str(error["loc"][-1]), allowed)
        return f"{place}: no such key{close}; allowed: {', '.join(allowed)}"
    if error["type"] == "missing":
        return f"{place}: is missing"
    if place == "targets" and error["type"] == "list_type":
        return "targets: each begins with [[targets]], in two brackets"
    if error["type"] == "literal_error":
        message += near(str(error["input"]), re.findall(r"'([^']*)'", message))
    return f"{place}{_shown(error)}: {message}" if place else message


def _shown(error: Mapping[str, Any]) -> str:
    """The value, where it is one word of a key that holds no secret."""
    loc, value = error["loc"], error["input"]
    secret = any("password" in str(part) or part in ("dsn", "basic_auth") for part in loc)
    unnamed = loc[0] == "targets" and len(loc[1:]) <= 1
    return "" if secret or unnamed or isinstance(value, dict | list) else f" = {value!r}"


def _place(loc: tuple[Any, ...], given: Mapping[str, Any]) -> list[str]:
    """``targets[orders].port``: targets by name where they have one."""
    parts: list[str] = []
    for i, part in enumerate(loc):
        if isinstance(part, int) and i:
            target = given.get(str(loc[0]), [])[part] if loc[0] == "targets" else {}
            name = target.get("name", part) if isinstance(target, dict) else part
            parts[-1] += f"[{name}]"
        elif not (parts and str(part).startswith(("literal", "list[", "[key]"))):
            parts.append(str(part))
    return parts


def near(word: str, known: Iterable[str]) -> str:
    """``" (did you mean X?)"`` where a known word is close."""
    close = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {close[0]}?)" if close else ""
