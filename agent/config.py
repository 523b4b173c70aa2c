"""config.toml: what it may say, with defaults; a mistake is named with file, key and value."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    ValidationError,
    model_validator,
)

from agent.config_aws import Aws, DiscoverRds, Section, TargetAws
from agent.config_target import Target
from agent.config_values import File, Seconds, host_and_port
from agent.discover_rds import example, target_of
from agent.discovery import all_collectors, all_rules
from agent.mistakes import near, said

_LEAST_SECONDS = 0.1


class ConfigError(Exception):
    """Says file, key, value and what is allowed; the command line turns it into exit code 2."""


class BasicAuth(Section):
    user: str
    password_file: File


class Agent(Section):
    listen: Annotated[str, AfterValidator(host_and_port)] = "127.0.0.1:9939"
    allow_unauthenticated: bool = False
    tls_certificate: File | None = None
    tls_key: File | None = None
    basic_auth: BasicAuth | None = None
    window: Seconds = 900.0
    judge_every: Seconds = Field(default=30.0, ge=_LEAST_SECONDS)
    sample_every: Seconds = Field(default=1.0, ge=_LEAST_SECONDS)
    log_format: Literal["text", "json"] = "text"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    own_cost_ratio: float = Field(default=0.005, gt=0, le=1)
    statement_series: int = Field(default=100, ge=0)
    series_limit: int = Field(default=20_000, ge=100)

    @model_validator(mode="after")
    def _key_with_certificate(self) -> Agent:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key belong together")
        return self


class Discover(Section):
    rds: list[DiscoverRds] = []


class Config(Section):
    agent: Agent = Agent()
    aws: Aws = Aws()
    targets: list[Target] = []
    discover: Discover = Discover()
    collectors: dict[str, Seconds] = {}
    rules: dict[str, dict[str, Any]] = {}
    mute: dict[str, list[str]] = {}

    @model_validator(mode="after")
    def _known(self) -> Config:
        if not self.targets and not self.discover.rds:
            raise ValueError("targets: needs at least one [[targets]] or [[discover.rds]]")
        for wanted in self.discover.rds:
            _check_discovered(wanted)
        names = [t.name for t in self.targets]
        if twice := sorted({n for n in names if names.count(n) > 1}):
            raise ValueError(f"targets: the name {twice[0]!r} is given twice")
        ids = [c.id for c in all_collectors()]
        for id, every in self.collectors.items():
            _check_interval(id, every, ids)
        known = {r.id: r.limits for r in all_rules()}
        for section, given in (("rules", self.rules), ("mute", self.mute)):
            if unknown := [id for id in given if id not in known]:
                id = unknown[0]
                raise ValueError(f"{section}.{id}: no such rule{near(id, known)}")
        for id, limits in self.rules.items():
            _check_limits(id, limits, known[id])
        return self


def _check_discovered(wanted: DiscoverRds) -> None:
    """Targets of every engine could be made of it."""
    for engine in ("postgres", "mysql") if wanted.user else ():
        try:
            target_of(wanted, example(engine))
        except ValidationError as error:
            (first, *_) = error.errors(include_url=False)
            words = str(first["msg"]).removeprefix("Value error, ")
            raise ValueError(f"discover.rds: {words}") from None


def _check_interval(id: str, every: float, ids: list[str]) -> None:
    if id not in ids:
        raise ValueError(f"collectors.{id}: no such collector{near(id, ids)}")
    if id.endswith(".session_samples"):
        raise ValueError(f"collectors.{id}: set agent.sample_every instead")
    if every < _LEAST_SECONDS:
        raise ValueError(f"collectors.{id} = {every:g} s: needs at least 100ms")


def _check_limits(id: str, given: Mapping[str, Any], known: Mapping[str, Any]) -> None:
    for name, value in given.items():
        if name not in known:
            allowed = ", ".join(known) or "none"
            raise ValueError(
                f"rules.{id}.{name}: no such limit{near(name, known)}; allowed: {allowed}"
            )
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not math.isfinite(value):
            words = f"rules.{id}.{name} = {value!r}: needs a number"
            raise ValueError(words)


def load(path: Path) -> Config:
    """Read and check a file; ConfigError says what is wrong and where."""
    try:
        given = tomllib.loads(path.read_text())
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not TOML: {error}") from None
    return checked(given, str(path))


def checked(given: Mapping[str, Any], source: str) -> Config:
    """Values of a file, or of options; `source` begins each sentence of the ConfigError."""
    try:
        return Config.model_validate(given)
    except ValidationError as error:
        words = [
            f"{source}: {said(dict(e), given, _keys)}" for e in error.errors(include_url=False)
        ]
        raise ConfigError("\n".join(words)) from None


def _keys(loc: tuple[Any, ...]) -> list[str]:
    sections: dict[str, type[BaseModel]] = {
        "agent": Agent,
        "aws": Aws,
        "targets": TargetAws if "aws" in loc[:-1] else Target,
        "discover": DiscoverRds if "rds" in loc[:-1] else Discover,
    }
    if "basic_auth" in loc[:-1]:
        return list(BasicAuth.model_fields)
    return list(
        sections.get(str(loc[0]), Config).model_fields if len(loc) > 1 else Config.model_fields
    )
