"""``dbtriage doctor``: can each target be reached and asked, and what to run if not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from agent.cli.targets import ConfigOption, DsnOption, TargetOption, chosen
from agent.failure import Failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.config_target import Target
    from agent.watch import Watch
    from collectors.outcomes import Outcome
    from collectors.session import Server

_BOUNDS = {
    "postgres": "statement_timeout 5s, lock_timeout 100ms",
    "mysql": "max_execution_time 5 s, lock_wait_timeout 1 s, innodb_lock_wait_timeout 1 s",
    "mariadb": "max_statement_time 5 s, lock_wait_timeout 0 s, innodb_lock_wait_timeout 1 s",
}


def doctor(config: ConfigOption = None, dsn: DsnOption = None, target: TargetOption = None) -> None:
    """Ask each target everything once; print every need that is not met and what to run.

    Exit codes: 0 at least one target answers, 2 usage or configuration, 3 none does. A server that
    is down does not answer, even where AWS tells of it.
    """
    from agent.logs import set_up

    asked = chosen(config, dsn, target or ())
    set_up("error", "text")
    reached = [_examine(t) for t in asked.targets]
    if not any(reached):
        raise Failure("no target could be reached", code=3)


def _examine(target: Target) -> bool:
    from agent.watch import Watch
    from collectors.session import SessionError

    try:
        watch = Watch(target, window_seconds=60)
    except SessionError as error:
        typer.echo(f"{target.name}\n  cannot be reached: {error}")
        return False
    try:
        watch.collect(watch.collectors)
        if watch.error is None:
            watch.walk(watch.collectors)
        typer.echo(_said(watch))
        return watch.error is None
    finally:
        watch.close()


def _said(watch: Watch) -> str:
    from exporters.figures import visible

    name, server = watch.target.name, watch.server
    if server is None or watch.error:
        lines = [name, f"  cannot be reached: {visible(watch.error or 'not connected')}"]
        by_aws = [] if watch.target.engine == "rds" else _aws(watch)
        asked = by_aws and server is not None
        rows = [o for o in watch.outcomes().rows if o.of_aws]
        return "\n".join([*lines, *by_aws, *(_outcomes(rows, " of AWS") if asked else [])])
    return "\n".join([name, *_about(server), *_aws(watch), *_outcomes(watch.outcomes().rows)])


def _outcomes(rows: Sequence[Outcome], whose: str = "") -> list[str]:
    from exporters.figures import visible

    answered = sum(o.ended == "answered" for o in rows)
    return [
        f"  {answered} of {len(rows)} collectors{whose} answer",
        *(
            f"  {outcome.ended:8}  {outcome.id}: {visible(outcome.reason)}"
            for outcome in rows
            if outcome.ended != "answered" or outcome.reason
        ),
    ]


def _about(server: Server) -> list[str]:
    from exporters.figures import PRODUCTS

    role = "replica" if server.is_replica else "primary"
    if server.engine == "rds":
        return [f"  {server.version}, {server.platform}, {role}; not connected to"]
    return [
        f"  {PRODUCTS[server.engine]} {server.version}, {server.platform}, {role}; "
        f"connected as {server.user}",
        f"  session is read-only and bounded: {_BOUNDS[server.engine]}",
    ]


def _aws(watch: Watch) -> list[str]:
    from exporters.figures import visible

    if (aws := watch.target.aws) is None:
        return []
    why = f"; it does not answer: {visible(watch.aws_error)}" if watch.aws_error else ""
    return [f"  AWS is asked about {aws.instance} in {aws.region}{why}"]
