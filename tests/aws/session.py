"""A stand-in for the APIs of AWS at our own seam: what is asked and answered fits their models."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from collectors.session import MetricQuery, Points, Server
from tests.aws.models import wrong_answer, wrong_request

Kept = TypeVar("Kept")
# One answer, the pages of it, an error to raise, or what makes one of these from the request.
Answer = Mapping[str, Any] | Sequence[Mapping[str, Any]] | Exception
Answers = Mapping[str, Answer | Callable[[dict[str, Any]], Answer]]
NOW = 1_795_000_000.0  # 2026-11-18 11:06:40 UTC


class FakeAws:
    """`answers` by ``"rds:describe_db_instances"``; `series` by ``"CPUUtilization Average"``."""

    def __init__(
        self,
        answers: Answers | None = None,
        series: Mapping[str, Points] | None = None,
        instance: str = "orders-1",
        **settings: str,
    ) -> None:
        self.instance = instance
        self.resource_id = "db-ORDERS1"
        self.region = "eu-west-1"
        self.clock = NOW
        self.answers: dict[str, Any] = dict(answers or {})
        self.series: dict[str, Points] = dict(series or {})
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.queried: list[MetricQuery] = []
        self._kept: dict[type[Any], Any] = {}
        about = {"instance": instance, "performance_insights": "on", "enhanced_monitoring": "on"}
        self.server = Server(
            "orders", "rds", {"rds": (), "postgres": (16, 3)}, "PostgreSQL 16.3", "rds",
            settings={**about, **settings},
        )  # fmt: skip

    def now(self) -> float:
        return self.clock

    def keep(self, kind: type[Kept]) -> Kept:
        return self._kept.setdefault(kind, kind())  # type: ignore[no-any-return]

    def call(
        self,
        service: str,
        operation: str,
        *,
        fresh_seconds: float = 0,  # noqa: ARG002  nothing is kept here
        **parameters: Any,
    ) -> Mapping[str, Any]:
        (answer, *_) = self._pages(service, operation, parameters)
        return answer

    def pages(
        self,
        service: str,
        operation: str,
        of: str,
        *,
        fresh_seconds: float = 0,  # noqa: ARG002  nothing is kept here
        **parameters: Any,
    ) -> Sequence[Mapping[str, Any]]:
        return [m for page in self._pages(service, operation, parameters) for m in page.get(of, ())]

    def metrics(
        self, queries: Sequence[MetricQuery], *, period_seconds: int, span_seconds: int
    ) -> Mapping[MetricQuery, Points]:
        assert span_seconds % period_seconds == 0
        self.queried += queries
        return {q: self.series.get(f"{q.metric} {q.statistic}", ()) for q in queries}

    def _pages(
        self, service: str, operation: str, given: dict[str, Any]
    ) -> Sequence[Mapping[str, Any]]:
        key = f"{service}:{operation}"
        self.asked.append((key, given))
        assert not (wrong := wrong_request(service, operation, given)), wrong
        assert key in self.answers, f"no answer to {key} was given"
        answer = self.answers[key]
        if callable(answer):
            answer = answer(given)
        if isinstance(answer, Exception):
            raise answer
        pages = [answer] if isinstance(answer, Mapping) else list(answer)
        for page in pages:
            assert not (wrong := wrong_answer(service, operation, dict(page))), wrong
        return pages
