"""The command line. Each command is a file; what it needs is imported when it runs."""

from __future__ import annotations

import signal
import sys

import typer

from agent.cli import aws, check, demo, digest, doctor, explain, grants, rules, run
from agent.failure import Failure
from exporters.figures import visible

app = typer.Typer(
    name="dbtriage",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    help=(
        "Finds what hurts your databases' performance and says exactly what to do about it.\n\n"
        "Start with `dbtriage demo`, or with one report on a server of yours:\n\n"
        "`dbtriage check --dsn postgresql://user@host/database` "
        "(or `mysql://user@host`, `mariadb://user@host`)\n\n"
        "dbtriage only reads. It never changes a database."
    ),
)
for command in (check.check, run.run, doctor.doctor, grants.grants, rules.rules, explain.explain):
    app.command()(command)
app.command()(digest.digest)
app.command()(demo.demo)
app.add_typer(aws.app, name="aws")


@app.callback(invoke_without_command=True)
def version(
    context: typer.Context,
    show: bool = typer.Option(False, "--version", help="Print the version and stop."),  # noqa: FBT001, FBT003
) -> None:
    """Options of all commands."""
    if show:
        from importlib.metadata import version as installed

        typer.echo(f"dbtriage {installed('dbtriage')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main() -> None:
    """Exit codes: 0 fine, 1 findings, 2 usage or configuration, 3 no target reached."""
    # A reader that has seen enough (| head) ends us quietly; a server sets this back.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        app()
    except Failure as failure:
        typer.echo(f"dbtriage: {visible(str(failure))}", err=True)
        sys.exit(failure.code)
