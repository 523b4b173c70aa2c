"""Commands of the AWS CLI as remedies print them, checked against AWS's own models."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from typing import Any

import jmespath  # type: ignore[import-untyped]
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ListShape, Shape, StructureShape

from rules.base import Remedy
from tests.aws.models import model, operation, wrong_request
from tests.aws.shorthand import shorthand

_OF_THE_CLI = ("region", "query", "output")
_IN_PROSE = re.compile(r"\baws (?:rds|ec2|pi|cloudwatch|logs) [^;\n]*")


class WrongCommandError(Exception):
    """The CLI, or the service behind it, would refuse the command."""


def request(command: str) -> dict[str, Any]:
    """What ``aws rds …`` sends; WrongCommandError for what the service would not take."""
    program, service, verb, *words = shlex.split(_at_some_time(command))
    if program != "aws":
        raise WrongCommandError(f"not a command: {command}")
    name = _waited_for(service, words.pop(0)) if verb == "wait" else verb.replace("-", "_")
    if name not in {xform_name(known) for known in model(service).operation_names}:
        raise WrongCommandError(f"{service} has no {verb}")
    shape = operation(service, name).input_shape
    assert shape is not None
    given = dict(_members(shape, words, verb))
    if missing := [xform_name(m, "-") for m in shape.required_members if m not in given]:
        raise WrongCommandError(f"{verb} needs {', '.join(sorted(missing))}")
    if wrong := wrong_request(service, name, given):
        raise WrongCommandError(f"{verb}: {wrong}")
    return given


def wrong_command(command: str) -> str:
    """What is wrong with it, empty where nothing is."""
    try:
        request(command)
    except WrongCommandError as error:
        return str(error)
    return ""


def commands_of(remedy: Remedy) -> list[str]:
    """All that a remedy prints: as statements, and within its words."""
    texts = (*remedy.statements, remedy.text, remedy.risk, remedy.verify, remedy.rollback)
    return [command for text in texts for command in _IN_PROSE.findall(text)]


def _at_some_time(command: str) -> str:
    """Without what the shell works out: times in seconds."""
    return re.sub(r"\$\(\([^\n]*?\d+\)\)|\$\(date \+%s\)", "1700000000", command)


def _waited_for(service: str, waiter: str) -> str:
    """The operation that ``aws rds wait …`` asks again and again."""
    known = Loader().load_service_model(service, "waiters-2")["waiters"]
    operations = {xform_name(name, "-"): about["operation"] for name, about in known.items()}
    if waiter not in operations:
        raise WrongCommandError(f"{service} has no waiter {waiter}")
    return xform_name(operations[waiter])


def _members(shape: StructureShape, words: list[str], verb: str) -> Iterator[tuple[str, Any]]:
    members = {xform_name(m, "-"): (m, of) for m, of in shape.members.items()}
    while words:
        option, values = words.pop(0).removeprefix("--"), []
        while words and not words[0].startswith("--"):
            values.append(words.pop(0))
        if option in _OF_THE_CLI:
            if option == "query":
                jmespath.compile(*values)
            continue
        plain = option.removeprefix("no-")
        if plain not in members or (option != plain and members[plain][1].type_name != "boolean"):
            raise WrongCommandError(f"{verb} does not know {option}")
        member, of = members[plain]
        yield member, option == plain if of.type_name == "boolean" else _value(values, of)


def _value(words: list[str], of: Shape) -> Any:
    match of:
        case ListShape() if words[0].startswith("["):
            return json.loads(words[0])
        case ListShape():
            return [_value([word], of.member) for word in words]
        case StructureShape() if words[0].startswith("{"):
            return json.loads(words[0])
        case StructureShape():
            return _typed(shorthand(words[0]), of)
    (word,) = words
    return _typed(word, of)


def _typed(value: Any, of: Shape | None) -> Any:
    """The types that the shape asks for; what it does not know is left for the check."""
    match of:
        case StructureShape():
            assert isinstance(value, dict), value
            return {name: _typed(v, of.members.get(name)) for name, v in value.items()}
        case ListShape():
            return [_typed(v, of.member) for v in (value if isinstance(value, list) else [value])]
        case Shape(type_name="integer" | "long"):
            return int(value)
        case Shape(type_name="float" | "double"):
            return float(value)
        case Shape(type_name="boolean"):
            return value == "true"
    return value
