"""Tables of what things cost, in plain text; None is unknown, and said to be."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from textwrap import fill

from rich.console import Console
from rich.table import Table
from rich.text import Text

UNKNOWN = "unknown"
_WHOLE_FROM = 100


def folded(text: str, width: int, indent: str = "") -> str:
    """Lines that fit; names such as eu-west-1 stay whole."""
    return fill(text, width, subsequent_indent=indent, break_on_hyphens=False)


def titled(title: str, table: str, width: int) -> str:
    return f"{folded(title, width)}\n{table}"


def table_of(headings: Sequence[str], rows: Iterable[Sequence[str]], width: int) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, highlight=False, emoji=False, _environ={})
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="")
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def dollars(amount: Decimal | None) -> str:
    if amount is None:
        return UNKNOWN
    sign, size = "-" if amount < 0 else "", abs(amount)
    return f"{sign}${size:,.0f}" if size >= _WHOLE_FROM else f"{sign}${size:,.2f}"


def hourly(amount: Decimal) -> str:
    return f"${amount:.4f}"


def day(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"
