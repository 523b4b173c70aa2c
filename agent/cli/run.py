"""``dbtriage run``: the daemon."""

from __future__ import annotations

import signal
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
    from agent.logs import set_up
    from agent.serve import serving

    chosen = configured(config, None)
    set_up(chosen.agent.log_level, chosen.agent.log_format)
    daemon = Daemon(config, chosen)
    stop, reload = threading.Event(), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    signal.signal(signal.SIGHUP, lambda *_: reload.set())
    with serving(daemon, chosen.agent):
        daemon.start()
        while not stop.wait(0.5):
            if reload.is_set():
                reload.clear()
                daemon.reload()
        daemon.stop()
