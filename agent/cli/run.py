"""``dbtriage run``: the daemon."""

from __future__ import annotations

import logging
import os
import threading
from pathlib import Path
from typing import Annotated

import typer

from agent.cli.targets import configured


def run(
    config: Annotated[
        Path, typer.Option("--config", "-c", help="Configuration file; see config.example.toml.")
    ],
) -> None:
    """Watch all targets, judge them, and serve report, API and metrics over HTTP.

    SIGTERM and SIGINT stop it within 5 s; SIGHUP (or POST /-/reload) reads the file again.
    """
    from agent.daemon import Daemon
    from agent.lifecycle import run_until_stopped
    from agent.logs import set_up

    chosen = configured(config, None)
    set_up(chosen.agent.log_level, chosen.agent.log_format)
    run_until_stopped(Daemon(config, chosen))
    _end()


def _end() -> None:
    """Python would wait for threads of a pool that still wait for a server, or for AWS."""
    if threading.active_count() > 1:
        logging.shutdown()
        os._exit(0)
