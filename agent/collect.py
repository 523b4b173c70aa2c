"""Ask one session one collector; a failure costs one answer, never the round."""

from __future__ import annotations

import logging
from typing import Any

from collectors.base import Collector, Right
from collectors.outcomes import Outcome, fault
from collectors.session import (
    ConnectionLost,
    NotOffered,
    PermissionDenied,
    QueryTimeout,
    Session,
    SessionError,
)
from collectors.snapshot import Snapshot

log = logging.getLogger(__name__)


def ask(
    collector: Collector[Any, Any], session: Session, *, said: str = ""
) -> tuple[Outcome, Snapshot[Any] | None]:
    """Every collector asked ends in one outcome; only a lost connection is raised.

    `said` is the reason given last time: the same one is not logged again.
    """
    outcome, answer = _ask(collector, session)
    if outcome.ended != "answered" and outcome.reason != said:
        level = logging.WARNING if outcome.ended == "failed" else logging.INFO
        name, said = session.server.name, outcome.reason
        log.log(level, "%s: %s %s: %s", name, collector.id, outcome.ended, said)
    return outcome, answer


def _ask(collector: Collector[Any, Any], session: Session) -> tuple[Outcome, Snapshot[Any] | None]:
    server = session.server
    if unmet := [(need, why) for need in collector.needs if (why := need.unmet(server))]:
        lacks_grant = all(isinstance(need, Right) for need, _ in unmet)
        return Outcome(collector.id, "skipped", "; ".join(w for _, w in unmet), lacks_grant), None
    try:
        answer = collector(session)
    except ConnectionLost:
        raise
    except (PermissionDenied, NotOffered) as error:
        refused = isinstance(error, PermissionDenied)
        return Outcome(collector.id, "skipped", str(error), privilege=refused), None
    except QueryTimeout as error:
        return Outcome(collector.id, "failed", f"out of time: {error}"), None
    except SessionError as error:
        return Outcome(collector.id, "failed", str(error)), None
    except Exception as error:  # noqa: BLE001  the one boundary between a collector's fault and us
        return Outcome(collector.id, "failed", fault(error)), None
    return Outcome(collector.id, "answered", "; ".join(answer.gaps)), answer
