"""Commands of the AWS CLI as remedies print them, checked against AWS's own models."""

from __future__ import annotations

import shlex
from typing import Any

from botocore import xform_name

from tests.aws.models import operation, wrong_request

_OF_THE_CLI = ("region", "query", "output")


def request(command: str) -> dict[str, Any]:
    """What ``aws rds …`` sends; fails for what the service does not know."""
    program, service, verb, *words = shlex.split(command)
    assert (program, service) == ("aws", "rds"), command
    name = verb.replace("-", "_")
    shape = operation(service, name).input_shape
    assert shape is not None
    members = {xform_name(m, "-"): (m, s) for m, s in shape.members.items()}
    given: dict[str, Any] = {}
    while words:
        option = words.pop(0).removeprefix("--")
        if option in _OF_THE_CLI:
            words.pop(0)
            continue
        member, of = members[option.removeprefix("no-")]
        if of.type_name == "boolean":
            given[member] = not option.startswith("no-")
        else:
            value = words.pop(0)
            given[member] = int(value) if of.type_name == "integer" else value
    wrong = wrong_request(service, name, given)
    assert not wrong, f"{command}: {wrong}"
    return given
