from __future__ import annotations

import pytest

from rules.wording import duration, literal, qualified, quoted, set_parameter, share, size
from tests.make import server


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.00024, "0.24 ms"), (0.5, "500 ms"), (3.14159, "3.14 s"), (59.99, "1 min"),
        (245, "4 min 5 s"), (3599.6, "1 h"), (7800, "2 h 10 min"), (172800, "2 days"),
    ],
)  # fmt: skip
def test_duration(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 B"), (1023, "1023 B"), (131072, "128 kB"), (9_750_000, "9.3 MB"), (3e12, "2.7 TB")],
)
def test_size(count: float, said: str) -> None:
    assert size(count) == said


@pytest.mark.parametrize(("ratio", "said"), [(0.97, "97 %"), (0.034, "3.4 %"), (0, "0 %")])
def test_share(ratio: float, said: str) -> None:
    assert share(ratio) == said


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("orders", "orders"),
        ("Orders", '"Orders"'),
        ('a"b', '"a""b"'),
        ("user", '"user"'),
        ("ü", '"ü"'),
    ],
)
def test_names_are_quoted_where_sql_needs_it(name: str, said: str) -> None:
    assert quoted(name) == said
    assert qualified("public", name) == f"public.{said}"


def test_literal_cannot_break_out() -> None:
    assert literal("it's") == "'it''s'"


@pytest.mark.parametrize(
    ("platform", "begins"),
    [
        ("self-managed", "ALTER SYSTEM SET jit = 'off';"),
        ("rds", "aws rds modify-db-parameter-group "),
        ("aurora", "aws rds modify-db-cluster-parameter-group "),
    ],
)
def test_settings_are_set_as_the_platform_sets_them(platform: str, begins: str) -> None:
    assert set_parameter(server(platform=platform), "jit", "off")[0].startswith(begins)
