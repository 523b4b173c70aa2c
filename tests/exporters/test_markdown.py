from __future__ import annotations

import re
from itertools import pairwise

import pytest
from markdown_it import MarkdownIt

from exporters import markdown
from exporters.report import Report, TargetReport
from tests.exporters import example_report as example
from tests.exporters.example_advice import CONCURRENTLY, FENCES, NASTY, NOW
from tests.exporters.example_report import report


def page(text: str) -> str:
    html: str = MarkdownIt("commonmark").enable("table").render(text)
    return html


def test_no_text_from_a_database_becomes_markup() -> None:
    html = page(markdown.render(report()))
    assert "<script" not in html
    assert "<!--" not in html
    assert "<em>" not in html
    assert "javascript" not in "".join(html.split('href="')[1:])[:200]
    assert 'href="javascript' not in html


def test_a_statement_with_a_fence_stays_in_its_block() -> None:
    text = markdown.render(report())
    assert FENCES in text
    assert "<h1>not a heading" not in page(text)
    assert page(text).count("<h1>") == 1


def test_statements_are_fenced_as_sql() -> None:
    assert f"SET lock_timeout = '2s';\n{CONCURRENTLY}\n```" in markdown.render(report())
    assert '<code class="language-sql">SET lock_timeout' in page(markdown.render(report()))


def test_a_table_keeps_its_columns() -> None:
    html = page(markdown.render(report()))
    rows = html.split("<tr>")[1:]
    assert {len(re.findall("<t[hd]>", row)) for row in rows} == {3, 5, 7}


def test_headings_are_in_order() -> None:
    levels = [len(x.split(" ")[0]) for x in markdown.render(report()).splitlines() if x[:2] == "##"]
    assert all(after - before <= 1 for before, after in pairwise(levels))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("public.orders_id_idx", "`public.orders_id_idx`"),
        ("a`b", "``a`b``"),
        ("`a``", "``` `a`` ```"),
        ("", ""),
    ],
)
def test_code_spans(text: str, shown: str) -> None:
    assert markdown.code(text) == shown


def test_names_keep_their_underscores() -> None:
    assert markdown.escape("orders_id_idx") == "orders_id_idx"
    assert markdown.escape("_x_") == "\\_x\\_"


def test_escaped_text_reads_as_it_was() -> None:
    shown = page(markdown.escape(NASTY))
    assert "a`b``c|d *e* _f_ [g](javascript:h)" in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt; \\x1b[31mred" in shown


@pytest.mark.parametrize(
    "of",
    [(example.QUIET,), (example.FIRST_SECONDS,), (example.UNREACHABLE,), (example.SINCE_RESET,)],
    ids=["no findings", "first seconds", "unreachable", "since reset"],
)
def test_sparse_reports_read_well(of: tuple[TargetReport, ...]) -> None:
    text = markdown.render(report(*of))
    assert "None" not in text.replace("None given", "")
    assert "\n\n\n" not in text


def test_no_target_is_no_error() -> None:
    assert "No targets." in markdown.render(Report(NOW, "difference", 0.0, ()))
