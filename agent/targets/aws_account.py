"""One account and region: its clients, and answers that all its targets share."""

from __future__ import annotations

import json
import math
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3

from agent.targets.aws_access import Access, client, session
from agent.targets.aws_calls import CALLS, Calls
from agent.targets.aws_errors import Unreachable, errors
from agent.targets.aws_metrics import MOST_POINTS, MOST_SERIES, MetricBatch
from collectors.session import ConnectionLost, MetricQuery, Points, SessionError

_MOST_PAGES = 100
_TOKENS = ("Marker", "NextToken", "nextToken")
# The price list of all regions is asked of one of them.
_HOMES = {"pricing": "us-east-1"}
_LEAST_SWEEP = 1000
_REFUSAL_SECONDS = 30.0
_DEAD_SECONDS = 60.0


class _Shared:
    """The answer to one question, or why there is none; its lock lets one thread ask."""

    __slots__ = ("answer", "asked_at", "error", "fresh_seconds", "lock")

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.asked_at = -math.inf
        self.fresh_seconds = 0.0
        self.answer: Any = None
        self.error: SessionError | None = None


class Account:
    """May be used from any thread."""

    def __init__(self, access: Access, calls: Calls = CALLS) -> None:
        self.access = access
        self._calls = calls
        self._lock = threading.Lock()
        self._making = threading.Lock()
        self._session: boto3.Session | None = None
        self._dead: dict[str, tuple[float, str]] = {}
        self._clients: dict[str, Any] = {}
        self._shared: dict[str, _Shared] = {}
        self._batches: dict[tuple[int, int], MetricBatch] = {}

    def call(
        self, service: str, operation: str, fresh_seconds: float, given: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        return self._fresh(  # type: ignore[no-any-return]
            (service, operation), fresh_seconds, given, lambda: self._one(service, operation, given)
        )

    def pages(
        self, service: str, operation: str, of: str, fresh_seconds: float, given: Mapping[str, Any]
    ) -> Sequence[Mapping[str, Any]]:
        return self._fresh(  # type: ignore[no-any-return]
            (service, operation, of),
            fresh_seconds,
            given,
            lambda: self._all(service, operation, of, given),
        )

    def metrics(
        self, queries: Sequence[MetricQuery], period_seconds: int, span_seconds: int
    ) -> Mapping[MetricQuery, Points]:
        with self._lock:
            batch = self._batches.setdefault(
                (period_seconds, span_seconds), self._batch(period_seconds, span_seconds)
            )
        return batch.get(queries)

    def close(self) -> None:
        """Its idle connections, and the credentials it has read."""
        with self._making:
            clients, self._clients = list(self._clients.values()), {}
            self._session = None
        for each in clients:
            each.close()

    def _fresh(
        self, about: tuple[str, ...], fresh_seconds: float, given: Mapping[str, Any], ask: Any
    ) -> Any:
        """The answer of less than `fresh_seconds` ago, else a new one; a refusal is kept too."""
        if not fresh_seconds:
            return ask()
        key = json.dumps([*about, given], sort_keys=True, default=str)
        with self._lock:
            shared = self._shared.setdefault(key, _Shared())
        with shared.lock:
            age = time.monotonic() - shared.asked_at
            if age < fresh_seconds and shared.error is None:
                return shared.answer
            if shared.error is not None and age < min(fresh_seconds, _REFUSAL_SECONDS):
                raise _again(shared.error)
            shared.fresh_seconds = fresh_seconds
            try:
                shared.answer, shared.error = ask(), None
            except SessionError as error:
                shared.answer, shared.error = None, error
                raise
            finally:
                shared.asked_at = time.monotonic()
        self._sweep()
        return shared.answer

    def _sweep(self) -> None:
        """Answers nobody asks for any more are forgotten once there are many."""
        with self._lock:
            if len(self._shared) < _LEAST_SWEEP:
                return
            now = time.monotonic()
            self._shared = {
                key: s
                for key, s in self._shared.items()
                if s.asked_at == -math.inf or now - s.asked_at < 2 * s.fresh_seconds
            }

    def _one(self, service: str, operation: str, given: Mapping[str, Any]) -> Mapping[str, Any]:
        """A service that nobody answers for is left alone for a minute; without rds all ends."""
        self._still_dead(service)
        try:
            client = self._client(service)
            with errors(service, client.meta.method_to_api_mapping[operation]):
                return getattr(client, operation)(**given)  # type: ignore[no-any-return]
        except Unreachable as error:
            self._dead[service] = time.monotonic() + _DEAD_SECONDS, str(error)
            self._still_dead(service)
            raise
        except ConnectionLost:
            self.close()  # new credentials are looked for at the next try
            raise

    def _still_dead(self, service: str) -> None:
        until, why = self._dead.get(service, (0.0, ""))
        if time.monotonic() < until:
            raise (ConnectionLost if service == "rds" else Unreachable)(why)

    def token(self, host: str, port: int, user: str) -> str:
        """A password of IAM; made here, without a call."""
        client = self._client("rds")
        with errors("rds-db", "connect"):
            return str(client.generate_db_auth_token(host, port, user))

    def _all(
        self, service: str, operation: str, of: str, given: Mapping[str, Any]
    ) -> tuple[Mapping[str, Any], ...]:
        found: list[Mapping[str, Any]] = []
        asked = dict(given)
        for _ in range(_MOST_PAGES):
            answer = self._one(service, operation, asked)
            found += answer.get(of) or ()
            token = next((t for t in _TOKENS if answer.get(t)), None)
            if token is None or answer[token] == asked.get(token):
                break
            asked[token] = answer[token]
        return tuple(found)

    def _batch(self, period: int, span: int) -> MetricBatch:
        most = min(MOST_SERIES, MOST_POINTS // (span // period))
        return MetricBatch(lambda queries: self._series(queries, period, span), most)

    def _series(
        self, queries: Sequence[MetricQuery], period: int, span: int
    ) -> Mapping[MetricQuery, Points]:
        end = time.time() // period * period
        self._calls.asked_for_series(len(queries))
        results = self._all(
            "cloudwatch",
            "get_metric_data",
            "MetricDataResults",
            {
                "MetricDataQueries": [_asked(i, q, period) for i, q in enumerate(queries)],
                "StartTime": datetime.fromtimestamp(end - span, UTC),
                "EndTime": datetime.fromtimestamp(end, UTC),
                "ScanBy": "TimestampAscending",
            },
        )
        found: dict[MetricQuery, list[tuple[float, float]]] = {}
        for result in results:
            query = queries[int(result["Id"].removeprefix("m"))]
            told = zip(result.get("Timestamps", ()), result.get("Values", ()), strict=False)
            points = ((at.timestamp(), value) for at, value in told if math.isfinite(value))
            found.setdefault(query, []).extend(points)
        return {query: tuple(sorted(points)) for query, points in found.items()}

    def _client(self, service: str) -> Any:
        if found := self._clients.get(service):
            return found
        with self._making, errors(service, "*"):
            if service == "ec2":
                # Its model takes tens of megabytes: a session of its own is let go with it.
                return client(
                    session(self.access, self._before("sts")), service, self._before(service)
                )
            if service not in self._clients:
                self._clients[service] = self._made(service)
            return self._clients[service]

    def _made(self, service: str, of: boto3.Session | None = None) -> Any:
        if service in _HOMES:
            of = session(replace(self.access, region=_HOMES[service]), self._before("sts"))
        if self._session is None:
            self._session = session(self.access, self._before("sts"))
        return client(of or self._session, service, self._before(service))

    def _before(self, service: str) -> Any:
        region = self.access.region

        def spend(request: Any, **about: Any) -> None:
            operation = about["event_name"].rpartition(".")[2]
            if "attempt=1;" not in str(request.headers.get("amz-sdk-request", "attempt=1;")):
                self._calls.was_retried(region, service)
            self._calls.spend(region, service, operation)

        return spend


def _again(error: SessionError) -> SessionError:
    """Another one with the same words: a traceback grows each time it is raised."""
    return type(error)(str(error))


def _asked(at: int, query: MetricQuery, period: int) -> dict[str, Any]:
    metric = {
        "Namespace": query.namespace,
        "MetricName": query.metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in query.dimensions],
    }
    return {
        "Id": f"m{at}",
        "MetricStat": {"Metric": metric, "Period": period, "Stat": query.statistic},
    }


@cache
def account_of(access: Access) -> Account:
    """The one of this process."""
    return Account(access)
