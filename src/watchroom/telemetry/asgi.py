"""An ASGI app of telemetry APIs at paths of their own, without any framework: for `watchroom telemetry serve`.

It asks each API in a worker thread, packs long replies with gzip there for those who accept it, and stops the work
when the one who asked goes away. Source: ASGI 3.0, "HTTP"; RFC 9110.
"""

import asyncio
import gzip
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs

from watchroom.telemetry.mount import NOT_FOUND, TEXT, Api, Question, Reply
from watchroom.telemetry.workers import Full, Workers

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

BODY_BYTES_MAX = 1 << 20
"""Bytes of a form; the longest query that is read needs less, however it is escaped."""
FIELDS_MAX = 1000
"""Parameters of a request."""
GZIP_FROM_BYTES = 1400
"""A reply that fits one packet is not made smaller."""
_FORM = b"application/x-www-form-urlencoded"


class _Unreadable(Exception):
    def __init__(self, status: int, says: str) -> None:
        super().__init__(says)
        self.reply = Reply(status, f"{says}\n".encode(), TEXT)


class _Gone(Exception):
    """Whoever asked has gone before all was said."""


class TelemetryApp:
    """`mounts` are paths, without a slash at the end, and the APIs below them; the first that fits answers, so that an
    empty path comes last and takes what is left.
    """

    def __init__(self, mounts: Mapping[str, Api], workers: Workers) -> None:
        self._mounts = mounts
        self._workers = workers
        listed = "".join(f"{path}/\n" for path in mounts)
        self._root = Reply(200, f"Watchroom serves recorded telemetry at\n{listed}".encode(), TEXT)

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        """One request."""
        assert scope["type"] == "http"
        headers = {name.lower(): value for name, value in scope["headers"]}
        try:
            packed, reply = await self._answered(scope, headers, receive)
        except _Unreadable as error:
            packed, reply = False, error.reply
        except _Gone:
            return
        await _say(send, reply, packed=packed, has_body=scope["method"] != "HEAD")

    async def _answered(
        self, scope: Mapping[str, Any], headers: Mapping[bytes, bytes], receive: Receive
    ) -> tuple[bool, Reply]:
        path: str = scope["path"]
        mount = next((each for each in self._mounts if path == each or path.startswith(f"{each}/")), None)
        if mount is None:
            return False, self._root if path == "/" else NOT_FOUND
        api = self._mounts[mount]
        question = await _question(scope, headers, path[len(mount) :] or "/", receive)
        accepts = _accepts_gzip(headers.get(b"accept-encoding", b""))
        gone = asyncio.Event()
        watching = asyncio.ensure_future(_watch(receive, gone))
        try:
            found = await self._workers.run(lambda canceled: _work(api, question, canceled, packs=accepts), gone)
        except Full:
            return False, api.busy("too many queries are waiting already; ask again in a moment")
        finally:
            watching.cancel()
        if found is None:
            raise _Gone
        return found


def _work(api: Api, question: Question, canceled: Callable[[], bool], *, packs: bool) -> tuple[bool, Reply]:
    reply = api.reply(question, canceled)
    if not packs or len(reply.body) < GZIP_FROM_BYTES or canceled():
        return False, reply
    return True, replace(reply, body=gzip.compress(reply.body, compresslevel=1, mtime=0))


def _accepts_gzip(header: bytes) -> bool:
    for offered in header.decode("latin-1").lower().split(","):
        coding, _, weight = offered.strip().partition(";")
        if coding.strip() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


async def _watch(receive: Receive, gone: asyncio.Event) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    gone.set()


async def _question(scope: Mapping[str, Any], headers: Mapping[bytes, bytes], path: str, receive: Receive) -> Question:
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        body += message.get("body", b"")
        if len(body) > BODY_BYTES_MAX:
            raise _Unreadable(413, f"the form is larger than {BODY_BYTES_MAX} bytes: ask a shorter query")
        if not message.get("more_body", False):
            break
    is_form = headers.get(b"content-type", b"").partition(b";")[0].strip().lower() == _FORM
    parameters = _read(body) if is_form else {}
    for name, values in _read(scope["query_string"]).items():
        parameters.setdefault(name, []).extend(values)
    return Question(scope["method"], path, parameters, headers.get(b"if-none-match", b"").decode("latin-1"))


def _read(encoded: bytes) -> dict[str, list[str]]:
    try:
        return parse_qs(
            encoded.decode("ascii"), keep_blank_values=True, max_num_fields=FIELDS_MAX, errors="strict", separator="&"
        )
    except UnicodeDecodeError:
        raise _Unreadable(400, "the parameters are not UTF-8, percent-encoded: encode them so") from None
    except ValueError:
        raise _Unreadable(400, f"there are more than {FIELDS_MAX} parameters: ask in parts") from None


async def _say(send: Send, reply: Reply, *, packed: bool, has_body: bool) -> None:
    headers = [
        (b"content-type", reply.content_type.encode()),
        (b"content-length", str(len(reply.body)).encode()),
        (b"vary", b"Accept-Encoding"),
        *((name.lower().encode(), value.encode("latin-1")) for name, value in reply.headers.items()),
    ]
    if packed:
        headers.append((b"content-encoding", b"gzip"))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body if has_body else b""})
