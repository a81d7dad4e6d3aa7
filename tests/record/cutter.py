"""A wire between a program and PostgreSQL that can be cut at the worst moment: around a COMMIT.

Used by `test_postgres`. It listens on a Unix socket of its own and passes everything on to the server's. It knows of the
protocol only that a COMMIT and its answer carry that word.
"""

import asyncio
import contextlib
import tempfile
import threading
from pathlib import Path

from watchroom.record.loop_thread import LoopThread

SOCKET = ".s.PGSQL.5432"
COMMIT = b"COMMIT\0"


class Cutter:
    """One wire. `cut` says what happens at the next COMMIT, once:

    `before` it never reaches the server; `after` it does, and only its answer is lost; `away` as `after`, and nobody
    gets through any more until `mend`; `late` the caller is cut off at once, and the server gets the COMMIT at `mend`.
    """

    def __init__(self, server: Path) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="wr-cut-"))
        self.cut = ""
        self.was_cut = threading.Event()
        self._server = server / SOCKET
        self._closed = False
        self._late: list[tuple[asyncio.StreamWriter, bytes]] = []
        self._ends: set[asyncio.StreamWriter] = set()
        self._thread = LoopThread("cutter")
        self._thread.wait(self._start())

    def mend(self) -> None:
        """Let everything through again."""
        self._thread.wait(self._mend())

    def close(self) -> None:
        """End it."""
        self._thread.wait(self._stop())
        self._thread.stop()
        (self.folder / SOCKET).unlink(missing_ok=True)
        self.folder.rmdir()

    async def _start(self) -> None:
        self._listener = await asyncio.start_unix_server(self._serve, str(self.folder / SOCKET))

    async def _stop(self) -> None:
        self._listener.close()
        for end in list(self._ends):
            end.close()

    async def _mend(self) -> None:
        self._closed = False
        for server, data in self._late:
            server.write(data)
            await server.drain()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._closed:
            writer.close()
            return
        server_reader, server_writer = await asyncio.open_unix_connection(str(self._server))
        self._ends |= {writer, server_writer}
        wire = _Wire(self, reader, writer, server_reader, server_writer)
        await asyncio.gather(wire.up(), wire.down())

    def keep_for_later(self, server: asyncio.StreamWriter, data: bytes) -> None:
        self._late.append((server, data))

    def shut(self) -> None:
        self._closed = True


class _Wire:
    def __init__(
        self,
        cutter: Cutter,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        server_reader: asyncio.StreamReader,
        server_writer: asyncio.StreamWriter,
    ) -> None:
        self._cutter = cutter
        self._reader, self._writer = reader, writer
        self._server_reader, self._server_writer = server_reader, server_writer
        self._armed = ""

    async def up(self) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await self._reader.read(65_536):
                if self._cutter.cut and COMMIT in data:
                    self._armed, self._cutter.cut = self._cutter.cut, ""
                    if self._armed == "before":
                        break
                    if self._armed == "late":
                        self._cutter.keep_for_later(self._server_writer, data)
                        self._writer.close()
                        self._cutter.was_cut.set()
                        return
                self._server_writer.write(data)
                await self._server_writer.drain()
        self._server_writer.close()
        self._writer.close()
        if self._armed:
            self._cutter.was_cut.set()

    async def down(self) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await self._server_reader.read(65_536):
                if self._armed in {"after", "away"} and COMMIT in data:
                    if self._armed == "away":
                        self._cutter.shut()
                    break
                self._writer.write(data)
                await self._writer.drain()
        self._writer.close()
        if self._armed != "late":
            self._server_writer.close()
