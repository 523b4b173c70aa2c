"""AWS's own models: is this a request the service would take, an answer it could give?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape
from botocore.validate import ParamValidator


@cache
def model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


@cache
def operation(service: str, name: str) -> OperationModel:
    """By its name in Python: ``operation("rds", "describe_db_instances")``."""
    known = {xform_name(n): n for n in model(service).operation_names}
    assert name in known, f"{service} has no {name}"
    return model(service).operation_model(known[name])


def wrong_request(service: str, name: str, given: dict[str, Any]) -> str:
    """What the service would not take; empty if it would.

    botocore checks types, required members and minima; maxima, enums and patterns are checked here.
    """
    shape = operation(service, name).input_shape
    if shape is None:
        return ""
    plain = ParamValidator().validate(given, shape).generate_report()
    return plain or "; ".join(_beyond(given, shape, name))


def wrong_answer(service: str, name: str, given: dict[str, Any]) -> str:
    """What the service could not have said; empty if it could."""
    shape = operation(service, name).output_shape
    return "" if shape is None else ParamValidator().validate(given, shape).generate_report()


def _beyond(given: Any, shape: Shape, where: str) -> Iterator[str]:
    yield from _out_of_bounds(given, shape.metadata, where)
    match shape:
        case StructureShape():
            for name, value in given.items():
                yield from _beyond(value, shape.members[name], f"{where}.{name}")
        case ListShape():
            for value in given:
                yield from _beyond(value, shape.member, f"{where}[]")
        case MapShape():
            for value in given.values():
                yield from _beyond(value, shape.value, f"{where}{{}}")


def _out_of_bounds(given: Any, about: dict[str, Any], where: str) -> Iterator[str]:
    if "enum" in about and given not in about["enum"]:
        yield f"{where}: {given!r} is none of {', '.join(about['enum'])}"
    if "pattern" in about and not re.fullmatch(about["pattern"], str(given)):
        yield f"{where}: {given!r} does not match {about['pattern']}"
    if "max" in about:
        size = given if isinstance(given, int | float) else len(given)
        if size > about["max"]:
            yield f"{where}: {size} is more than {about['max']}"
