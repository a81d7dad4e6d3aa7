"""The floor of a live stream: a POST's body is sent to every open GET as it is, by plain ASGI. `PORT` is its argument.

The same server and the same settings as Watchroom's, and nothing else: no record, no order, no replay, no rights.
"""

import asyncio
import gc
import sys
from typing import Any

import uvicorn

from benchmarks.programs import HOST

viewers: set["asyncio.Queue[bytes]"] = set()


async def app(scope: Any, receive: Any, send: Any) -> None:
    """GET /stream listens, POST broadcasts."""
    streaming = scope["path"] == "/stream"
    kind = b"text/event-stream; charset=utf-8" if streaming else b"text/plain"
    if not streaming:
        message = await receive()
        body = message.get("body", b"")
        while message.get("more_body"):
            message = await receive()
            body += message["body"]
        for queue in viewers:
            queue.put_nowait(body)
        head = [(b"content-type", kind), (b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": b"ok"})
        return
    queue: asyncio.Queue[bytes] = asyncio.Queue()
    viewers.add(queue)
    await receive()
    gone = asyncio.create_task(receive())
    gone.add_done_callback(lambda _: queue.put_nowait(b""))
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]})
    await send({"type": "http.response.body", "body": b"retry: 500\n\n", "more_body": True})
    while not gone.done():
        await send({"type": "http.response.body", "body": await queue.get(), "more_body": True})
    viewers.discard(queue)


if __name__ == "__main__":
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)
    uvicorn.run(
        app,
        host=HOST,
        port=int(sys.argv[1]),
        http="httptools",
        loop="uvloop",
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=1,
    )
