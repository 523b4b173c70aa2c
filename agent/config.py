"""config.toml: what it may say, with defaults; a mistake is named with file, key and value."""

from __future__ import annotations

import math
import shlex
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import psycopg
from psycopg.conninfo import conninfo_to_dict
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from agent.config_values import Bytes, File, Seconds, command_line, host_and_port, label
from agent.discovery import all_collectors, all_rules
from agent.mistakes import near, said
from agent.targets.mysql_address import options_of

_LEAST_SECONDS = 0.1


class ConfigError(Exception):
    """Says file, key, value and what is allowed; the command line turns it into exit code 2."""


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


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


class Target(Section):
    name: str = Field(min_length=1, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    engine: Literal["postgres", "mysql", "mariadb"] = "postgres"
    dsn: str | None = Field(default=None, repr=False)
    host: str | None = None
    port: int | None = Field(default=None, ge=1, le=65535)
    user: str | None = None
    database: str | None = None
    password: str | None = Field(default=None, repr=False)
    password_file: File | None = None
    password_env: str | None = None
    password_command: Annotated[str, AfterValidator(command_line)] | None = None
    tls: Literal["disable", "prefer", "require", "verify-ca", "verify-full"] = "prefer"
    tls_ca: File | None = None
    tls_certificate: File | None = None
    tls_key: File | None = None
    databases: Literal["all"] | list[str] = "all"
    exclude_databases: list[str] = []
    labels: dict[Annotated[str, AfterValidator(label)], str] = {}
    memory: Bytes | None = None
    cpus: int | None = Field(default=None, ge=1)

    @model_validator(mode="before")
    @classmethod
    def _engine_of_dsn(cls, given: object) -> object:
        """A DSN says which engine it is of."""
        if isinstance(given, dict) and isinstance(dsn := given.get("dsn"), str):
            scheme = dsn.partition("://")[0]
            if scheme in ("mysql", "mariadb"):
                return {"engine": scheme, **given}
        return given

    @model_validator(mode="after")
    def _one_way_in(self) -> Target:
        if self.dsn and (self.host or self.port or self.user or self.database):
            raise ValueError(
                "dsn already holds host, port, user and database: give one or the other"
            )
        if not self.dsn and not self.host:
            raise ValueError("needs host or dsn")
        if self.engine != "postgres" and self.database:
            raise ValueError(
                "database is for PostgreSQL: every schema of a MySQL or MariaDB server is seen "
                "from one connection; databases and exclude_databases choose among them"
            )
        given = {"tls", "tls_ca", "tls_certificate", "tls_key"} & self.model_fields_set
        if self.dsn and given:
            words = "sslmode, sslrootcert, sslcert, sslkey"
            if self.engine != "postgres":
                words = "?tls=…&tls_ca=…&tls_certificate=…&tls_key=…"
            raise ValueError(f"{min(given)} is not for a dsn: write {words} in it")
        sources = [*self._sources(), self.dsn and "password" in _parameters(self.engine, self.dsn)]
        if len([s for s in sources if s]) > 1:
            raise ValueError(
                "more than one of password, password_file, password_env, password_command and a "
                "password in the dsn"
            )
        return self

    @model_validator(mode="after")
    def _no_certificate_in_vain(self) -> Target:
        """libpq makes do with what it is given; a MySQL session would go on unverified."""
        files = {"tls_ca", "tls_certificate", "tls_key"} & self.model_fields_set
        if files and self.engine != "postgres" and self.tls in ("prefer", "disable"):
            raise ValueError(
                f"{min(files)} is not used with tls = {self.tls}: set tls to verify-full, "
                "verify-ca or require"
            )
        return self

    def _sources(self) -> tuple[object, ...]:
        return (self.password, self.password_file, self.password_env, self.password_command)

    @property
    def command(self) -> tuple[str, ...]:
        return tuple(shlex.split(self.password_command or ""))


class Config(Section):
    agent: Agent = Agent()
    targets: list[Target] = Field(min_length=1)
    collectors: dict[str, Seconds] = {}
    rules: dict[str, dict[str, Any]] = {}
    mute: dict[str, list[str]] = {}

    @model_validator(mode="after")
    def _known(self) -> Config:
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


def _check_interval(id: str, every: float, ids: list[str]) -> None:
    if id not in ids:
        raise ValueError(f"collectors.{id}: no such collector{near(id, ids)}")
    if id.endswith(".session_samples"):
        raise ValueError(f"collectors.{id}: set agent.sample_every instead")
    if every < _LEAST_SECONDS:
        raise ValueError(f"collectors.{id} = {every:g} s: needs at least 100ms")


def _parameters(engine: str, dsn: str) -> Mapping[str, object]:
    if engine != "postgres":
        return options_of(dsn)
    try:
        return conninfo_to_dict(dsn)
    except psycopg.Error:
        # libpq quotes the whole text, password included.
        raise ValueError("dsn is not a valid postgresql:// URL or key=value text") from None


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
    sections: dict[str, type[BaseModel]] = {"agent": Agent, "targets": Target}
    if "basic_auth" in loc[:-1]:
        return list(BasicAuth.model_fields)
    return list(
        sections.get(str(loc[0]), Config).model_fields if len(loc) > 1 else Config.model_fields
    )
