"""From a target of the configuration to what its driver takes."""

from __future__ import annotations

from agent.config import Target
from agent.targets.postgres_connect import Address
from agent.targets.secrets import PasswordSource


def address_of(target: Target) -> Address:
    """SessionError where a DSN is not valid; passwords stay in their source until connect."""
    if target.dsn:
        base = Address.of_dsn(target.name, target.dsn)
        parameters, password = dict(base.parameters), base.password
    else:
        parameters, password = _given(target), PasswordSource(plain=target.password)
    if any((target.password_file, target.password_env, target.command)):
        password = PasswordSource(None, target.password_file, target.password_env, target.command)
    return Address(target.name, parameters, password, target.memory, target.cpus)


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
