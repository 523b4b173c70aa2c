# ruff: noqa: SLF001 - PyMySQL speaks the binary protocol under private names only
"""Prepared statements over the binary protocol, which PyMySQL has no name for."""

from __future__ import annotations

import struct
from typing import Any

from pymysql.connections import Connection
from pymysql.constants import COMMAND

_END = 0xFE
_MOST_END_BYTES = 9


class BinaryStatement:
    """A statement without parameters, prepared in its connection."""

    def __init__(self, connection: Connection[Any], sql: str) -> None:
        self._connection = connection
        self._raw: Any = connection
        self._send(COMMAND.COM_STMT_PREPARE, sql)
        answer = self._read()
        self._id, columns, parameters = struct.unpack_from("<IHH", answer, 1)
        for described in (parameters, columns):
            for _ in range(described + bool(described)):
                self._read()

    def execute(self) -> None:
        self._send(COMMAND.COM_STMT_EXECUTE, struct.pack("<IBI", self._id, 0, 1))
        columns = self._read()[0]
        for _ in range(columns + bool(columns)):
            self._read()
        while columns and not self._ended():
            pass

    def close(self) -> None:
        """The server answers nothing; a ping makes sure that it has taken place."""
        self._send(COMMAND.COM_STMT_CLOSE, struct.pack("<I", self._id))
        self._connection.ping(reconnect=False)

    def _ended(self) -> bool:
        answer = self._read()
        return answer[0] == _END and len(answer) < _MOST_END_BYTES

    def _send(self, command: int, what: str | bytes) -> None:
        self._raw._execute_command(command, what)

    def _read(self) -> bytes:
        return bytes(self._raw._read_packet().get_all_data())
