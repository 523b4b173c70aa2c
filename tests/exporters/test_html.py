from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from collectors.snapshots.sessions import LoadMoment
from exporters import html
from exporters.charts import OTHER, load_chart
from exporters.report import Report
from tests.exporters import example_report as example
from tests.exporters.example_advice import NOW
from tests.exporters.example_report import report

VOID = {"meta", "link", "line", "rect", "path", "br"}


class Page(HTMLParser):
    """Elements in order, and those left open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.elements if tag in tags]


REPORTS = {
    "everything": report(),
    "no findings": report(example.QUIET),
    "first seconds": report(example.FIRST_SECONDS),
    "since reset": report(example.SINCE_RESET),
    "no targets": Report(NOW, "difference", 0.0, ()),
}


@pytest.mark.parametrize("of", REPORTS.values(), ids=REPORTS)
@pytest.mark.parametrize("live", [False, True], ids=["file", "live"])
def test_every_element_is_closed(of: Report, *, live: bool) -> None:
    assert Page(html.render(of, live=live)).open == []


def test_nothing_is_loaded_and_nothing_runs() -> None:
    text = html.render(report())
    page = Page(text)
    assert page.all("script", "img", "iframe", "object", "form") == []
    assert [link["href"] for link in page.all("link")] == ["data:,"]
    assert "@import" not in text
    assert "url(" not in text
    policy = next(m["content"] for m in page.all("meta") if "Content-Security" in str(m))
    assert policy
    assert policy.startswith("default-src 'none'")
    assert not any(name.startswith("on") for _, found in page.elements for name in found)


def test_no_text_from_a_database_becomes_markup() -> None:
    text = html.render(report())
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u200e\u200f]", text)


def test_links_are_web_addresses_or_places_on_the_page() -> None:
    page = Page(html.render(report()))
    links = {str(a["href"]) for a in page.all("a")}
    ids = {f"#{found['id']}" for _, found in page.elements if "id" in found}
    assert {link for link in links if link.startswith("#")} <= ids
    assert all(link.startswith(("#", "https://")) for link in links)


def test_each_recommendation_is_an_article_with_its_id() -> None:
    page = Page(html.render(report()))
    wanted = [a.recommendation.id for a in example.ORDERS.advice]
    assert [article["id"] for article in page.all("article")] == wanted
    ids = [found["id"] for _, found in page.elements if "id" in found]
    assert len(ids) == len(set(ids))


def test_only_a_live_page_renews_itself_and_links_to_the_api() -> None:
    fixed, live = (html.render(report(), live=flag) for flag in (False, True))
    assert 'http-equiv="refresh" content="30"' in live
    assert 'http-equiv="refresh"' not in fixed
    links = {a["href"] for a in Page(live).all("a")}
    assert {"/metrics", "/api/v1/report"} <= links


def test_headings_are_in_order_and_table_heads_have_a_scope() -> None:
    page = Page(html.render(report()))
    levels = [
        int(found.get("aria-level") or tag[1])
        for tag, found in page.elements
        if re.fullmatch(r"h\d", tag)
    ]
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(th.get("scope") in ("col", "row") for th in page.all("th"))


def test_a_chart_says_in_words_what_it_shows() -> None:
    text = html.render(report())
    assert re.search(r"<desc id=\"[^\"]+\">Average active sessions by wait: CPU 1.4, ", text)
    (chart,) = [svg for svg in Page(text).all("svg") if svg.get("role") == "img"]
    assert chart["aria-labelledby"]


def test_a_manual_keeps_its_headings() -> None:
    text = html.render(report())
    assert "<h5>Why it matters</h5>" in text
    assert "<h5>When to ignore</h5>" in text


def _chart_of(*moments: LoadMoment, cpus: int | None = None) -> object:
    return load_chart(dataclasses.replace(example.LOAD, timeline=moments), cpus)


def test_an_idle_window_has_no_chart() -> None:
    assert load_chart(None, 4) is None
    assert _chart_of() is None
    assert _chart_of(LoadMoment(NOW, (("CPU", 0.0),))) is None


def test_one_moment_is_charted() -> None:
    chart = load_chart(dataclasses.replace(example.LOAD, timeline=example.LOAD.timeline[:1]), None)
    assert chart is not None
    assert [tick.label for tick in chart.levels] == ["0", "0.5", "1", "1.5", "2"]


def test_many_waits_are_folded_and_add_up() -> None:
    moment = LoadMoment(NOW, tuple((f"wait {n}", 1.0) for n in range(12)))
    chart = load_chart(dataclasses.replace(example.LOAD, timeline=(moment,)), None)
    assert chart is not None
    assert (chart.series[-1].name, chart.series[-1].sessions) == (OTHER, "5")


@pytest.mark.parametrize(
    ("cpus", "shown"), [(4, True), (64, False), (None, False)], ids=["near", "far", "unknown"]
)
def test_the_cpu_line_is_drawn_where_it_does_not_flatten_the_load(
    cpus: int | None, *, shown: bool
) -> None:
    chart = load_chart(example.LOAD, cpus)
    assert chart is not None
    assert (chart.cpus_at is not None) is shown
