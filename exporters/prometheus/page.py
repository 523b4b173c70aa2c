"""The whole of /metrics, ready as bytes before anybody asks.

Pieces (a family of a target) are encoded and deflated once a change. Deflate blocks that end
in a full flush can be joined, so the gzip body is one valid member made of ready pieces. The
plain body is big and few ask for it: it is joined only for a format that somebody asked for.
"""

from __future__ import annotations

import struct
import threading
import zlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from exporters.prometheus.families import Family

PLAIN = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"

_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x04\xff"
_EMPTY_LAST_BLOCK = b"\x03\x00"


@dataclass(frozen=True, slots=True)
class Piece:
    kind: str
    help: str
    plain: bytes
    deflated: bytes
    count: int


@dataclass(slots=True)
class Body:
    """One exposition in one format; `gzipped` inflates to `plain`."""

    parts: tuple[bytes, ...] = ()
    gzipped: bytes = b""
    joined: bytes | None = None

    @property
    def plain(self) -> bytes:
        if self.joined is None:
            self.joined = b"".join(self.parts)
        return self.joined


class Page:
    """Pieces of all targets, and the pages made of them."""

    def __init__(self) -> None:
        self._pieces: dict[str, dict[tuple[str, str], Piece]] = defaultdict(dict)
        self._counts: dict[str, dict[str, int]] = defaultdict(dict)
        self._bodies: dict[str, Body] = {}
        self._lock = threading.Lock()

    def put(self, owner: str, part: str, families: Iterable[Family]) -> None:
        """Replace what `part` of a target shows. An unchanged family costs nothing."""
        place = owner, part
        new = {f.name: f for f in families}
        with self._lock:
            self._counts[owner][part] = sum(f.count for f in new.values())
            for name in [n for n, p in self._pieces.items() if place in p and n not in new]:
                del self._pieces[name][place]
            for name, family in new.items():
                plain = family.samples.encode()
                was = self._pieces[name].get(place)
                if was is None or was.plain != plain:
                    made = Piece(family.kind, family.help, plain, _deflated(plain), family.count)
                    self._pieces[name][place] = made

    def remove(self, owner: str) -> None:
        """Forget a target that is no longer watched."""
        with self._lock:
            self._counts.pop(owner, None)
            for pieces in self._pieces.values():
                for place in [p for p in pieces if p[0] == owner]:
                    del pieces[place]

    def assemble(self) -> None:
        """Make the page that scrapes get from now on, in the formats that were asked for."""
        with self._lock:
            for format, old in self._bodies.items():
                new = self._assembled(openmetrics=format == OPENMETRICS)
                if old.joined is not None:
                    new.joined = b"".join(new.parts)
                self._bodies[format] = new

    def body(self, format: str) -> Body:
        """The last page assembled; the first to ask for a format has it assembled now."""
        if format not in self._bodies:
            with self._lock:
                self._bodies[format] = self._assembled(openmetrics=format == OPENMETRICS)
        return self._bodies[format]

    def series(self, owner: str, besides: str | None = None) -> int:
        """How many samples a target shows, besides those of one part."""
        with self._lock:
            return sum(n for part, n in self._counts[owner].items() if part != besides)

    def _assembled(self, *, openmetrics: bool) -> Body:
        plain: list[bytes] = []
        packed: list[bytes] = [_GZIP_HEADER]
        for name, pieces in sorted(self._pieces.items()):
            if not pieces:
                continue
            head = _head(name, next(iter(pieces.values())), openmetrics)
            plain += (head, *(p.plain for p in pieces.values()))
            packed += (_deflated(head), *(p.deflated for p in pieces.values()))
        if openmetrics:
            plain.append(b"# EOF\n")
            packed.append(_deflated(b"# EOF\n"))
        check, size = 0, sum(map(len, plain))
        for part in plain:
            check = zlib.crc32(part, check)
        packed += (_EMPTY_LAST_BLOCK, struct.pack("<LL", check, size & 0xFFFFFFFF))
        return Body(tuple(plain), b"".join(packed))


def _head(name: str, piece: Piece, openmetrics: bool) -> bytes:  # noqa: FBT001
    """In the older text format a counter's family name carries its ``_total``."""
    full = f"{name}_total" if piece.kind == "counter" and not openmetrics else name
    help = piece.help.replace("\\", "\\\\").replace("\n", "\\n")
    return f"# HELP {full} {help}\n# TYPE {full} {piece.kind}\n".encode()


def _deflated(plain: bytes) -> bytes:
    packer = zlib.compressobj(1, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(plain) + packer.flush(zlib.Z_FULL_FLUSH)
