"""Pages, API and metrics over HTTP; every answer is made from the last report, never from a
database."""

from __future__ import annotations

import re
import secrets
from base64 import b64decode
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import exporters.html
import exporters.json as documents
from exporters.prometheus.page import OPENMETRICS, PLAIN, Body
from exporters.report import Report

_GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))", re.IGNORECASE)
_DESCRIPTION = "What hurts the watched databases, and what to do about it."

_PROBES = ("/-/healthy", "/-/ready")


class Source(Protocol):
    """What the pages are made of; the agent implements it."""

    def report(self) -> Report:
        """The latest report over all targets."""

    def metrics(self, format: str) -> Body:
        """The exposition in one of the formats of exporters.prometheus.page."""

    def ready(self) -> bool:
        """Every target was asked at least once, whatever came of it."""

    def reload(self) -> str | None:
        """Read the configuration again; a mistake is returned in words and changes nothing."""


def application(source: Source, credentials: tuple[str, str] | None = None) -> FastAPI:
    """The app; with `credentials` (user, password) everything but the probes asks for them."""
    app = FastAPI(title="dbtriage", description=_DESCRIPTION, docs_url=None, redoc_url=None)
    app.add_middleware(Guard, credentials=credentials)
    _probes(app, source)
    _pages(app, source)
    _api(app, source)
    return app


def _probes(app: FastAPI, source: Source) -> None:
    @app.get("/-/healthy", response_class=PlainTextResponse)
    async def healthy() -> str:
        """The process runs."""
        return "healthy\n"

    @app.get(
        "/-/ready",
        response_class=PlainTextResponse,
        responses={503: {"description": "Not every target was asked yet."}},
    )
    async def ready(response: Response) -> str:
        """Every target was asked at least once."""
        if source.ready():
            return "ready\n"
        response.status_code = 503
        return "not every target was asked yet\n"

    @app.post(
        "/-/reload",
        response_class=PlainTextResponse,
        responses={400: {"description": "The configuration has a mistake; the old one stays."}},
    )
    def reload(response: Response) -> str:
        """Read the configuration file again."""
        if (mistake := source.reload()) is None:
            return "reloaded\n"
        response.status_code = 400
        return f"{mistake}\n"


def _pages(app: FastAPI, source: Source) -> None:
    @app.get("/", response_class=HTMLResponse)
    def page() -> HTMLResponse:
        """The report as a page that renews itself."""
        csp = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"
        html = exporters.html.render(source.report(), live=True)
        return HTMLResponse(html, headers={"Content-Security-Policy": csp})

    @app.get("/metrics", response_class=PlainTextResponse)
    async def metrics(request: Request) -> Response:
        """Prometheus text, or OpenMetrics where asked for; gzip where accepted."""
        wants = request.headers.get("accept", "")
        format = OPENMETRICS if "application/openmetrics-text" in wants else PLAIN
        body = source.metrics(format)
        headers = {"Content-Type": format, "Vary": "Accept, Accept-Encoding"}
        if _GZIP.search(request.headers.get("accept-encoding", "")):
            return Response(body.gzipped, headers={**headers, "Content-Encoding": "gzip"})
        return Response(body.plain, headers=headers)


def _api(app: FastAPI, source: Source) -> None:
    parts: dict[str, tuple[Callable[[Report], Any], str]] = {
        "report": (documents.document, "The whole report, schema dbtriage.report/1."),
        "targets": (documents.targets, "Targets with their state, outcomes and coverage."),
        "recommendations": (documents.recommendations, "Open recommendations, worst first."),
        "statements": (documents.statements, "Top statements of each target by time."),
        "blocking": (documents.blocking, "Who waits for whom, as trees."),
    }
    for name, (made, help) in parts.items():
        app.get(f"/api/v1/{name}", summary=help, name=name)(_answer(made, source))


def _answer(made: Callable[[Report], Any], source: Source) -> Callable[[], Any]:
    def answer() -> JSONResponse:
        return JSONResponse(made(source.report()))

    return answer


class Guard:
    """Asks for credentials where there are some, refuses other sites' pages, sets headers.

    Plain ASGI: a page of 10 MB passes through untouched.
    """

    def __init__(self, app: ASGIApp, credentials: tuple[str, str] | None) -> None:
        self._app = app
        self._wanted = ":".join(credentials).encode() if credentials else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sealed(message: Message) -> None:
            """Nothing is guessed or stored."""
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Cache-Control"] = "no-store"
            await send(message)

        answer = self._refusal(Request(scope)) or self._app
        await answer(scope, receive, sealed)

    def _refusal(self, request: Request) -> Response | None:
        origin = request.headers.get("origin")
        if request.method == "POST" and origin and urlsplit(origin).netloc != request.url.netloc:
            return PlainTextResponse("refused: sent by a page of another site\n", 403)
        if self._wanted is None or request.url.path in _PROBES:
            return None
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic" and secrets.compare_digest(_decoded(given), self._wanted):
            return None
        return PlainTextResponse(
            "needs a user and a password\n", 401, {"WWW-Authenticate": 'Basic realm="dbtriage"'}
        )


def _decoded(given: str) -> bytes:
    try:
        return b64decode(given, validate=True)
    except ValueError:
        return b""
