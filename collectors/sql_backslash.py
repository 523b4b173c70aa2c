"""Strings of MySQL whose end depends on the sql_mode of a session that nobody tells us.

A backslash before a quote keeps the string open, unless NO_BACKSLASH_ESCAPES is set: then the
quote ends it, and what a wrong reading takes for code is a literal. Of the two readings the one
that makes sense is taken; where that is not sure, all that follows is hidden.
"""

from __future__ import annotations

import re
from typing import Final

_OTHER = r"--(?=\s|\Z)[^\n\r]*+|#[^\n\r]*+|/\*(?!M?!)(?:[^*]|\*(?!/))*+(?:\*/|\Z)|`[^`]*+(?:`|\Z)"
_ESCAPING: Final = re.compile(
    rf"(?P<string>'(?:[^'\\]|\\.|'')*+(?P<end>'|\\?\Z)"
    rf'|"(?:[^"\\]|\\.|"")*+(?P<double>"|\\?\Z))|{_OTHER}',
    re.DOTALL,
)
_PLAIN: Final = re.compile(
    rf"(?P<string>'(?:[^']|'')*+(?P<end>'|\Z)|\"(?:[^\"]|\"\")*+(?P<double>\"|\Z))|{_OTHER}",
    re.DOTALL,
)
_SENSE, _OPEN, _NONSENSE = range(3)


def settled(text: str) -> str:
    """The same text, with no string that could be read in two ways."""
    if "\\'" not in text and '\\"' not in text:
        return text
    doubt = _first_doubt(text)
    escaping, plain = _reading(_ESCAPING, text), _reading(_PLAIN, text)
    if doubt is None or (escaping < plain and plain != _OPEN):
        return text
    if plain == _SENSE and escaping == _NONSENSE:
        return _PLAIN.sub(lambda found: "''" if found["string"] else found[0], text)
    return f"{text[:doubt]}'"


def _reading(strings: re.Pattern[str], text: str) -> int:
    """Sense, sense as far as it goes (a string never ends), or none."""
    position = 0
    for found in strings.finditer(text):
        if "\\" in text[position : found.start()]:
            return _NONSENSE
        position = found.end()
        if found["string"] is None:
            continue
        if (found["end"] or found["double"]) not in ("'", '"'):
            return _OPEN
        # No space between a string and a word: the word was a part of it.
        if text[position : position + 1].isalnum() or text[position : position + 1] == "_":
            return _NONSENSE
    return _NONSENSE if "\\" in text[position:] else _SENSE


def _first_doubt(text: str) -> int | None:
    """Where the readings part, if they do."""
    for one, other in zip(_ESCAPING.finditer(text), _PLAIN.finditer(text), strict=False):
        if one.span() != other.span():
            return min(one.start(), other.start())
    return None
