"""Whether a command of the AWS CLI names an operation and options that its API has."""

from __future__ import annotations

import shlex
from functools import cache

from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ServiceModel, StructureShape

_EVERYWHERE = {"region", "query"}


@cache
def _model(service: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def wrong_command(command: str) -> str:
    """What is wrong with it, empty where nothing is; of what it waits for only the option."""
    words = shlex.split(command)
    if words[:1] != ["aws"]:
        return f"not a command: {command}"
    _, service, name, *rest = words
    given = {w.removeprefix("--") for w in rest if w.startswith("--")} - _EVERYWHERE
    if name == "wait":
        name = {
            "db-snapshot-available": "describe-db-snapshots",
            "db-cluster-snapshot-available": "describe-db-cluster-snapshots",
        }[rest[0]]
    model = _model(service)
    operations = {xform_name(o, "-"): o for o in model.operation_names}
    if name not in operations:
        return f"{service} has no {name}"
    shape = model.operation_model(operations[name]).input_shape
    assert isinstance(shape, StructureShape)
    members = {xform_name(m, "-"): t.type_name for m, t in shape.members.items()}
    switches = {f"no-{m}" for m, kind in members.items() if kind == "boolean"}
    needed = {xform_name(m, "-") for m in shape.required_members}
    if unknown := given - set(members) - switches:
        return f"{name} does not know {', '.join(sorted(unknown))}"
    missing = needed - given
    return f"{name} needs {', '.join(sorted(missing))}" if missing else ""
