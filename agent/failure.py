"""An end of the program that the user must understand."""

from __future__ import annotations


class Failure(Exception):
    """Its text goes to stderr; `code` is 2 for usage and configuration, 3 for no target."""

    def __init__(self, text: str, code: int = 2) -> None:
        super().__init__(text)
        self.code = code
