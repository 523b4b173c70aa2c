"""Credentials and clients of one account and region: boto3, only where AWS is configured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import (
    CredentialProvider,
    CredentialResolver,
    DeferredRefreshableCredentials,
)

from agent.targets.aws_errors import errors

_ROLE_SECONDS = 3600
_CONFIG = Config(
    retries={"mode": "adaptive", "total_max_attempts": 4},
    connect_timeout=5,
    read_timeout=20,
    max_pool_connections=16,
    user_agent_extra="dbtriage",
)


@dataclass(frozen=True, slots=True)
class Access:
    """Whose eyes and where; without a profile and a role boto3's own chain decides."""

    region: str
    profile: str | None = None
    role_arn: str | None = None
    external_id: str | None = None


def session(access: Access, before: Callable[..., None]) -> boto3.Session:
    """ConnectionLost where the profile is not there; nothing is asked of AWS yet.

    `before` is called where the role is assumed.
    """
    with errors("sts", "AssumeRole"):
        own = boto3.Session(profile_name=access.profile, region_name=access.region)
        if access.role_arn is None:
            return own
        assumed = botocore.session.Session()
        provider = _AssumedRole(own, access, before)
        assumed.register_component("credential_provider", CredentialResolver([provider]))
        return boto3.Session(botocore_session=assumed, region_name=access.region)


def client(of: boto3.Session, service: str, before: Callable[..., None]) -> Any:
    """`before` is called with each request about to be sent, those that are tried again too."""
    make: Any = of.client
    made = make(service, config=_CONFIG)
    made.meta.events.register("before-send.*", before)
    return made


class _AssumedRole(CredentialProvider):
    """Renews itself before it expires."""

    METHOD = "assume-role"

    def __init__(self, own: boto3.Session, access: Access, before: Callable[..., None]) -> None:
        super().__init__()
        self._before = before
        self._own = own
        self._access = access

    def load(self) -> DeferredRefreshableCredentials:
        return DeferredRefreshableCredentials(refresh_using=self._fetch, method=self.METHOD)

    def _fetch(self) -> dict[str, str]:
        given: dict[str, Any] = {
            "RoleArn": self._access.role_arn,
            "RoleSessionName": "dbtriage",
            "DurationSeconds": _ROLE_SECONDS,
        }
        if self._access.external_id:
            given["ExternalId"] = self._access.external_id
        found = client(self._own, "sts", self._before).assume_role(**given)["Credentials"]
        ends = found.get("Expiration") or datetime.now(UTC) + timedelta(seconds=_ROLE_SECONDS)
        return {
            "access_key": found["AccessKeyId"],
            "secret_key": found["SecretAccessKey"],
            "token": found["SessionToken"],
            "expiry_time": ends.isoformat(),
        }
