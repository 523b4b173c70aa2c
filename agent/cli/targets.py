"""From the options of a command to the configuration it works on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from agent.config import Config, ConfigError, checked, load
from agent.failure import Failure

ConfigOption = Annotated[
    Path | None, typer.Option("--config", "-c", help="Configuration file; see config.example.toml.")
]
DsnOption = Annotated[
    str | None,
    typer.Option(
        help="One server instead of a file: postgresql://user@host:port/database, "
        "mysql://user@host:port or mariadb://user@host:port. "
        "Put the password in PGPASSWORD, ~/.pgpass or MYSQL_PWD rather than here."
    ),
]
TargetOption = Annotated[
    list[str] | None, typer.Option("--target", "-t", help="Only this target of the file; repeat.")
]

_SCHEMES = ("postgresql", "postgres", "mysql", "mariadb")


def configured(path: Path | None, dsn: str | None) -> Config:
    """The configuration asked for; Failure says what is wrong with it."""
    if (path is None) == (dsn is None):
        raise Failure("give either --config FILE or --dsn URL")
    return _of_dsn(dsn) if dsn else _of_file(path)


def chosen(path: Path | None, dsn: str | None, names: Sequence[str] = ()) -> Config:
    """The same with the instances that its [[discover.rds]] finds now; of these `names`, if any."""
    config = _with_found(configured(path, dsn))
    if unknown := [n for n in names if n not in {t.name for t in config.targets}]:
        known = ", ".join(t.name for t in config.targets)
        raise Failure(f"no target named {unknown[0]}; the file has {known}")
    kept = [t for t in config.targets if not names or t.name in names]
    return config.model_copy(update={"targets": kept})


def _with_found(config: Config) -> Config:
    if not config.discover.rds:
        return config
    from agent.discover_rds import Discovery, distinct

    discovery = Discovery(config.discover.rds)
    targets = list(distinct([*config.targets, *discovery.look()]))
    if not targets:
        raise Failure("\n".join(discovery.errors) or "discover.rds finds no instance", code=3)
    for error in discovery.errors:
        typer.echo(f"dbtriage: {error}", err=True)
    return config.model_copy(update={"targets": targets})


def _of_file(path: Path | None) -> Config:
    try:
        return load(path or Path("config.toml"))
    except ConfigError as error:
        raise Failure(str(error)) from None


def _of_dsn(dsn: str) -> Config:
    scheme = dsn.partition("://")[0] if "://" in dsn else "postgresql"
    if scheme not in _SCHEMES:
        allowed = ", ".join(f"{s}://" for s in _SCHEMES)
        raise Failure(f"--dsn: {scheme}:// is not supported; allowed: {allowed}")
    try:
        return checked({"targets": [{"name": _name(dsn), "dsn": dsn}]}, "--dsn")
    except ConfigError as error:
        raise Failure(str(error)) from None


def _name(dsn: str) -> str:
    """The host of the DSN: what a reader calls the server."""
    try:
        host = urlsplit(dsn).hostname or "server"
    except ValueError:
        raise Failure("--dsn: not a valid URL") from None
    name = "".join(c if c.isalnum() or c in "._-" else "-" for c in host).strip("-._")
    return name or "server"
