"""Which platform fits an instance, for a terminal: what was measured, the order, why, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from textwrap import fill

from exporters.aws_plan import boto3_call, boto3_client, cli, terraform
from exporters.figures import count, one_line
from rules.fit.acu_range import AcuRange
from rules.fit.measured import Measured
from rules.fit.migration import Step, operations
from rules.fit.needs import Needs
from rules.fit.platform_fit import Fit, Points, Score
from rules.fit.platforms import BY_KEY, MOST_ACU, Limit
from rules.fit.target import Call
from rules.wording import duration, share, size

_LABEL = 15
_DATE = 8


def render(fit: Fit, *, width: int = 100) -> str:
    """Text that fits `width`; commands and code are lines that are not broken."""
    told = [
        _filled(_headline(fit), width),
        _block("Measured", _measured(fit.measured), width),
        _block("Needed", _needed(fit.needs), width),
        *_ranking(fit.scores, width),
    ]
    if fit.acu:
        told.append(_block("Capacity of Aurora Serverless v2", _capacity(fit.acu), width))
    told.append(_block("Limits, and when they were read", _limits(fit), width, label=_DATE))
    told += _plan(fit, width)
    return "\n\n".join(told) + "\n"


def _headline(fit: Fit) -> str:
    instance = fit.measured.instance
    today = BY_KEY[fit.measured.platform].name
    about = (
        f"{instance.identifier} ({instance.instance_class}, {instance.engine} "
        f"{instance.engine_version}) runs on: {today}."
    )
    if fit.choice is None:
        return f"{about} Nothing fits what is needed: see why below."
    best = fit.choice
    stays = best.platform.key == fit.measured.platform
    verdict = "It fits best there" if stays else f"What fits best: {best.platform.name}"
    tie = f" ({best.tie})" if best.tie else ""
    return f"{about} {verdict}{tie}; confidence {best.confidence}."


def _measured(measured: Measured) -> Iterator[tuple[str, str]]:
    yield "hours", f"{count(measured.hours, 'hour')} of CloudWatch"
    yield from _load(measured)
    if (peak := measured.used_memory_bytes) is not None:
        yield "memory", f"{size(peak)} in use, of {size(measured.instance.memory_bytes or 0)}"
    if measured.storage_bytes is not None:
        growth = measured.growth_bytes_per_day
        more = f", {size(growth)} more a day" if growth and growth > 0 else ""
        yield "storage", f"{size(measured.storage_bytes)} in use{more}"
    if measured.operations_per_second is not None:
        yield "I/O", f"up to {measured.operations_per_second:,.0f} operations a second"
    if measured.queries_per_second is not None:
        yield "statements", f"{measured.queries_per_second:,.0f} a second"
    if measured.idle_ratio is not None:
        yield "idle hours", f"no client in {share(measured.idle_ratio)} of hours"
    if measured.replicas is not None:
        yield "replicas", f"{measured.replicas} that can be read from"
    role = measured.instance.role
    if role in ("reader", "replica"):
        yield "role", f"a {role}: what it says of load is not that of the writer"
    yield from ((u.figure, f"not known: {u.why}") for u in measured.unknown)


def _load(measured: Measured) -> Iterator[tuple[str, str]]:
    used, peak = measured.used_vcpus, measured.peak_vcpus
    if used is None:
        return
    most = f", {peak:.2g} in the busiest minutes" if peak is not None else ""
    of = f" of {measured.instance.vcpus}" if measured.instance.vcpus else ""
    yield (
        "load",
        f"{used.middle:.2g}{of} vCPUs in ordinary hours, {used.high:.2g} in busy ones, "
        f"{used.low:.2g} in quiet ones{most}",
    )
    yield "variability", f"busy hours use {measured.variability_ratio:.2g} times ordinary ones"
    if (acu := measured.used_acu) is not None:
        yield "ACU", f"{acu.middle:.3g} in ordinary hours, {acu.high:.3g} in busy ones"


def _needed(needs: Needs) -> Iterator[tuple[str, str]]:
    unsaid = "not said"
    seconds, growth = needs.failover_seconds, needs.growth_ratio
    budget, storage = needs.monthly_budget_dollars, needs.storage_bytes
    yield "failover", unsaid if seconds is None else f"within {duration(seconds)}"
    yield "growth", unsaid if growth is None else f"{share(growth)} more data a year"
    if storage is not None:
        yield "storage", size(storage)
    replicas = needs.read_replicas
    yield "replicas", "as today" if replicas is None else count(replicas, "replica")
    yield "budget", unsaid if budget is None else f"${budget:,.0f} a month"
    yield "second region", "wanted" if needs.second_region else "not wanted"


def _ranking(scores: Iterable[Score], width: int) -> Iterator[str]:
    for place, score in enumerate(scores, 1):
        if score.excluded:
            rows = [("excluded", f"{why}.") for why in score.excluded]
            yield _block(f"Not: {score.platform.name}", rows, width)
            continue
        rows = [(p.criterion, _points(p)) for p in score.points]
        rows += [("not checked", f"{what}.") for what in score.unchecked]
        title = f"{place}. {score.platform.name}: {score.total:.0f} of 100 points"
        yield _block(f"{title}, confidence {score.confidence}", rows, width)


def _points(points: Points) -> str:
    if points.ratio is None:
        return f"not judged: {points.reason}"
    return f"{points.weight * points.ratio:.1f} of {points.weight}: {points.reason}"


def _capacity(acu: AcuRange) -> Iterator[tuple[str, str]]:
    yield "range", f"{acu.min_acu:g} to {acu.max_acu:g} ACU, of 2 GiB each"
    yield from (("", f"{reason}.") for reason in acu.reasons)
    if acu.kept_awake:
        yield "no pause", f"{'; '.join(acu.kept_awake)}."


def _limits(fit: Fit) -> Iterator[tuple[str, str]]:
    """Where the limits come from, each page once."""
    pages: dict[str, str] = {}
    for score in fit.scores:
        p = score.platform
        found = (p.storage_bytes, p.replicas, p.failover_seconds, p.operations_per_second)
        pages |= {limit.source: limit.as_of for limit in found if isinstance(limit, Limit)}
    if fit.acu:
        pages[MOST_ACU.source] = MOST_ACU.as_of
    yield from ((as_of, source) for source, as_of in sorted(pages.items()))


def _plan(fit: Fit, width: int) -> Iterator[str]:
    if fit.choice is None:
        return
    if not fit.steps:
        yield _filled(f"Nothing to do: it stays on {fit.choice.platform.name}.", width)
        return
    region = fit.measured.instance.region
    words = (
        f"A plan to review, towards {fit.choice.platform.name}. dbtriage changes nothing. Rehearse "
        "it on a copy, and put your own names in the place of YOUR-…"
    )
    yield _filled(words, width)
    commands = _steps(fit.steps, lambda call: cli(call, region), width)
    yield "\n".join(("# AWS CLI", *commands))
    if calls := operations(fit.steps):
        code = _steps(fit.steps, boto3_call, width)
        yield "\n".join((f"# Python, step by step\n{boto3_client(region)}\n", *code))
        yield f"# Terraform, step by step\n{terraform(calls)}"


def _steps(steps: Iterable[Step], written: Callable[[Call], str], width: int) -> Iterator[str]:
    for number, step in enumerate(steps, 1):
        yield _filled(step.words, width, f"# {number}. ", "#    ")
        yield from (written(call) for call in step.calls)


def _block(title: str, rows: Iterable[tuple[str, str]], width: int, *, label: int = _LABEL) -> str:
    lines = [_filled(title, width)]
    for name, text in rows:
        start = f"  {name:<{label}} "
        lines.append(_filled(text, width, start, " " * len(start)))
    return "\n".join(lines)


def _filled(text: str, width: int, start: str = "", rest: str = "") -> str:
    """Names and addresses are not broken."""
    return fill(
        one_line(text, 1000),
        width,
        initial_indent=start,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
