"""Calls to AWS: counted, estimated in money, and held under a budget."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable

from collectors.session import SessionError
from exporters.prometheus.aws import CallTotals

# About, in US dollars, as found in November 2026; AWS does not promise them here.
METRIC_DOLLARS = 0.01 / 1000  # a series asked of GetMetricData
INSIGHTS_DOLLARS = 0.01 / 1000  # a call of Performance Insights beyond the free million a month
SECRET_DOLLARS = 0.05 / 10_000
_FREE_INSIGHTS_A_SECOND = 1_000_000 / (30 * 86_400)
_MINUTE_SECONDS = 60.0
# A fleet that is asked for the first time takes minutes.
_PATIENCE_SECONDS = 300.0


class OverBudget(SessionError): ...


class Calls:
    """All calls of the process, those that botocore makes again after a failure included.

    `per_minute` is the most that are made in any minute; what comes beyond it waits.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.per_minute = 1000
        self.made: Counter[tuple[str, str, str]] = Counter()
        self.retried: Counter[tuple[str, str]] = Counter()
        self.refused = 0
        self._dollars = 0.0
        self._insights = 0
        self._recent: deque[float] = deque()
        self._clock = clock
        self._sleep = sleep
        self._since = clock()
        self._lock = threading.Lock()

    def spend(self, region: str, service: str, operation: str) -> None:
        """One call is about to be made: wait for its turn; OverBudget if that would be too long."""
        waited = 0.0
        while (seconds := self._turn(region, service, operation)) > 0:
            if waited + seconds > _PATIENCE_SECONDS:
                self._refuse()
            self._sleep(seconds)
            waited += seconds

    def _turn(self, region: str, service: str, operation: str) -> float:
        """0 where the call was counted, else how long no other may be made."""
        with self._lock:
            now = self._clock()
            while self._recent and self._recent[0] <= now - _MINUTE_SECONDS:
                self._recent.popleft()
            # Whoever logs in with a password holds up a database, not AWS.
            if len(self._recent) >= self.per_minute and service not in ("secretsmanager", "sts"):
                return self._recent[0] + _MINUTE_SECONDS - now
            self._recent.append(now)
            self.made[region, service, operation] += 1
            self._insights += service == "pi"
            self._dollars += SECRET_DOLLARS if service == "secretsmanager" else 0.0
            return 0.0

    def _refuse(self) -> None:
        with self._lock:
            self.refused += 1
        raise OverBudget(
            f"the budget of {self.per_minute} calls to AWS a minute is used up "
            "([aws] calls_per_minute); asked again at the next turn"
        )

    def asked_for_series(self, count: int) -> None:
        """GetMetricData is paid by series, not by call."""
        with self._lock:
            self._dollars += count * METRIC_DOLLARS

    def was_retried(self, region: str, service: str) -> None:
        with self._lock:
            self.retried[region, service] += 1

    def total(self) -> CallTotals:
        """List prices, without any free tier but the million calls a month of Performance
        Insights, taken evenly."""
        with self._lock:
            free = (self._clock() - self._since) * _FREE_INSIGHTS_A_SECOND
            dollars = self._dollars + max(self._insights - free, 0.0) * INSIGHTS_DOLLARS
            return CallTotals(dict(self.made), dict(self.retried), self.refused, dollars)


CALLS = Calls()
