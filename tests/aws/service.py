"""The services of AWS over HTTP on loopback, for boto3 under AWS_ENDPOINT_URL.

A request must fit the service's own model in botocore, and so must each answer that is given. What
the services check beyond their models is known from their documentation only: that a request is
taken here does not prove that AWS takes it.
"""

from __future__ import annotations

import re
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from botocore import xform_name
from botocore.model import OperationModel

from tests.aws.models import model, wrong_answer, wrong_request
from tests.aws.wire import parsed_json, parsed_query, written_json, written_query

# The name a request is signed for, and the one boto3 knows the service by.
SERVICES = {
    "monitoring": "cloudwatch", "rds": "rds", "pi": "pi", "logs": "logs", "ec2": "ec2",
    "sts": "sts", "secretsmanager": "secretsmanager", "pricing": "pricing",
}  # fmt: skip
_QUERY = {"rds", "ec2", "sts"}
_SCOPE = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request")


@dataclass(frozen=True)
class Fault(Exception):
    """What the service answers in place of an answer."""

    code: str
    message: str = ""
    status: int = 400


THROTTLED = Fault("ThrottlingException", "Rate exceeded")
Handler = Callable[[dict[str, Any]], Mapping[str, Any]]


class FakeService:
    """`handlers` by ``"rds:describe_db_instances"``; `faults` are given first, one a request."""

    def __init__(self, handlers: Mapping[str, Handler] | None = None) -> None:
        self.handlers: dict[str, Handler] = dict(handlers or {})
        self.faults: dict[str, list[Fault]] = defaultdict(list)
        self.asked: Counter[str] = Counter()
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.keys: list[str] = []
        self.regions: Counter[str] = Counter()
        self.url = ""
        self._lock = threading.Lock()

    def answer(self, region: str, key: str, given: dict[str, Any]) -> Mapping[str, Any]:
        """A Fault where the request is not one that the service takes."""
        service, _, operation = key.partition(":")
        with self._lock:
            self.asked[key] += 1
            self.regions[region] += 1
            self.requests.append((key, given))
            faults = self.faults[key]
            if faults:
                raise faults.pop(0)
        if wrong := wrong_request(service, operation, given):
            raise Fault("ValidationException", wrong)
        if key not in self.handlers:
            raise Fault("InvalidAction", f"no handler for {key}")
        answer = self.handlers[key](given)
        if wrong := wrong_answer(service, operation, dict(answer)):
            raise Fault("FakeIsWrong", wrong, 500)
        return answer


@contextmanager
def serving(service: FakeService) -> Iterator[FakeService]:
    """Sets its `url`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(service))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, name="fake AWS", daemon=True)
    thread.start()
    service.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(service: FakeService) -> type[BaseHTTPRequestHandler]:
    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            found = _SCOPE.search(self.headers.get("Authorization", ""))
            assert found, "a request without a signature"
            assert "smithy-protocol" not in self.headers, "botocore speaks another protocol now"
            service.keys.append(found[1])
            region, name = found[2], SERVICES[found[3]]
            try:
                status, sent = 200, self._answered(region, name, body)
            except Fault as fault:
                status, sent = fault.status, _refusal(name, fault)
            self.send_response(status)
            kind = "text/xml" if name in _QUERY else "application/x-amz-json-1.1"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def _answered(self, region: str, name: str, body: bytes) -> bytes:
            operation = self._operation(name, body)
            query = name in _QUERY
            given = (parsed_query if query else parsed_json)(body, operation)
            answer = service.answer(region, f"{name}:{xform_name(operation.name)}", given)
            return written_query(answer, operation) if query else written_json(answer)

        def _operation(self, name: str, body: bytes) -> OperationModel:
            if name in _QUERY:
                action = re.search(rb"Action=(\w+)", body)
                assert action
                return model(name).operation_model(action[1].decode())
            return model(name).operation_model(self.headers["X-Amz-Target"].rpartition(".")[2])

        def log_message(self, *_: object) -> None: ...

    return Answering


def _refusal(name: str, fault: Fault) -> bytes:
    if name not in _QUERY:
        return written_json({"__type": fault.code, "message": fault.message})
    about = f"<Error><Code>{fault.code}</Code><Message>{fault.message}</Message></Error>"
    if name == "ec2":
        return f"<Response><Errors>{about}</Errors></Response>".encode()
    return f"<ErrorResponse>{about}</ErrorResponse>".encode()
