"""``dbtriage check``: one report."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.targets import ConfigOption, DsnOption, TargetOption, chosen
from agent.failure import Failure

if TYPE_CHECKING:
    from agent.check import Look, Progress
    from agent.config import Config
    from agent.config_target import Target
    from exporters.report import Report, TargetReport

_AT_ONCE = 4


class Format(StrEnum):
    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"


class FailOn(StrEnum):
    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"


def check(  # noqa: PLR0913, PLR0917  options of a command
    config: ConfigOption = None,
    dsn: DsnOption = None,
    target: TargetOption = None,
    window: Annotated[
        str | None,
        typer.Option(
            help="Look twice, this far apart (30s, 5m), and judge only what happened in between. "
            "Without it: what the server has accumulated since its statistics were reset, "
            "plus 10 s of live sessions and locks."
        ),
    ] = None,
    format: Annotated[
        Format, typer.Option("--format", "-f", help="How to print it.")
    ] = Format.TEXT,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Write to this file instead of the terminal."),
    ] = None,
    fail_on: Annotated[
        FailOn | None, typer.Option(help="Exit with 1 on a finding this severe or worse.")
    ] = None,
) -> None:
    """Print one report on one or more servers.

    Exit codes: 0 fine, 1 findings at or over --fail-on, 2 usage or configuration, 3 no target
    could be reached. A server that is down but that AWS tells of counts as reached; its error is
    on stderr.
    """
    from agent.logs import set_up

    asked = chosen(config, dsn, target or ())
    set_up("error", "text")  # a target that is down is in the report
    report = _report(asked, _look(window))
    _write(_rendered(report, format, output), output)
    if not any(t.reachable or t.aws_answers for t in report.targets):
        raise Failure("\n".join(f"{t.name}: {t.error}" for t in report.targets), code=3)
    for half in (t for t in report.targets if t.error and t.aws_answers):
        typer.echo(f"dbtriage: {half.name}: {half.error}; only AWS answers", err=True)
    if fail_on and _worst(report) >= _rank(fail_on.value):
        raise typer.Exit(1)


def _look(window: str | None) -> Look:
    from agent.check import Look
    from agent.config_values import seconds

    if window is None:
        return Look()
    try:
        span = seconds(window)
    except ValueError as error:
        raise Failure(f"--window {window}: {error}") from None
    return Look(window_seconds=float(str(span)))


def _report(config: Config, look: Look) -> Report:
    import time

    from exporters.report import Report

    progress = _progress()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        asked = [pool.submit(_one, t, config, look, progress) for t in config.targets]
        try:
            made = tuple(future.result() for future in asked)
        except KeyboardInterrupt:
            look.stop.set()
            pool.shutdown(cancel_futures=True)
            raise Failure("interrupted", code=130) from None
    progress("")
    span = max((t.window_seconds for t in made), default=0.0)
    return Report(time.time(), look.kind, span, made)


def _one(target: Target, config: Config, look: Look, progress: Progress) -> TargetReport:
    from agent.check import check as look_at
    from agent.judge import Tuning
    from agent.watch import Watch
    from collectors.session import SessionError

    try:
        watch = Watch(target, window_seconds=7 * 86400)
    except SessionError as error:
        raise Failure(f"{target.name}: {error}") from None
    try:
        return look_at(watch, look, Tuning(config.rules, config.mute), progress)
    finally:
        watch.close()


def _progress() -> Progress:
    """One line on a terminal's stderr that is overwritten; silence elsewhere."""
    if not sys.stderr.isatty():
        return lambda _: None

    def show(text: str) -> None:
        sys.stderr.write(f"\r\x1b[K{text}")
        sys.stderr.flush()

    return show


def _rendered(report: Report, format: Format, output: Path | None) -> str:
    if format is Format.MARKDOWN:
        from exporters.markdown import render as markdown

        return markdown(report)
    if format is Format.HTML:
        from exporters.html import render as html

        return html(report)
    if format is Format.JSON:
        from exporters.json import render as json

        return json(report)
    import shutil

    from exporters.text import render as text

    terminal = output is None and sys.stdout.isatty()
    width = min(shutil.get_terminal_size((100, 24)).columns, 120) if terminal else 100
    return text(report, width=width, colour=terminal)


def _write(text: str, output: Path | None) -> None:
    if output is None:
        typer.echo(text)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Failure(f"{output}: {error.strerror}") from None


def _worst(report: Report) -> int:
    return max((a.recommendation.severity for t in report.targets for a in t.advice), default=0)


def _rank(name: str) -> int:
    from rules.base import Severity

    return Severity[name.upper()]
