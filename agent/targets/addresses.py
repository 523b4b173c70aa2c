"""From a target of the configuration to what its driver takes."""

from __future__ import annotations

import os
from typing import Any

from agent.config import Target
from agent.targets.mysql_address import MysqlAddress, options_of
from agent.targets.postgres_connect import PostgresAddress
from agent.targets.secrets import PasswordSource
from agent.targets.session import Address
from collectors.session import SessionError


def address_of(target: Target) -> Address:
    """SessionError where a DSN is not valid; passwords stay in their source until connect."""
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
    return None


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
