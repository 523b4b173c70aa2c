"""A TCP proxy before a PostgreSQL server that does on the wire what poolers and networks do."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from typing import Self

_ENCRYPTION_ASKED = (80877103, 80877104)  # SSLRequest, GSSENCRequest


class Proxy:
    """Passes everything on, until told otherwise.

    `drops_options`: as a pooler in transaction mode, it leaves out the client's options.
    `refuses_options`: as PgBouncer, it ends a client that has any.
    `swaps`: bytes of the server's answers, and what of the same length takes their place.
    """

    def __init__(
        self,
        port: int,
        *,
        drops_options: bool = False,
        refuses_options: bool = False,
        swaps: tuple[bytes, bytes] | None = None,
    ) -> None:
        self.drops_options = drops_options
        self.refuses_options = refuses_options
        self.swaps = swaps
        self._server = port
        self._flowing = threading.Event()
        self._flowing.set()
        self._open: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # Closing alone would leave accept() waiting.
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._flowing.set()
        self.cut()

    def dsn(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def stall(self) -> None:
        """From now on nothing is passed on, and new clients get no answer."""
        self._flowing.clear()

    def flow(self) -> None:
        self._flowing.set()

    def cut(self) -> None:
        """End every connection there is; new ones are served."""
        while self._open:
            each = self._open.pop()
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                self._open.append(client)
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            startup = self._startup(client)
            self._flowing.wait()
            if self.refuses_options and b"\0options\0" in startup:
                client.sendall(_fatal("unsupported startup parameter: options"))
                return
            with socket.create_connection(("127.0.0.1", self._server)) as server:
                self._open.append(server)
                server.sendall(_without_options(startup) if self.drops_options else startup)
                back = threading.Thread(target=self._pass, args=(server, client), daemon=True)
                back.start()
                self._pass(client, server, answers=False)
                back.join()

    def _startup(self, client: socket.socket) -> bytes:
        """The client's first message in full; encryption is declined."""
        while True:
            head = client.recv(8, socket.MSG_WAITALL)
            if not head:
                raise ConnectionError
            length, code = struct.unpack("!II", head)
            if code in _ENCRYPTION_ASKED:
                client.sendall(b"N")
                continue
            return head + (client.recv(length - 8, socket.MSG_WAITALL) if length > 8 else b"")

    def _pass(self, source: socket.socket, sink: socket.socket, *, answers: bool = True) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._flowing.wait()
                sink.sendall(data.replace(*self.swaps) if answers and self.swaps else data)
            sink.shutdown(socket.SHUT_WR)


def _without_options(startup: bytes) -> bytes:
    words = startup[8:].rstrip(b"\0").split(b"\0")
    pairs = zip(words[::2], words[1::2], strict=True)
    kept = b"".join(b"%b\0%b\0" % pair for pair in pairs if pair[0] != b"options") + b"\0"
    return struct.pack("!I", 8 + len(kept)) + startup[4:8] + kept


def _fatal(text: str) -> bytes:
    fields = b"SFATAL\0VFATAL\0C08P01\0M" + text.encode() + b"\0\0"
    return b"E" + struct.pack("!I", 4 + len(fields)) + fields
