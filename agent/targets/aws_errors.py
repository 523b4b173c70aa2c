"""botocore's errors as the session's: what AWS refused and what helps, without any secret."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    ReadTimeoutError,
)
from botocore.parsers import ResponseParserError

from collectors.session import ConnectionLost, NotOffered, PermissionDenied, SessionError

# What AWS's codes mean to us; the services do not agree on their names.
_CODES = {
    "denied": """
        AccessDenied AccessDeniedException UnauthorizedOperation NotAuthorizedException
        AuthorizationError AuthorizationErrorException
    """,
    "expired": "ExpiredToken ExpiredTokenException TokenRefreshRequired",
    "unknown": """
        InvalidClientTokenId UnrecognizedClientException AuthFailure SignatureDoesNotMatch
        IncompleteSignature InvalidSignatureException InvalidAccessKeyId OptInRequired
    """,
    "skewed": "RequestExpired RequestTimeTooSkewed RequestInTheFuture",
    "throttled": """
        Throttling ThrottlingException ThrottledException RequestLimitExceeded SlowDown
        TooManyRequestsException RequestThrottled RequestThrottledException
        ProvisionedThroughputExceededException LimitExceededException
    """,
    "not offered": """
        InvalidAction UnknownOperation UnknownOperationException UnsupportedOperation
        ResourceNotFoundException DBInstanceNotFound DBInstanceNotFoundFault
        DBClusterNotFoundFault DBProxyNotFoundFault DBProxyTargetGroupNotFoundFault 404
    """,
}
_MEANING = {code: meaning for meaning, codes in _CODES.items() for code in codes.split()}
_SKEW_WORDS = ("signature expired", "not yet current", "clock skew")
_MOST_CHARACTERS = 200
_OF_CREDENTIALS = ("Credential", "Token", "SSO")


class Unreachable(SessionError):
    """Nobody answers at the endpoint of one service."""


@contextlib.contextmanager
def errors(service: str, operation: str) -> Iterator[None]:
    """`operation` as IAM writes it: ``DescribeDBInstances``."""
    asked = f"{service}:{operation}"
    try:
        yield
    except ClientError as error:
        # The role is assumed on the way to what was asked.
        on_the_way = error.operation_name == "AssumeRole"
        raise _of_service("sts:AssumeRole" if on_the_way else asked, error) from None
    except ResponseParserError:
        raise NotOffered(f"{asked}: what answers is not this service") from None
    except BotoCoreError as error:
        raise _on_the_way(asked, error) from None


def _on_the_way(asked: str, error: BotoCoreError) -> SessionError:
    """What kept a request from being sent, or an answer from coming."""
    match error:
        case NoCredentialsError() | PartialCredentialsError():
            why = "there are none" if isinstance(error, NoCredentialsError) else "a part is missing"
            return ConnectionLost(
                f"AWS credentials: {why}; set AWS_PROFILE or AWS_ACCESS_KEY_ID, or give the "
                "machine a role"
            )
        case ProfileNotFound():
            return ConnectionLost(f"AWS credentials: {error}")
        case ReadTimeoutError():
            return Unreachable(f"{asked}: no answer in time")
        case EndpointConnectionError() | ConnectTimeoutError() | HTTPClientError():
            where = error.kwargs.get("endpoint_url", "its endpoint")
            return Unreachable(
                f"{asked}: {where} cannot be reached; is the region right, and the network open?"
            )
    name = type(error).__name__
    if any(word in name for word in _OF_CREDENTIALS):
        return ConnectionLost(f"AWS credentials: {name}; renew them, as with aws sso login")
    return SessionError(f"{asked}: {name}")


def _of_service(asked: str, error: ClientError) -> SessionError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    said = _sentence(asked, error)
    match _meaning(code, error):
        case "skewed":
            words = "the clock of this machine is too far from AWS's; set it by NTP"
            return ConnectionLost(f"{asked}: {words}")
        case "expired":
            return ConnectionLost(f"{asked}: the AWS credentials have expired; renew them")
        case "unknown":
            # The sentence may quote what was signed.
            return ConnectionLost(f"{asked}: AWS does not accept the credentials ({code})")
        case "denied":
            return PermissionDenied(f"needs the IAM action {asked}; AWS denies it; {_help(asked)}")
        case "not offered":
            return NotOffered(f"{asked}: {said or code}")
        case "throttled":
            said = "AWS throttles it; asked again at the next turn"
    return SessionError(f"{asked}: {code}: {said}".rstrip(": "))


def _meaning(code: str, error: ClientError) -> str:
    said = str(error.response.get("Error", {}).get("Message", "")).lower()
    skewed = any(words in said for words in _SKEW_WORDS)
    return "skewed" if skewed else _MEANING.get(code, "")


def _sentence(asked: str, error: ClientError) -> str:
    """On one line and not too long; nothing of Performance Insights, which may quote statements."""
    if asked.startswith("pi:"):
        return ""
    said = " ".join(str(error.response.get("Error", {}).get("Message") or "").split())
    return said if len(said) <= _MOST_CHARACTERS else said[: _MOST_CHARACTERS - 1] + "…"


def _help(asked: str) -> str:
    if asked == "sts:AssumeRole":
        return "allow it on role_arn, and name this identity in the role's trust policy"
    return "run dbtriage grants aws for the policy"
