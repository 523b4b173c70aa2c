"""The report as one page that needs nothing else: no script, no network."""

from __future__ import annotations

import inspect
import re
from functools import cache
from hashlib import sha256

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from exporters import advice, blocking, charts, figures
from exporters.report import Report, TargetReport
from rules import wording


def render(report: Report, *, live: bool = False) -> str:
    """A `live` page renews itself and links to the metrics and the API beside it."""
    page = _templates().get_template("report.html")
    return page.render(report=report, live=live)


@cache
def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("exporters"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    made.globals.update(
        advice=advice,
        anchor=_anchor,
        blocking=blocking,
        charts=charts,
        figures=figures,
        load_chart=_load_chart,
        manual=_manual,
        wording=wording,
    )
    return made


def _shown(value: object) -> object:
    """Every text is made visible before it is escaped; markup of our own stays."""
    return figures.visible(value) if isinstance(value, str) and type(value) is not Markup else value


def _anchor(target: TargetReport) -> str:
    """Lasting, and safe in an id and a link, whatever the name holds."""
    plain = re.sub(r"[^a-z0-9]+", "-", target.name.lower())[:40].strip("-")
    return f"target-{plain}-{sha256(target.name.encode(errors='replace')).hexdigest()[:6]}"


def _load_chart(target: TargetReport) -> charts.LoadChart | None:
    return charts.load_chart(target.load, target.server.cpus if target.server else None)


def _manual(doc: str) -> list[tuple[str, str]]:
    """The headings of a rule's manual, each with its text; the first has no heading."""
    sections = []
    for paragraph in re.split(r"\n{2,}(?=\S)", doc):
        head, _, body = paragraph.partition("\n")
        indented = body.startswith(" ")
        sections.append((head, inspect.cleandoc(body)) if indented else ("", paragraph))
    return sections
