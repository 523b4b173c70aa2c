"""A call of AWS's API as a command of the AWS CLI and as Python; nothing is called here."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from shlex import quote

# Before the capital that begins a word, as in DB-Cluster-Parameter-Group-Name.
_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

Argument = str | bool | Sequence[Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Call:
    """`operation` is as boto3 names it; a waiter's starts with ``wait:``. `note` is a comment."""

    operation: str
    arguments: Mapping[str, Argument]
    note: str = ""

    @property
    def waiter(self) -> str:
        """Its name in boto3; empty for what is no waiter."""
        return self.operation.removeprefix("wait:") if self.operation.startswith("wait:") else ""


def cli(call: Call, region: str) -> str:
    """Lists as JSON: the CLI's short notation has a meaning for commas and braces."""
    name = f"wait {call.waiter}" if call.waiter else call.operation
    options = (_option(n, v) for n, v in call.arguments.items())
    command = " ".join(("aws rds", name.replace("_", "-"), f"--region {quote(region)}", *options))
    return f"# {call.note}\n{command}" if call.note else command


def python(call: Call) -> str:
    """A statement that expects the client as ``rds``."""
    given = ", ".join(f"{n}={_python(v)}" for n, v in call.arguments.items())
    if call.waiter:
        line = f'rds.get_waiter("{call.waiter}").wait({given})'
    else:
        lines = "".join(f"    {n}={_python(v)},\n" for n, v in call.arguments.items())
        line = f"rds.{call.operation}(\n{lines})"
    return f"# {call.note}\n{line}" if call.note else line


def _option(name: str, value: Argument) -> str:
    dashed = _WORDS.sub("-", name).lower()
    if isinstance(value, bool):
        return f"--{dashed}" if value else f"--no-{dashed}"
    return f"--{dashed} {quote(value if isinstance(value, str) else json.dumps(value))}"


def _python(value: Argument) -> str:
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value)
    items = "".join(f"        {json.dumps(item)},\n" for item in value)
    return f"[\n{items}    ]"
