"""How AWS's services put requests and answers on the wire: JSON, and the query protocol's XML."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

Given = dict[str, Any]


def parsed_json(body: bytes, operation: OperationModel) -> Given:
    given: Given = json.loads(body or b"{}")
    if operation.input_shape is not None:
        given = _times(given, operation.input_shape)
    return given


def _times(value: Any, shape: Shape) -> Any:
    """Seconds as moments, where the model says that they are."""
    match shape:
        case StructureShape():
            return {n: _times(v, shape.members[n]) for n, v in value.items()}
        case ListShape():
            return [_times(v, shape.member) for v in value]
        case MapShape():
            return {k: _times(v, shape.value) for k, v in value.items()}
    return datetime.fromtimestamp(value, UTC) if shape.type_name == "timestamp" else value


def written_json(answer: Mapping[str, Any]) -> bytes:
    return json.dumps(answer, default=lambda moment: moment.timestamp()).encode()


def parsed_query(body: bytes, operation: OperationModel) -> Given:
    """``Filters.Filter.1.Name=engine`` and the like."""
    flat = dict(parse_qsl(body.decode(), keep_blank_values=True))
    shape = operation.input_shape
    return {} if shape is None else _nested(flat, "", shape)


def _nested(flat: Mapping[str, str], at: str, shape: Shape) -> Any:
    match shape:
        case StructureShape():
            found = {}
            for name, member in shape.members.items():
                place = f"{at}.{_name(member, name)}".lstrip(".")
                if any(key == place or key.startswith(f"{place}.") for key in flat):
                    found[name] = _nested(flat, place, member)
            return found
        case ListShape():
            flattened = shape.serialization.get("flattened") or "ec2" in at
            part = "" if flattened else f".{shape.member.serialization.get('name', 'member')}"
            inside = f"{at}{part}." if any(k.startswith(f"{at}{part}.") for k in flat) else f"{at}."
            numbers = {
                k.removeprefix(inside).partition(".")[0] for k in flat if k.startswith(inside)
            }
            order = sorted(numbers, key=int)
            return [_nested(flat, f"{inside}{number}", shape.member) for number in order]
    return _plain(flat[at], shape)


def _name(member: Shape, name: str) -> str:
    return str(member.serialization.get("queryName") or member.serialization.get("name") or name)


def _plain(text: str, shape: Shape) -> Any:
    match shape.type_name:
        case "integer" | "long":
            return int(text)
        case "boolean":
            return text == "true"
        case "timestamp":
            return datetime.fromisoformat(text)
        case "double" | "float":
            return float(text)
    return text


def written_query(answer: Mapping[str, Any], operation: OperationModel) -> bytes:
    name, shape = operation.name, operation.output_shape
    inside = "" if shape is None else _xml(answer, shape)
    if shape is not None and (wrapper := shape.serialization.get("resultWrapper")):
        inside = f"<{wrapper}>{inside}</{wrapper}>"
    about = "<ResponseMetadata><RequestId>fake</RequestId></ResponseMetadata>"
    return f"<{name}Response>{inside}{about}</{name}Response>".encode()


def _xml(value: Any, shape: Shape) -> str:
    match shape:
        case StructureShape():
            return "".join(_member(value[n], s, n) for n, s in shape.members.items() if n in value)
        case ListShape():
            tag = shape.member.serialization.get("name", "member")
            return "".join(f"<{tag}>{_xml(v, shape.member)}</{tag}>" for v in value)
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, datetime) else escape(str(value))


def _member(value: Any, shape: Shape, name: str) -> str:
    tag = shape.serialization.get("name", name)
    if isinstance(shape, ListShape) and shape.serialization.get("flattened"):
        tag = shape.member.serialization.get("name", tag)
        return "".join(f"<{tag}>{_xml(v, shape.member)}</{tag}>" for v in value)
    return f"<{tag}>{_xml(value, shape)}</{tag}>"
