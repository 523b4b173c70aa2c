"""One connection: opened when needed, given up for a while after a failure, closed at once."""

from __future__ import annotations

import logging
import threading
from typing import cast

import pytest

from agent.lane import Lane
from agent.targets.postgres import PostgresSession
from collectors.session import ConnectionLost, SessionError


class FakeConnection:
    spent_seconds = 0.5

    def __init__(self) -> None:
        self.closed = False
        self.lost = threading.Event()

    def cut(self) -> None:
        self.lost.set()

    def close(self) -> None:
        self.closed = True


class FakeServer:
    """Refuses while `error` is set."""

    def __init__(self) -> None:
        self.error: SessionError | None = None
        self.made: list[FakeConnection] = []
        self.tries = 0

    def connect(self) -> PostgresSession:
        self.tries += 1
        if self.error:
            raise self.error
        self.made.append(FakeConnection())
        return cast("PostgresSession", self.made[-1])


@pytest.fixture
def server() -> FakeServer:
    return FakeServer()


@pytest.fixture
def lane(server: FakeServer) -> Lane[PostgresSession]:
    return Lane("orders", server.connect)


def use(lane: Lane[PostgresSession], error: SessionError | None = None) -> None:
    with lane.session():
        if error:
            raise error


def test_one_connection_is_used_again(lane: Lane[PostgresSession], server: FakeServer) -> None:
    for _ in range(3):
        use(lane)
    assert server.tries == 1
    assert lane.spent_seconds == 0.5


def test_a_lost_connection_is_given_up_and_its_time_kept(
    lane: Lane[PostgresSession], server: FakeServer
) -> None:
    with pytest.raises(ConnectionLost):
        use(lane, ConnectionLost("server closed the connection"))
    assert server.made[0].closed
    assert (lane.error, lane.spent_seconds) == ("server closed the connection", 0.5)


def test_another_error_keeps_the_connection(
    lane: Lane[PostgresSession], server: FakeServer
) -> None:
    with pytest.raises(SessionError):
        use(lane, SessionError("odd"))
    use(lane)
    assert server.tries == 1
    assert lane.error is None


def test_a_server_that_refuses_is_not_asked_each_round(
    lane: Lane[PostgresSession], server: FakeServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.error = ConnectionLost("connection refused")
    with caplog.at_level(logging.INFO):
        for _ in range(10):
            with pytest.raises(ConnectionLost, match="connection refused"):
                use(lane)
    assert server.tries == 1
    assert caplog.messages == ["orders: connection refused"]


def test_closing_is_for_good(lane: Lane[PostgresSession], server: FakeServer) -> None:
    use(lane)
    lane.close()
    lane.close()
    assert server.made[0].closed
    with pytest.raises(ConnectionLost, match="no longer watched"):
        use(lane)
    assert server.tries == 1


def test_closing_cuts_the_question_under_way(
    lane: Lane[PostgresSession], server: FakeServer
) -> None:
    asked = threading.Event()

    def ask() -> None:
        with lane.session():
            asked.set()
            assert server.made[0].lost.wait(5)

    asker = threading.Thread(target=ask)
    asker.start()
    assert asked.wait(5)
    lane.close()
    asker.join(5)
    assert server.made[0].closed
