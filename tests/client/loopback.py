"""A bare HTTP/1.1 server on loopback that checks every request: quick enough that the client is what is measured.

``python tests/client/loopback.py`` serves on a free port, prints it, and ends with its standard input.
"""

import asyncio
import contextlib
import json
import sys
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future

API_KEY = "loopback-api-key"
_NOT_THEIRS = {
    "ER150": {
        "code": "ER150",
        "message": "Provided orderId does not belong to authenticated user.",
        "solution": "Provide an orderId that belongs to the user.",
    }
}


def owner_of(order_id: str, users: int = 100) -> str:
    """The user token that an order belongs to."""
    return f"user-token-{int(order_id) % users}"


def access_token_of(order_id: str) -> str:
    """The access token in the answer to the order's owner."""
    return f"access-token-of-{order_id}"


def answer(head: bytes) -> bytes:
    """The whole answer to the head of a request."""
    request_line, *lines = head.decode("ascii").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    order_id = request_line.split("/")[4]
    if headers.get("x-api-key") != API_KEY:
        return _response("401 Unauthorized", {"errors": {}})
    if headers.get("user-authorization") != f"Bearer {owner_of(order_id)}":
        return _response("403 Forbidden", {"errors": _NOT_THEIRS})
    data = {"accessToken": access_token_of(order_id)}
    return _response("200 OK", {"name": "liveness", "type": None, "status": "pending", "data": data})


def _response(status: str, body: dict[str, object]) -> bytes:
    content = json.dumps(body).encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content


class Server(asyncio.Protocol):
    """One connection: answers heads as they come; a GET has no body."""

    def __init__(self) -> None:
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer each head that is whole."""
        assert self._transport is not None
        *heads, self._buffer = (self._buffer + data).split(b"\r\n\r\n")
        for head in heads:
            self._transport.write(answer(head))


@contextlib.contextmanager
def serving(protocol: Callable[[], asyncio.Protocol]) -> Generator[int]:
    """Serve on a free port from a thread of its own, so that it answers sync and async clients alike."""
    started: Future[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
        stop = asyncio.Event()
        started.set_result((server.sockets[0].getsockname()[1], asyncio.get_running_loop(), stop))
        async with server:
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    port, loop, stop = started.result()
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


if __name__ == "__main__":
    with serving(Server) as port:
        print(port, flush=True)
        sys.stdin.read()
