"""One look at an instance through AWS, for the commands that make a plan of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from agent.config_target import Target
from agent.failure import Failure
from agent.targets.addresses import aws_address_of
from agent.targets.aws import AwsInstance
from agent.watch import Watch
from collectors.outcomes import Outcome
from collectors.snapshot import Snapshot

Row = TypeVar("Row")


class AwsLook:
    """What was answered, by row type, and why the rest was not."""

    def __init__(self, target: Target, rows: Iterable[type[Any]]) -> None:
        """Ask AWS for these rows, and the server itself where it is connected to; a Failure
        where AWS cannot be asked at all."""
        wanted = set(rows)
        self._watch = Watch(target, window_seconds=7 * 86400)
        try:
            self._watch.collect([c for c in self._watch.collectors if c.row in wanted])
        finally:
            self._watch.close()
        asked = {c.id: c for c in self._watch.collectors if c.row in wanted and c.engine == "rds"}
        outcomes = [o for o in self._watch.outcomes().rows if o.id in asked]
        self.unanswered: tuple[Outcome, ...] = tuple(o for o in outcomes if o.ended != "answered")
        if len(self.unanswered) == len(outcomes):
            raise Failure(self._watch.aws_error or outcomes[0].reason, code=3)

    @property
    def session(self) -> AwsInstance:
        """To ask AWS for more."""
        address = aws_address_of(self._watch.target)
        if address is None:
            raise Failure("it has no [targets.aws]")
        return address.connect({})

    def all(self, row: type[Row]) -> Snapshot[Row] | None:
        """None where it was not answered."""
        return self._watch.answers.snapshot(row)

    def rows(self, row: type[Row]) -> tuple[Row, ...]:
        """None of them where it was not answered."""
        snapshot = self.all(row)
        return snapshot.rows if snapshot else ()

    def one(self, row: type[Row]) -> Row | None:
        """The only row; None where there is none."""
        snapshot = self.all(row)
        return snapshot.rows[0] if snapshot and snapshot.rows else None

    def needed(self, row: type[Row]) -> Row:
        """The only row; a Failure says why there is none."""
        if (found := self.one(row)) is None:
            why = next((o.reason for o in self.unanswered), "AWS told nothing of it")
            raise Failure(why, code=3)
        return found
