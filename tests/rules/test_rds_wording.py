from __future__ import annotations

import shlex

import pytest

from rules.rds_wording import set_group_parameter
from tests.aws.rows import parameters


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("5", "5"),
        ("on", "on"),
        ("{DBInstanceClassMemory*3/4}", '"{DBInstanceClassMemory*3/4}"'),
        ("pg_stat_statements,auto_explain", '"pg_stat_statements,auto_explain"'),
        ('a "b" \\c', '"a \\"b\\" \\\\c"'),
    ],
)
def test_a_value_is_one_word_in_the_short_notation_of_the_cli(value: str, written: str) -> None:
    (parameter,) = parameters(max_connections="1").rows
    words = shlex.split(set_group_parameter(parameter, value))
    assert words[-1] == (
        f"ParameterName=max_connections,ParameterValue={written},ApplyMethod=immediate"
    )
