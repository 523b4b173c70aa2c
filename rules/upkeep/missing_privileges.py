"""Questions that dbtriage may not ask."""

from __future__ import annotations

import re
from collections.abc import Iterator

from collectors.mysql.needs import account
from collectors.outcomes import Outcomes
from collectors.session import Server
from rules.base import SQL, Confidence, Finding, Remedy, Severity, Subject, rule
from rules.wording import quoted

_GRANT = re.compile(r"\brun (GRANT [^;\n]+)")


@rule(
    title="Privileges are missing",
    severity=Severity.LOW,
    confidence=Confidence.VALIDATED,
    engines=SQL,
    see=(
        "https://www.postgresql.org/docs/current/predefined-roles.html",
        "https://dev.mysql.com/doc/refman/8.4/en/privileges-provided.html",
        "https://mariadb.com/kb/en/grant/",
    ),
)
def missing_privileges(outcomes: Outcomes, server: Server) -> Iterator[Finding]:
    """The role that dbtriage connects with lacks a grant, so some questions go unanswered.

    Why it matters
        Rules that need these answers are not evaluated. Their silence means nothing.

    What to do
        Run the grants as a superuser or, on RDS, as the master user. They let the role read
        statistics of all sessions; they let it change nothing.

    When to ignore
        When policy forbids it: the report then keeps saying what it could not see.
    """
    lacking = [o for o in outcomes.rows if o.privilege or _GRANT.search(o.reason)]
    if not lacking:
        return
    named = dict.fromkeys(g.strip() for o in lacking for g in _GRANT.findall(o.reason))
    grants = tuple(f"{g};" for g in named) or (_usual(server),)
    yield Finding(
        subject=Subject("role", server.user),
        summary=f"{_kind(server)} {server.user} may not answer {len(lacking)} of "
        f"{len(outcomes.rows)} questions in full.",
        evidence={"collectors": ", ".join(o.id for o in lacking), "reason": lacking[0].reason},
        remedy=Remedy(
            text="Grant what is missing; dbtriage asks again in the next round.",
            statements=grants,
            risk=f"No lock, milliseconds. The {_kind(server).lower()} can then read statistics, "
            "settings and statement texts of all users.",
            verify="At once dbtriage doctor says that every need is met.",
            rollback=" ".join(_revoke(grant) for grant in grants),
        ),
    )


def _kind(server: Server) -> str:
    return "Role" if server.engine == "postgres" else "Account"


def _usual(server: Server) -> str:
    if server.engine == "postgres":
        return f"GRANT pg_monitor TO {quoted(server.user)};"
    follows = "SLAVE MONITOR" if server.engine == "mariadb" else "REPLICATION CLIENT"
    return f"GRANT PROCESS, {follows} ON *.* TO {account(server.user)};"


def _revoke(grant: str) -> str:
    return grant.replace("GRANT ", "REVOKE ", 1).replace(" TO ", " FROM ", 1)
