"""Servers that a test may break: started for it alone, ended with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack

from agent.demo.server import NOTHING, PostgresServer, start
from tests.live import binaries


class OwnServers:
    """Call it for a server, ask it for a replica of one."""

    def __init__(self, ending: ExitStack) -> None:
        self._ending = ending

    def __call__(
        self,
        major: int = max(binaries.MAJORS),
        *,
        settings: Mapping[str, str] = NOTHING,
        init_args: Sequence[str] = (),
    ) -> PostgresServer:
        folder = binaries.postgres(major)
        return self._ending.enter_context(start(folder, settings=settings, init_args=init_args))

    def replica(
        self, primary: PostgresServer, *, settings: Mapping[str, str] = NOTHING
    ) -> PostgresServer:
        """A physical streaming replica, ready to be read."""
        replica = self._ending.enter_context(PostgresServer(primary.binaries))
        source = ["--dbname", primary.dsn(), "--wal-method", "stream", "--checkpoint", "fast"]
        replica.run("pg_basebackup", *source, "--pgdata", str(replica.data), "--no-sync")
        # Not --write-recovery-conf: it writes options that the host's older libpq refuses, which
        # is the one that the wheels' walreceiver finds.
        (replica.data / "standby.signal").touch()
        replica.configure({"primary_conninfo": primary.dsn()})
        replica.configure(settings)
        replica.launch(attempts=5)
        return replica
