"""HTTP in the same process: uvicorn in a thread, refused where it would be open to everyone."""

from __future__ import annotations

import contextlib
import ipaddress
import logging
import socket
import threading
from collections.abc import Iterator

import uvicorn

from agent.config import Agent
from agent.failure import Failure
from exporters.http import Source, application

log = logging.getLogger(__name__)

_PATIENCE_SECONDS = 3


@contextlib.contextmanager
def serving(source: Source, agent: Agent) -> Iterator[str]:
    """Serve while the block runs; yields the base URL. Failure where the address can't be had."""
    host, port = _address(agent)
    if not (_is_loopback(host) or agent.basic_auth or agent.allow_unauthenticated):
        raise Failure(
            f"agent.listen = {agent.listen}: without authentication dbtriage listens on loopback "
            "only; set [agent.basic_auth], or allow_unauthenticated = true where the network is "
            "protected otherwise"
        )
    server = uvicorn.Server(_settings(source, agent))
    bound = _bound(host, port)
    thread = threading.Thread(target=server.run, args=([bound],), name="http", daemon=True)
    thread.start()
    try:
        yield _url(agent, host, bound)
    finally:
        server.should_exit = True
        thread.join(_PATIENCE_SECONDS)
        bound.close()


def _settings(source: Source, agent: Agent) -> uvicorn.Config:
    credentials = None
    if auth := agent.basic_auth:
        try:
            credentials = (auth.user, auth.password_file.read_text().rstrip("\r\n"))
        except OSError as error:
            raise Failure(f"agent.basic_auth.password_file: {error.strerror}") from None
    made = uvicorn.Config(
        application(source, credentials),
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=1,
        ssl_certfile=agent.tls_certificate,
        ssl_keyfile=agent.tls_key,
    )
    try:
        made.load()
    except OSError as error:
        said = f"agent.tls_certificate and tls_key: {error.strerror or error}"
        raise Failure(said) from None
    return made


def _address(agent: Agent) -> tuple[str, int]:
    host, _, port = agent.listen.rpartition(":")
    return host.strip("[]"), int(port)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named, else asyncio does not set TCP_NODELAY and each scrape takes 40 ms.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        # Who connects before the server runs waits for it, and is not refused.
        bound.listen()
    except OSError as error:
        bound.close()
        raise Failure(f"agent.listen = {host}:{port}: {error.strerror}") from None
    return bound


def _url(agent: Agent, host: str, bound: socket.socket) -> str:
    scheme = "https" if agent.tls_certificate else "http"
    shown = f"[{host}]" if ":" in host else host
    url = f"{scheme}://{shown}:{bound.getsockname()[1]}"
    log.info("listening on %s", url)
    return url
