"""``dbtriage aws``: plans for RDS and Aurora instances; nothing is changed."""

from __future__ import annotations

import typer

from agent.cli.aws import alarms, cost, fit, parameters

app = typer.Typer(
    no_args_is_help=True,
    help="Plans for Amazon RDS and Aurora instances, with the exact commands for them. They read "
    "AWS only, with the rights of `dbtriage grants aws`, and change nothing.",
)
for command in (parameters.parameters, fit.fit, cost.cost, alarms.alarms):
    app.command()(command)
