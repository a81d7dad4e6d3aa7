"""A server that answers 200 to everything and does nothing: the load generator's own speed. Argument: `PORT`."""

import asyncio
import sys
from typing import Any

import uvloop

from benchmarks.programs import HOST

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


class _Null(asyncio.Protocol):
    def __init__(self) -> None:
        self._missing = 0

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        if self._missing > 0:
            self._missing -= len(data)
        else:
            head = data.find(b"\r\n\r\n")
            at = data.find(b"Content-Length:")
            length = int(data[at + 15 :].split(b"\r", 1)[0]) if at > 0 else 0
            self._missing = head + 4 + length - len(data)
        if self._missing <= 0:
            self._transport.write(ANSWER)


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(_Null, HOST, port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
