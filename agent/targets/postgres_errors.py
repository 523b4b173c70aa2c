"""psycopg's errors as the session's, in words that help and hold no secret."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from collectors.session import ConnectionLost, PermissionDenied, QueryTimeout, SessionError

# Connection exceptions, an operator's intervention, a role or database that is refused.
_LOST = ("08", "57", "28", "3D")


@contextmanager
def errors(password: str | None = None) -> Iterator[None]:
    """psycopg's errors as ours: the server's own sentence, without statement, DSN or password."""
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        raise PermissionDenied(_said(error)) from None
    except (psycopg.errors.QueryCanceled, psycopg.errors.LockNotAvailable) as error:
        raise QueryTimeout(_said(error)) from None
    except psycopg.OperationalError as error:
        # psycopg also calls a full disk or a missing library operational: the connection lives.
        if error.sqlstate and not error.sqlstate.startswith(_LOST):
            raise SessionError(_said(error)) from None
        said = error.diag.message_primary or str(error)
        raise ConnectionLost(_plain(said, password)) from None
    except psycopg.Error as error:
        raise SessionError(_said(error)) from None


def _said(error: psycopg.Error) -> str:
    return error.diag.message_primary or type(error).__name__


def _plain(text: str, password: str | None) -> str:
    """libpq's connection errors on one line; a pooler's refusal in words that help."""
    text = " ".join(text.split())
    if password:
        text = text.replace(password, "…")
    if "unsupported startup parameter" in text:
        text += ": a pooler such as PgBouncer is in between; needs a direct connection"
    return text
