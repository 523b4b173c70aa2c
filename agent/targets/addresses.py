"""From a target of the configuration to what its driver takes."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from agent.config_target import Target
from agent.targets.aws import AwsAddress
from agent.targets.mysql_address import MysqlAddress, options_of
from agent.targets.postgres_connect import PostgresAddress
from agent.targets.secrets import PasswordSource
from agent.targets.session import Address
from collectors.session import SessionError

if TYPE_CHECKING:
    from agent.targets.aws_access import Access


def address_of(target: Target) -> Address | None:
    """None where only AWS is asked; SessionError where a DSN is not valid.

    Passwords stay in their source until connect.
    """
    if target.engine == "rds":
        return None
    return _of_postgres(target) if target.engine == "postgres" else _of_mysql(target)


def _of_postgres(target: Target) -> PostgresAddress:
    if target.dsn:
        base = PostgresAddress.of_dsn(target.name, target.dsn)
        parameters, password = dict(base.parameters), base.password
    else:
        parameters, password = _given(target), PasswordSource(plain=target.password)
    password = _source(target) or password
    return PostgresAddress(target.name, parameters, password, target.memory, target.cpus)


def _of_mysql(target: Target) -> MysqlAddress:
    try:
        given = options_of(target.dsn) if target.dsn else _mysql_given(target)
    except ValueError as error:
        raise SessionError(str(error)) from None
    # What the mysql client itself reads.
    plain = given.pop("password", target.password) or os.environ.get("MYSQL_PWD")
    return MysqlAddress(
        name=target.name,
        password=_source(target) or PasswordSource(plain=plain),
        memory_bytes=target.memory,
        cpus=target.cpus,
        **{"engine": target.engine, **given},
    )


def _source(target: Target) -> PasswordSource | None:
    if any((target.password_file, target.password_env, target.command)):
        return PasswordSource(None, target.password_file, target.password_env, target.command)
    return PasswordSource(ask=_of_aws(target)) if target.iam or target.password_secret else None


def _of_aws(target: Target) -> Callable[[], str]:
    def ask() -> str:
        from agent.targets import aws_secrets  # noqa: PLC0415  boto3 only where it is used

        if target.password_secret:
            return aws_secrets.secret(_access(target), target.password_secret)
        port = target.port or (5432 if target.engine == "postgres" else 3306)
        return aws_secrets.token(_access(target), str(target.host), port, str(target.user))

    return ask


def _access(target: Target) -> Access:
    from agent.targets.aws_access import Access  # noqa: PLC0415  boto3 only where it is used

    if (given := target.aws) is None:
        raise SessionError("needs [targets.aws] with instance and region")
    return Access(given.region, given.profile, given.role_arn, given.external_id)


def aws_address_of(target: Target) -> AwsAddress | None:
    """None where AWS is not asked about this target."""
    if (given := target.aws) is None:
        return None
    return AwsAddress(
        name=target.name,
        instance=given.instance,
        region=given.region,
        profile=given.profile,
        role_arn=given.role_arn,
        external_id=given.external_id,
    )


def _mysql_given(target: Target) -> dict[str, Any]:
    given = {
        "host": target.host,
        "port": target.port,
        "user": target.user,
        "tls": target.tls,
        "tls_ca": target.tls_ca and str(target.tls_ca),
        "tls_certificate": target.tls_certificate and str(target.tls_certificate),
        "tls_key": target.tls_key and str(target.tls_key),
    }
    return {name: value for name, value in given.items() if value is not None}


def _given(target: Target) -> dict[str, str]:
    given = {
        "host": target.host,
        "port": target.port,
        "user": target.user,
        "dbname": target.database or "postgres",
        "sslmode": target.tls,
        "sslrootcert": target.tls_ca,
        "sslcert": target.tls_certificate,
        "sslkey": target.tls_key,
    }
    return {name: str(value) for name, value in given.items() if value is not None}
