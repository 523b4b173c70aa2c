"""Passwords that AWS gives: a token of IAM for one login, or a secret of Secrets Manager."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from collectors.session import SessionError

if TYPE_CHECKING:
    from agent.targets.aws_access import Access


def token(access: Access, host: str, port: int, user: str) -> str:
    """Good for fifteen minutes and for logging in only; made here, without a call to AWS."""
    from agent.targets.aws_account import account_of  # noqa: PLC0415  boto3 only where it is used

    return account_of(access).token(host, port, user)


def secret(access: Access, name: str) -> str:
    """The password in a secret, by name or ARN: the JSON that RDS writes, or plain text."""
    from agent.targets.aws_account import account_of  # noqa: PLC0415  boto3 only where it is used

    given = {"SecretId": name}
    found = account_of(access).call("secretsmanager", "get_secret_value", 0, given)
    return password_in(found.get("SecretString"), name)


def password_in(text: str | None, name: str) -> str:
    """SessionError names the secret, never what it holds."""
    if not text:
        raise SessionError(f"secret {name} holds no text")
    if not text.lstrip().startswith("{"):
        return text
    try:
        held = json.loads(text)
    except ValueError:
        raise SessionError(f"secret {name} is neither JSON nor plain text") from None
    if not isinstance(password := held.get("password"), str) or not password:
        raise SessionError(f'secret {name} has no "password" in its JSON')
    return password
