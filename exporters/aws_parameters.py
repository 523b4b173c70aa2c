"""Advice on the parameters of an instance: what to change, what to keep, and how to do it."""

from __future__ import annotations

import io
from collections.abc import Iterable
from textwrap import fill

from rich.console import Console
from rich.table import Table
from rich.text import Text

from exporters.aws_calls import cli, python
from exporters.aws_parameter_calls import GroupPlan, calls, plans
from exporters.aws_parameter_terraform import terraform
from exporters.figures import count, one_line
from rules.base import Confidence
from rules.settings.parameter_change import Advice, ParameterAdvice
from rules.wording import size

_LONGEST_VALUE, _LONGEST_WHY = 120, 600
_SURE = {
    Confidence.HEURISTIC: "rule of thumb",
    Confidence.ESTIMATED: "estimated",
    Confidence.VALIDATED: "certain",
}


def render(advice: Advice, width: int = 100) -> str:
    """Text that fits `width`; then what brings it into effect, in lines that are not broken."""
    parts = [fill(_headline(advice), width), fill(_memory(advice), width)]
    if advice.changes:
        parts += [_table(advice, width), _groups(advice, width), _risks(advice, width)]
    kept = (f"{k.parameter}{_is(k.value)}: {one_line(k.why, _LONGEST_WHY)}" for k in advice.kept)
    parts.append(_listed("Kept as it is:", kept, width))
    left = (f"{one.parameter}: {one.why}" for one in advice.left_alone)
    parts.append(_listed("Not advised here, though it often is:", left, width))
    if advice.changes:
        parts += _commands(advice)
    return "\n\n".join(part for part in parts if part) + "\n"


def _headline(advice: Advice) -> str:
    instance = advice.instance
    what = f"{instance.identifier} ({instance.instance_class}, {instance.engine}"
    found = count(len(advice.changes), "parameter") if advice.changes else "no parameter"
    return f"Parameters of {what} {instance.engine_version}): {found} to change."


def _memory(advice: Advice) -> str:
    memory = advice.memory
    if memory.size_bytes is None:
        return f"Memory: not known ({memory.source}), so nothing that follows from it is advised."
    return (
        f"Memory: {size(memory.size_bytes)} ({memory.source}). DBInstanceClassMemory in formulas "
        "is somewhat less: what formulas give is an upper bound, and live values win."
    )


def _table(advice: Advice, width: int) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width, highlight=False, emoji=False, _environ={})
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="")
    for heading, most in (("Parameter", 26), ("Now", 18), ("Advised", 22), ("Why", None)):
        table.add_column(heading, max_width=most, overflow="fold")
    for change in advice.changes:
        table.add_row(*(Text(cell) for cell in _row(change)))
    console.print(table)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def _row(change: ParameterAdvice) -> tuple[str, str, str, str]:
    now = "unset" if change.current.value is None else _short(change.current.value)
    # AWS's own group has to be replaced, which takes a reboot too.
    when = "at a reboot" if change.static or change.group_is_fixed else "at once"
    return (
        change.parameter,
        f"{now}\n({change.current.source})",
        f"{_advised(change)}\n({when}, {change.scope})",
        f"{one_line(change.why, _LONGEST_WHY)} ({_SURE[change.confidence]})",
    )


def _advised(change: ParameterAdvice) -> str:
    if change.advised is not None:
        return _short(change.advised)
    return f"AWS's default {change.default or ''}".strip()


def _groups(advice: Advice, width: int) -> str:
    return "\n".join(fill(_group(plan, advice), width) for plan in plans(advice))


def _group(plan: GroupPlan, advice: Advice) -> str:
    cluster = advice.instance.cluster
    shared = f" All instances of the cluster {cluster} use it." if plan.scope == "cluster" else ""
    if plan.default:
        return (
            f"{_short(plan.default)} is AWS's own and can't be changed: {plan.name} is made in its "
            f"place, which counts from the next reboot on.{shared}"
        )
    return f"Group: {_short(plan.name)}. Look first which others use it.{shared}"


def _risks(advice: Advice, width: int) -> str:
    risks = (f"{change.parameter}: {change.risk}" for change in advice.changes)
    return _listed("What it may cost:", risks, width)


def _listed(heading: str, lines: Iterable[str], width: int) -> str:
    """Empty where there is no line."""
    items = [
        fill(line, width, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)
        for line in lines
    ]
    return "\n".join((heading, *items)) if items else ""


def _commands(advice: Advice) -> list[str]:
    asked, region = tuple(calls(advice)), advice.instance.region or "YOUR-REGION"
    client = f'import boto3\n\nrds = boto3.client("rds", region_name="{region}")'
    return [
        "Nothing was changed. These bring it into effect:",
        "# AWS CLI\n" + "\n".join(cli(call, region) for call in asked),
        f"# Python\n{client}\n" + "\n".join(python(call) for call in asked),
        "# Terraform\n" + "\n\n".join(terraform(p, advice.instance) for p in plans(advice)),
    ]


def _is(value: str | None) -> str:
    return "" if value is None else f" = {_short(value)}"


def _short(text: str) -> str:
    return one_line(text, _LONGEST_VALUE)
