"""Instances of RDS and Aurora that a [[discover.rds]] finds, as targets."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from agent.config_aws import DiscoverRds
from agent.config_target import Target
from agent.targets.aws import AwsInstance
from collectors.rds.instance import FRESH_SECONDS, tags_of
from collectors.session import SessionError

# Before they answer, and after they will not any more.
_NOT_YET = frozenset({"creating", "deleting", "deleted"})
_ENGINES = (("postgres", "postgres"), ("mariadb", "mariadb"), ("mysql", "mysql"))
_OF_A_CONNECTION = (
    *("user", "iam", "password_secret", "password_file", "password_env", "tls", "tls_ca"),
)


def found(wanted: DiscoverRds, fresh_seconds: float) -> tuple[Target, ...]:
    """In the order of their names; SessionError where AWS cannot be asked."""
    from agent.targets.aws_access import Access  # noqa: PLC0415  boto3 only where it is used
    from agent.targets.aws_account import account_of  # noqa: PLC0415

    access = Access(wanted.region, wanted.profile, wanted.role_arn, wanted.external_id)
    session = AwsInstance(account_of(access), "discover", "", {})
    fleet = session.pages(
        "rds", "describe_db_instances", "DBInstances", fresh_seconds=fresh_seconds
    )
    return chosen(wanted, fleet)


def chosen(wanted: DiscoverRds, instances: Iterable[Mapping[str, Any]]) -> tuple[Target, ...]:
    """Of the members of DescribeDBInstances; other engines than ours are left out."""
    targets = [
        target_of(wanted, instance)
        for instance in instances
        if _engine(instance) and _fits(wanted, instance)
    ]
    return tuple(sorted(targets, key=lambda t: t.name))


def target_of(wanted: DiscoverRds, instance: Mapping[str, Any]) -> Target:
    """Named as the instance; connected to where `wanted` says as whom."""
    name = instance["DBInstanceIdentifier"]
    account = wanted.model_dump(include={"region", "profile", "role_arn", "external_id"})
    given: dict[str, Any] = {
        "name": name,
        "aws": {"instance": name, **account},
        "labels": wanted.labels,
    }
    endpoint = instance.get("Endpoint", {})
    if wanted.user is None or "Address" not in endpoint:
        return Target.model_validate(given)
    given |= {"host": endpoint["Address"], "port": endpoint["Port"], "engine": _engine(instance)}
    given |= {n: v for n in _OF_A_CONNECTION if (v := getattr(wanted, n)) is not None}
    if given["engine"] == "postgres" and wanted.database:
        given["database"] = wanted.database
    return Target.model_validate(given)


def example(engine: str) -> Mapping[str, Any]:
    """An instance as DescribeDBInstances would tell of it."""
    endpoint = {"Address": "example.rds.amazonaws.com", "Port": 5432}
    return {"DBInstanceIdentifier": "example", "Engine": engine, "Endpoint": endpoint}


def _fits(wanted: DiscoverRds, instance: Mapping[str, Any]) -> bool:
    """Every kind of condition that is given must hold."""
    name, tags = instance["DBInstanceIdentifier"], dict(tags_of(instance))
    if instance.get("DBInstanceStatus") in _NOT_YET or _matches(name, wanted.exclude):
        return False
    return (
        (not wanted.names or _matches(name, wanted.names))
        and (not wanted.clusters or _matches(_cluster(instance), wanted.clusters))
        and all(t in tags and fnmatch.fnmatchcase(tags[t], v) for t, v in wanted.tags.items())
    )


def _cluster(instance: Mapping[str, Any]) -> str:
    return str(instance.get("DBClusterIdentifier", ""))


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(name and fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _engine(instance: Mapping[str, Any]) -> str:
    """Ours for AWS's name; empty for Oracle, SQL Server, Db2 and others."""
    named = str(instance["Engine"])
    if not re.fullmatch(r"aurora|aurora-\w+|postgres|mysql|mariadb", named):
        return ""
    return next((ours for part, ours in _ENGINES if part in named), "mysql")


class Discovery:
    """What each search found last: an answer that fails makes no target go."""

    def __init__(
        self, searches: Sequence[DiscoverRds], fresh_seconds: float = FRESH_SECONDS
    ) -> None:
        """`fresh_seconds`: what AWS said in that time is not asked again."""
        self._searches = searches
        self._fresh_seconds = fresh_seconds
        self._found: list[tuple[Target, ...]] = [() for _ in searches]
        self._answered = [False for _ in searches]
        self.errors: tuple[str, ...] = ()
        self.looked = False

    @property
    def complete(self) -> bool:
        """Each search was answered at least once."""
        return all(self._answered)

    def look(self) -> tuple[Target, ...]:
        """All that is found, once each; the first search that finds an instance has it."""
        errors = []
        for at, wanted in enumerate(self._searches):
            try:
                self._found[at] = found(wanted, self._fresh_seconds)
                self._answered[at] = True
            except SessionError as error:
                errors.append(f"discover.rds in {wanted.region}: {error}")
        self.errors, self.looked = tuple(errors), True
        return distinct(t for part in self._found for t in part)


def distinct(targets: Iterable[Target]) -> tuple[Target, ...]:
    """Each instance once, the first that names it; another one of the same name gets its region."""
    seen, by_name = set(), dict[str, Target]()
    for target in targets:
        if target.aws:
            instance = tuple(target.aws.model_dump().values())
            if instance in seen:
                continue
            seen.add(instance)
            if target.name in by_name:
                name = f"{target.name}.{target.aws.region}"
                target = target.model_copy(update={"name": name})  # noqa: PLW2901
        by_name.setdefault(target.name, target)
    return tuple(by_name.values())
