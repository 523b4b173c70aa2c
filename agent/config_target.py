"""What config.toml may say about one server that is watched."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Annotated, Literal

import psycopg
from psycopg.conninfo import conninfo_to_dict
from pydantic import AfterValidator, Field, model_validator

from agent.config_aws import Section, TargetAws
from agent.config_values import Bytes, File, command_line, label
from agent.targets.mysql_address import Tls, options_of


class Target(Section):
    name: str = Field(min_length=1, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    engine: Literal["postgres", "mysql", "mariadb", "rds"] = "postgres"
    dsn: str | None = Field(default=None, repr=False)
    host: str | None = None
    port: int | None = Field(default=None, ge=1, le=65535)
    user: str | None = None
    database: str | None = None
    password: str | None = Field(default=None, repr=False)
    password_file: File | None = None
    password_env: str | None = None
    password_command: Annotated[str, AfterValidator(command_line)] | None = None
    iam: bool = False
    password_secret: str | None = None
    tls: Tls = "prefer"
    tls_ca: File | None = None
    tls_certificate: File | None = None
    tls_key: File | None = None
    databases: Literal["all"] | list[str] = "all"
    exclude_databases: list[str] = []
    labels: dict[Annotated[str, AfterValidator(label)], str] = {}
    memory: Bytes | None = None
    cpus: int | None = Field(default=None, ge=1)
    aws: TargetAws | None = None

    @model_validator(mode="before")
    @classmethod
    def _engine_told_otherwise(cls, given: object) -> object:
        """A DSN says which engine it is of; with nothing but an instance only AWS is asked."""
        if not isinstance(given, dict):
            return given
        if isinstance(dsn := given.get("dsn"), str):
            scheme = dsn.partition("://")[0]
            if scheme in ("mysql", "mariadb"):
                return {"engine": scheme, **given}
        elif "aws" in given and "host" not in given:
            return {"engine": "rds", **given}
        return given

    @model_validator(mode="after")
    def _one_way_in(self) -> Target:
        if self.dsn and (self.host or self.port or self.user or self.database):
            raise ValueError(
                "dsn already holds host, port, user and database: give one or the other"
            )
        if self.engine == "rds":
            return self._without_sql()
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
                "more than one of password, password_file, password_env, password_command, "
                "password_secret, iam and a password in the dsn"
            )
        return self

    def _without_sql(self) -> Target:
        if self.aws is None:
            raise ValueError("engine rds needs [targets.aws] with instance and region")
        if self.host or self.dsn:
            raise ValueError("engine rds asks AWS only: for a connection too, name its engine")
        if self.user or any(self._sources()):
            raise ValueError("user and password are for a connection: needs host and engine too")
        return self

    @model_validator(mode="after")
    def _password_of_aws(self) -> Target:
        """Whoever reads a token along the way can log in with it."""
        if self.iam and (self.tls not in ("verify-full", "verify-ca") or not self.tls_ca):
            raise ValueError(
                'iam needs tls = "verify-full" and tls_ca with the certificates of RDS: '
                "https://truststore.pki.rds.amazonaws.com/global/global-bundle.pem"
            )
        if (self.iam or self.password_secret) and self.aws is None:
            raise ValueError("iam and password_secret need [targets.aws] with instance and region")
        if self.iam and not (self.host and self.user):
            raise ValueError("iam needs host (the endpoint's own name) and user")
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
        own = (self.password, self.password_file, self.password_env, self.password_command)
        return (*own, self.password_secret, self.iam)

    @property
    def command(self) -> tuple[str, ...]:
        return tuple(shlex.split(self.password_command or ""))


def _parameters(engine: str, dsn: str) -> Mapping[str, object]:
    if engine != "postgres":
        return options_of(dsn)
    try:
        return conninfo_to_dict(dsn)
    except psycopg.Error:
        # libpq quotes the whole text, password included.
        raise ValueError("dsn is not a valid postgresql:// URL or key=value text") from None
