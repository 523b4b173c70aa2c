"""One RDS or Aurora instance as its collectors see it, over the APIs of AWS."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from collectors.rds.instance import Instance, described, fleet
from collectors.session import (
    ConnectionLost,
    MetricQuery,
    NotOffered,
    Points,
    Server,
    SessionError,
)
from collectors.variants import Version
from exporters.figures import PRODUCTS

if TYPE_CHECKING:
    from agent.targets.aws_account import Account

Kept = TypeVar("Kept")


@dataclass(frozen=True, slots=True)
class AwsAddress:
    """Which instance, of which account and region."""

    name: str
    instance: str
    region: str
    profile: str | None = None
    role_arn: str | None = None
    external_id: str | None = None

    def connect(self, kept: dict[type, Any]) -> AwsInstance:
        """SessionError where AWS can't be asked, or there is no such instance."""
        from agent.targets.aws_access import Access  # noqa: PLC0415  boto3 only where it is used
        from agent.targets.aws_account import account_of  # noqa: PLC0415

        access = Access(self.region, self.profile, self.role_arn, self.external_id)
        return opened(account_of(access), self.name, self.instance, kept)


def opened(account: Account, name: str, instance: str, kept: dict[type, Any]) -> AwsInstance:
    session = AwsInstance(account, name, instance, kept)
    if all(i["DBInstanceIdentifier"] != instance for i in fleet(session)):
        raise ConnectionLost(f"there is no instance {instance} in {account.access.region}")
    return session


class AwsInstance:
    """Answers come from what the account knows already, where that is fresh enough."""

    def __init__(self, account: Account, name: str, instance: str, kept: dict[type, Any]) -> None:
        self.instance = instance
        self.region = account.access.region
        self.spent_seconds = 0.0
        self._account = account
        self._name = name
        self._kept = kept
        self._closed = False

    @property
    def server(self) -> Server:
        """As it is now; ConnectionLost where the instance is gone."""
        try:
            return server_of(self._name, described(self))
        except NotOffered as error:
            raise ConnectionLost(str(error)) from None

    @property
    def resource_id(self) -> str:
        (found,) = [i for i in fleet(self) if i["DBInstanceIdentifier"] == self.instance]
        return str(found["DbiResourceId"])

    def now(self) -> float:
        return time.time()

    def keep(self, kind: type[Kept]) -> Kept:
        return self._kept.setdefault(kind, kind())  # type: ignore[no-any-return]

    def call(
        self, service: str, operation: str, *, fresh_seconds: float = 0, **parameters: Any
    ) -> Mapping[str, Any]:
        self._still_open()
        return self._account.call(service, operation, fresh_seconds, parameters)

    def pages(
        self, service: str, operation: str, of: str, *, fresh_seconds: float = 0, **parameters: Any
    ) -> Sequence[Mapping[str, Any]]:
        self._still_open()
        return self._account.pages(service, operation, of, fresh_seconds, parameters)

    def metrics(
        self, queries: Sequence[MetricQuery], *, period_seconds: int, span_seconds: int
    ) -> Mapping[MetricQuery, Points]:
        self._still_open()
        return self._account.metrics(queries, period_seconds, span_seconds)

    def cut(self) -> None:
        """What is under way ends by itself, in seconds; nothing new is asked."""
        self._closed = True

    def close(self) -> None:
        self._closed = True

    def _still_open(self) -> None:
        if self._closed:
            raise SessionError("it is no longer watched")


def server_of(name: str, instance: Instance) -> Server:
    """What rules are told of a server that only AWS is asked about."""
    on = {True: "on", False: "off", None: ""}
    settings = {
        "instance": instance.identifier,
        "cluster": instance.cluster or "",
        "performance_insights": on[instance.insights],
        "enhanced_monitoring": on[None if (s := instance.monitoring_seconds) is None else s > 0],
    }
    product = PRODUCTS.get(instance.family, instance.engine)
    return Server(
        name=name,
        engine="rds",
        versions={"rds": (), instance.family: _version(instance.engine_version)},
        version=f"{product} {instance.engine_version}",
        platform="aurora" if instance.aurora else "rds",
        settings=settings,
        is_replica=instance.role in ("reader", "replica"),
        instance=instance.resource_id,
        memory_bytes=instance.memory_bytes,
        cpus=instance.vcpus,
    )


def _version(text: str) -> Version:
    """``16.3`` and ``8.0.mysql_aurora.3.08.0``: the engine's own numbers come first."""
    return tuple(map(int, re.findall(r"\d+", text.partition(".mysql_aurora")[0])))
