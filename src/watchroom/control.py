"""The private socket of a running server, by which the shell's commands reach it: `DATA/control.sock`.

One JSON object a line each way. `{"v": 1, "op": NAME, "params": {…}}` is answered by `{"v": 1, "result": …}` or by
`{"v": 1, "error": {"code", "message", "hint"}}`. Whoever may open the file may do everything, so it is its owner's
alone (0600). Served by `app`, called by `shell`; what the operations do stands in `operations`. Never listens on a
network.
"""

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from watchroom.base.errors import Malformed, NotFound, TooLarge, Unavailable, WatchroomError

VERSION = 1
LINE_BYTES_MAX = 1 * 2**20
CALLERS_MAX = 32
ANSWER_S = 60.0
"""How long a command waits for the server's answer."""
_PATH_BYTES_MAX = 100
"""A socket's address holds 108 bytes on Linux and 104 on macOS (source: unix(7)); the folder's path may be longer."""

Handler = Callable[[msgspec.Raw], Awaitable[object]]
T = TypeVar("T")

_log = logging.getLogger(__name__)


class NoServer(Unavailable):
    """No server answers at this socket."""

    code = "no_server"


class Request(msgspec.Struct, frozen=True):
    """One line to the server."""

    v: int
    op: str
    params: msgspec.Raw = msgspec.Raw(b"{}")


class Refusal(msgspec.Struct, frozen=True):
    """Why it was not done."""

    code: str
    message: str
    hint: str = ""


class Response(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line back. `v` is the server's version."""

    v: int
    result: msgspec.Raw = msgspec.Raw(b"")
    error: Refusal | None = None


_requests = msgspec.json.Decoder(Request)
_responses = msgspec.json.Decoder(Response)


class ControlServer:
    """Answers the shell. `handlers` are the operations by name; each gets the parameters as raw JSON."""

    def __init__(self, path: Path, handlers: Mapping[str, Handler]) -> None:
        self._path = path
        self._handlers = dict(handlers)
        self._server: asyncio.Server | None = None
        self._callers: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen. The file of a server that was killed is replaced; raises Unavailable when one still answers."""
        listener = _listener(self._path)
        self._server = await asyncio.start_unix_server(self._take, sock=listener, limit=LINE_BYTES_MAX)

    async def close(self) -> None:
        """Stop listening, take the file away, and let go of whoever is still connected."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        self._path.unlink(missing_ok=True)
        for task in self._callers:
            task.cancel()
        await asyncio.gather(*self._callers, return_exceptions=True)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._callers.add(task)
        try:
            if len(self._callers) <= CALLERS_MAX:
                while await self._answer_next(reader, writer):
                    pass
        except (ConnectionError, asyncio.CancelledError):
            # The command has ended, or the server does.
            return
        finally:
            self._callers.discard(task)
            writer.close()

    async def _answer_next(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one line; False when there is none to come."""
        try:
            line = await reader.readuntil(b"\n")
        except asyncio.IncompleteReadError:
            return False
        except asyncio.LimitOverrunError:
            error = TooLarge(f"The line is longer than {LINE_BYTES_MAX} bytes.")
            await _write(writer, Response(VERSION, error=_refusal(error)))
            return False
        await _write(writer, await self._answer(line))
        return True

    async def _answer(self, line: bytes) -> Response:
        try:
            try:
                request = _requests.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                raise Malformed(f"The line is no request: {error}.") from error
            if request.v != VERSION:
                raise Malformed(
                    f"The server speaks version {VERSION} of the control socket, this command version {request.v}.",
                    hint="Use the watchroom command of the version that runs.",
                    code="other_version",
                )
            handler = self._handlers.get(request.op)
            if handler is None:
                raise NotFound(
                    f"The server has no operation {request.op!r}.", hint="Restart the server after an update."
                )
            result = msgspec.json.encode(await handler(request.params))
            if len(result) > LINE_BYTES_MAX - 1_024:
                raise TooLarge("The answer is too long for one line.", hint="Ask for less.")
            return Response(VERSION, result=msgspec.Raw(result))
        except WatchroomError as error:
            return Response(VERSION, error=_refusal(error))
        except Exception as error:  # supervised: one failed command must not end the server; its caller is told
            _log.exception("A command of the control socket failed")
            return Response(
                VERSION, error=Refusal("internal", f"The server failed: {error!r}.", "See the server's log.")
            )


def call(path: Path, op: str, params: object, result: type[T], answer_s: float = ANSWER_S) -> T:
    """Have the running server do `op`, and return its result.

    Raises NoServer when none answers at `path`, Unavailable when it does not answer in time, and whatever the server
    refuses, as a WatchroomError of the same code.
    """
    line = msgspec.json.encode(Request(VERSION, op, msgspec.Raw(msgspec.json.encode(params)))) + b"\n"
    if len(line) > LINE_BYTES_MAX:
        raise TooLarge(f"The request is longer than {LINE_BYTES_MAX} bytes.")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(answer_s)
        try:
            with _short(path) as address:
                connection.connect(address)
        except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError) as error:
            raise NoServer(f"No server answers at {path}.", hint="Start one: watchroom serve") from error
        except PermissionError as error:
            raise Unavailable(
                f"{path} belongs to another user.", hint="Run this as the user who runs the server."
            ) from error
        try:
            connection.sendall(line)
            with connection.makefile("rb") as answers:
                answer = answers.readline(LINE_BYTES_MAX + 1)
        except TimeoutError as error:
            raise Unavailable(
                f"The server did not answer within {answer_s:g} s.", hint="See the server's log."
            ) from error
        except ConnectionError as error:
            raise Unavailable("The server has just ended.", hint="Try again.") from error
    return _result_of(answer, result)


def _result_of(answer: bytes, result: type[T]) -> T:
    try:
        response = _responses.decode(answer)
        if response.error is None:
            return msgspec.json.decode(response.result, type=result)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unavailable(
            "The server's answer cannot be read.", hint="Try again, with the command of the version that runs."
        ) from error
    raise WatchroomError(response.error.message, response.error.hint, code=response.error.code)


def _refusal(error: WatchroomError) -> Refusal:
    return Refusal(error.code, error.message, error.hint)


async def _write(writer: asyncio.StreamWriter, response: Response) -> None:
    writer.write(msgspec.json.encode(response) + b"\n")
    await writer.drain()


def _listener(path: Path) -> socket.socket:
    """A listening socket that is its owner's alone from the first moment on."""
    with _short(path) as address:
        if _answers(address):
            raise Unavailable(f"A server answers at {path} already.", hint="Stop it first, or give another --data.")
        path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            listener.bind(address)
            # Nobody can connect before `listen`, so there is no moment in which others could.
            path.chmod(0o600)
            listener.listen(CALLERS_MAX)
        except OSError as error:
            listener.close()
            raise Unavailable(f"{path} cannot be listened on: {error}.") from error
    listener.setblocking(False)
    return listener


def _answers(address: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(1.0)
        try:
            connection.connect(address)
        except OSError:
            return False
        return True


@contextlib.contextmanager
def _short(path: Path) -> Iterator[str]:
    """An address of the file that fits into a socket's, however long the path of its folder is."""
    if len(os.fsencode(path)) <= _PATH_BYTES_MAX or not Path("/proc/self/fd").is_dir():
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def handler(params: type[Any], work: Callable[[Any], Awaitable[object]]) -> Handler:
    """An operation whose parameters are decoded strictly as `params`."""

    async def handle(raw: msgspec.Raw) -> object:
        try:
            decoded = msgspec.json.decode(raw, type=params)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Malformed(
                f"The parameters cannot be read: {error}.", hint="Use the watchroom command of the version that runs."
            ) from error
        return await work(decoded)

    return handle
