"""Pages, API and metrics over HTTP: all from the last report."""

from __future__ import annotations

import gzip
import socket
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis

from agent.config import Agent, BasicAuth
from agent.failure import Failure
from agent.serve import serving
from exporters.http import application
from exporters.prometheus.families import family
from exporters.prometheus.page import OPENMETRICS, PLAIN, Body, Page
from exporters.report import Report
from tests.exporters.example_advice import ESCAPE, SCRIPT
from tests.exporters.example_report import report

API = ("report", "targets", "recommendations", "statements", "blocking")
PHRASE = "pässword: with colon"
EVERYTHING = ["/", "/metrics", "/-/ready", "/openapi.json", *(f"/api/v1/{name}" for name in API)]


class FakeSource:
    """What an agent would give; `mistake` is what reload says."""

    def __init__(self) -> None:
        self.asked = True
        self.mistake: str | None = None
        self._page = Page()
        self._page.put("o", "p", [family("dbtriage_up", "gauge", "Up.", [('target="o"', 1.0)])])
        self._page.assemble()

    def report(self) -> Report:
        return report()

    def metrics(self, format: str) -> Body:
        return self._page.body(format)

    def ready(self) -> bool:
        return self.asked

    def reload(self) -> str | None:
        return self.mistake


@pytest.fixture
def source() -> FakeSource:
    return FakeSource()


@pytest.fixture
def client(source: FakeSource) -> Iterator[httpx.Client]:
    with serving(source, Agent(listen="127.0.0.1:0")) as url, httpx.Client(base_url=url) as client:
        yield client


def test_probes(client: httpx.Client, source: FakeSource) -> None:
    assert (client.get("/-/healthy").status_code, client.get("/-/ready").status_code) == (200, 200)
    source.asked = False
    waiting = client.get("/-/ready")
    assert (waiting.status_code, waiting.text) == (503, "not every target was asked yet\n")
    assert client.get("/-/healthy").status_code == 200


def test_reload(client: httpx.Client, source: FakeSource) -> None:
    done = client.post("/-/reload")
    assert (done.status_code, done.text) == (200, "reloaded\n")
    source.mistake = "config.toml: agnet: no such key"
    refused = client.post("/-/reload")
    assert (refused.status_code, refused.text) == (400, "config.toml: agnet: no such key\n")
    assert client.get("/-/reload").status_code == 405


@pytest.mark.parametrize("name", API)
def test_api(client: httpx.Client, name: str) -> None:
    answer = client.get(f"/api/v1/{name}")
    assert answer.headers["content-type"] == "application/json"
    found: dict[str, Any] = answer.json()
    assert found["schema"] == "dbtriage.report/1"
    rows = found["targets" if name in ("report", "targets") else name]
    assert rows
    assert all(("name" if name in ("report", "targets") else "target") in row for row in rows)


def test_the_page_runs_no_script(client: httpx.Client) -> None:
    answer = client.get("/")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy
    assert SCRIPT not in answer.text
    assert "&lt;script&gt;" in answer.text
    assert ESCAPE[0] not in answer.text


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", PLAIN),
        ("text/plain", PLAIN),
        ("application/openmetrics-text; version=1.0.0; charset=utf-8", OPENMETRICS),
        (
            "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1",
            OPENMETRICS,
        ),
    ],
)
def test_metrics_come_as_asked_for(client: httpx.Client, accept: str, kind: str) -> None:
    answer = client.get("/metrics", headers={"Accept": accept})
    assert answer.headers["content-type"] == kind
    assert ("# EOF" in answer.text) == (kind == OPENMETRICS)
    assert 'dbtriage_up{target="o"} 1.0' in answer.text


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [("gzip", True), ("deflate, gzip;q=0.5", True), ("identity", False), ("gzip;q=0", False)],
)
def test_metrics_are_packed_where_that_is_accepted(
    client: httpx.Client, encoding: str, *, packed: bool
) -> None:
    with client.stream("GET", "/metrics", headers={"Accept-Encoding": encoding}) as answer:
        raw = b"".join(answer.iter_raw())
    assert (answer.headers.get("content-encoding") == "gzip") == packed
    assert (gzip.decompress(raw) if packed else raw).startswith(b"# HELP dbtriage_up Up.\n")
    assert "Accept-Encoding" in answer.headers["vary"]


@pytest.mark.parametrize("path", ["/nothing", "/api/v1/", "/api/v2/report", "/-/", "/docs"])
def test_what_is_not_there(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    with serving(FakeSource(), Agent(listen="127.0.0.1:0")) as url:
        yield url


SCHEMA = schemathesis.openapi.from_dict(application(FakeSource()).openapi())


@SCHEMA.parametrize()
def test_every_endpoint_keeps_to_its_schema(case: Any, base_url: str) -> None:
    """Whatever it is asked: no 5xx, nothing that is not documented."""
    case.call_and_validate(base_url=base_url)


def test_the_schema_has_every_endpoint() -> None:
    paths = set(application(FakeSource()).openapi()["paths"])
    assert paths == {*EVERYTHING, "/-/healthy", "/-/reload"} - {"/openapi.json"}


class TestAuthentication:
    @pytest.fixture
    def client(self, source: FakeSource, tmp_path: Path) -> Iterator[httpx.Client]:
        file = tmp_path / "password"
        file.write_text(f"{PHRASE}\n", encoding="utf-8")
        agent = Agent(listen="127.0.0.1:0", basic_auth=BasicAuth(user="ops", password_file=file))
        with serving(source, agent) as url, httpx.Client(base_url=url) as client:
            yield client

    @pytest.mark.parametrize("path", [path for path in EVERYTHING if path != "/-/ready"])
    def test_everything_asks_for_it(self, client: httpx.Client, path: str) -> None:
        refused = client.get(path)
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"] == 'Basic realm="dbtriage"'
        auth = httpx.BasicAuth("ops", PHRASE.encode())
        assert client.get(path, auth=auth).status_code == 200

    @pytest.mark.parametrize(
        "given",
        [
            "",
            "Basic",
            "Basic !!!",
            "Basic " + b64encode(b"ops:wrong").decode(),
            "Basic " + b64encode(b"ops").decode(),
            "Bearer " + b64encode(f"ops:{PHRASE}".encode()).decode(),
            "Basic b3Bzé",
        ],
    )
    def test_what_is_not_right_is_refused(self, client: httpx.Client, given: str) -> None:
        answer = client.get("/api/v1/report", headers=[(b"Authorization", given.encode())])
        assert answer.status_code == 401
        assert "targets" not in answer.text

    def test_only_health_is_open(self, client: httpx.Client) -> None:
        assert client.get("/-/healthy").status_code == 200
        assert client.post("/-/reload").status_code == 401


class TestServing:
    @pytest.mark.parametrize("listen", ["0.0.0.0:0", "[::]:0", "example.org:0"])
    def test_it_refuses_to_be_open_to_everyone(self, source: FakeSource, listen: str) -> None:
        with pytest.raises(Failure, match="listens on loopback only") as error:
            serving(source, Agent(listen=listen)).__enter__()
        assert error.value.code == 2

    @pytest.mark.parametrize("listen", ["127.0.0.1:0", "localhost:0", "127.8.8.8:0"])
    def test_it_serves_on_loopback(self, source: FakeSource, listen: str) -> None:
        with serving(source, Agent(listen=listen)) as url:
            assert httpx.get(f"{url}/metrics").headers["content-type"] == PLAIN
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{url}/metrics")

    def test_it_serves_everyone_where_told_to(self, source: FakeSource) -> None:
        agent = Agent(listen="0.0.0.0:0", allow_unauthenticated=True)
        with serving(source, agent) as url:
            assert httpx.get(f"{url}/-/healthy").status_code == 200

    def test_it_serves_everyone_who_knows_the_password(
        self, source: FakeSource, tmp_path: Path
    ) -> None:
        file = tmp_path / "password"
        file.write_text("right\n")
        auth = BasicAuth(user="ops", password_file=file)
        with serving(source, Agent(listen="0.0.0.0:0", basic_auth=auth)) as url:
            assert httpx.get(f"{url}/metrics", auth=("ops", "right")).status_code == 200
            assert httpx.get(f"{url}/metrics", auth=("ops", "wrong")).status_code == 401

    def test_a_password_file_that_is_not_there(self, source: FakeSource, tmp_path: Path) -> None:
        auth = BasicAuth(user="ops", password_file=tmp_path / "nothing")
        with pytest.raises(Failure, match=r"basic_auth\.password_file: No such file"):
            serving(source, Agent(listen="127.0.0.1:0", basic_auth=auth)).__enter__()

    def test_a_port_that_is_taken(self, source: FakeSource) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            listen = f"127.0.0.1:{taken.getsockname()[1]}"
            with pytest.raises(Failure, match=f"{listen}: Address already in use"):
                serving(source, Agent(listen=listen)).__enter__()

    def test_a_certificate_that_is_none(self, source: FakeSource, tmp_path: Path) -> None:
        file = tmp_path / "tls.pem"
        file.write_text("no certificate")
        agent = Agent(listen="127.0.0.1:0", tls_certificate=file, tls_key=file)
        with pytest.raises(Failure, match=r"agent\.tls_certificate"):
            serving(source, agent).__enter__()


@pytest.mark.parametrize(
    ("origin", "status"),
    [("https://evil.example", 403), ("null", 403), (None, 200)],
    ids=["another site", "a file", "no browser"],
)
def test_no_other_site_can_reload(client: httpx.Client, origin: str | None, status: int) -> None:
    headers = {"Origin": origin} if origin else {}
    assert client.post("/-/reload", headers=headers).status_code == status


def test_our_own_page_can_reload(client: httpx.Client) -> None:
    own = {"Origin": str(client.base_url).rstrip("/")}
    assert client.post("/-/reload", headers=own).status_code == 200


def test_nothing_is_guessed_or_stored(client: httpx.Client) -> None:
    for path in ("/", "/metrics", "/-/healthy"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
