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
    except (NoCredentialsError, PartialCredentialsError) as error:
        why = "there are none" if isinstance(error, NoCredentialsError) else "a part is missing"
        raise ConnectionLost(
            f"AWS credentials: {why}; set AWS_PROFILE or AWS_ACCESS_KEY_ID, or give the machine "
            "a role"
        ) from None
    except ProfileNotFound as error:
        raise ConnectionLost(f"AWS credentials: {error}") from None
    except ReadTimeoutError:
        raise SessionError(f"{asked}: no answer in time; asked again at the next turn") from None
    except (EndpointConnectionError, ConnectTimeoutError, HTTPClientError) as error:
        where = error.kwargs.get("endpoint_url", "its endpoint")
        raise ConnectionLost(
            f"{asked}: {where} cannot be reached; is the region right, and the network open?"
        ) from None
    except ResponseParserError:
        raise NotOffered(f"{asked}: what answers is not this service") from None
    except BotoCoreError as error:
        raise ConnectionLost(f"{asked}: {type(error).__name__}") from None


def _of_service(asked: str, error: ClientError) -> SessionError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    said = " ".join(str(error.response.get("Error", {}).get("Message", "")).split())
    if len(said) > _MOST_CHARACTERS:
        said = said[: _MOST_CHARACTERS - 1] + "…"
    meaning = _MEANING.get(code, "")
    if meaning == "skewed" or any(words in said.lower() for words in _SKEW_WORDS):
        words = f"{asked}: the clock of this machine is too far from AWS's; set it by NTP"
        return ConnectionLost(words)
    match meaning:
        case "expired":
            return ConnectionLost(f"{asked}: the AWS credentials have expired; renew them")
        case "unknown":
            # The sentence may quote what was signed.
            return ConnectionLost(f"{asked}: AWS does not accept the credentials ({code})")
        case "denied":
            return PermissionDenied(
                f"needs the IAM action {asked}; AWS denies it; run dbtriage grants aws for the "
                "policy"
            )
        case "throttled":
            said = f"AWS throttles it ({code}); asked again at the next turn"
        case "not offered":
            return NotOffered(f"{asked}: {said or code}")
    return SessionError(f"{asked}: {said}" if meaning else f"{asked}: {code}: {said}".rstrip(": "))
