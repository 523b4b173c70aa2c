"""The least a role of IAM needs for dbtriage to read: a policy to paste."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from collectors.rds.needs import Action

# Of the commands under `dbtriage aws`.
COMMANDS = (
    Action("rds:DescribeReservedDBInstancesOfferings", optional=True),
    Action("pricing:GetProducts", optional=True),
)
_RESOURCES = {
    "pi": ("PerformanceInsights", "arn:aws:pi:*:*:metrics/rds/*"),
    "logs": ("EnhancedMonitoring", "arn:aws:logs:*:*:log-group:RDSOSMetrics:*"),
}
_ANY = ("Inventory", "*")


def policy(actions: Iterable[Action], *, user: str = "", secret: str = "") -> str:
    """JSON. `user` may log in with a token of IAM, `secret` is the ARN of one that is read."""
    by_statement: dict[tuple[str, str], set[str]] = {}
    for action in (*actions, *COMMANDS):
        where = _RESOURCES.get(action.name.partition(":")[0], _ANY)
        by_statement.setdefault(where, set()).add(action.name)
    statements = [_allow(sid, sorted(names), on) for (sid, on), names in by_statement.items()]
    if user:
        arn = f"arn:aws:rds-db:*:*:dbuser:*/{user}"
        statements.append(_allow("LogIn", ["rds-db:connect"], arn))
    if secret:
        statements.append(_allow("Password", ["secretsmanager:GetSecretValue"], secret))
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2) + "\n"


def _allow(sid: str, names: list[str], resource: str) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": names, "Resource": resource}
