from __future__ import annotations

import pytest

from rules.settings.parameter_spelling import same, spelled
from tests.rules.parameter_groups import (
    parameter,
)


@pytest.mark.parametrize(
    ("allowed", "kind", "value", "written"),
    [
        ("", "string", "x", "x"),
        ("1-1000", "integer", "1000", "1000"),
        ("1-1000", "integer", "1001", None),
        ("-1,0-2147483647", "integer", "-1", "-1"),
        ("-1-2147483647", "integer", "10240", "10240"),
        ("0-1.79769e+308", "float", "1.1", "1.1"),
        ("0,1", "boolean", "on", "1"),
        ("ON,OFF", "string", "1", "ON"),
        ("0-1", "integer", "FILE", None),
        ("auto_explain,pg_stat_statements", "list", "auto_explain,pg_stat_statements",
         "auto_explain,pg_stat_statements"),
        ("auto_explain", "list", "auto_explain,pg_stat_statements", None),
        ("0,1,{TrueIfReplica}", "boolean", "{TrueIfReplica}", "{TrueIfReplica}"),
    ],
)  # fmt: skip
def test_spelling(allowed: str, kind: str, value: str, written: str | None) -> None:
    assert spelled(parameter("p", allowed=allowed, data_type=kind), value) == written


def test_sameness() -> None:
    assert same("10", "10.000000")
    assert same("ON", "1")
    assert same(None, None)
    assert not same("1", None)
    assert not same("on", "off")
