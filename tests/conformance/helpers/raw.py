"""A TCP server that says exactly what a test tells it to, and keeps what it was sent."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from attrs import define, field

from btcdirect_conformance.exchange import Fault, Headers, Request, Response
from btcdirect_conformance.facts import ApiKey, ClientToken, Fixtures, Order, RequestFacts, UserToken
from btcdirect_conformance.judgement.classify import read_facts
from btcdirect_conformance.transport.sockets import SocketTransport

TARGET = "/api/v2/buy/480213/identification/liveness"

PATIENCE = 20.0
"""Seconds that no test takes."""

Reply = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]


@define
class RawServer:
    """What a test sees of it."""

    base_url: str
    heads: list[bytes] = field(factory=list[bytes])
    connections: int = 0


@asynccontextmanager
async def raw_server(reply: Reply | bytes, tls: ssl.SSLContext | None = None) -> AsyncIterator[RawServer]:
    """Answers every request head with these bytes, or by this function, on 127.0.0.1."""
    tasks: set[asyncio.Task[None]] = set()
    server = RawServer("")

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.current_task())  # type: ignore[arg-type]
        server.connections += 1
        with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                server.heads.append(head)
                if isinstance(reply, bytes):
                    writer.write(reply)
                else:
                    await reply(head, writer)
                await writer.drain()
        writer.transport.abort()

    listening = await asyncio.start_server(converse, "127.0.0.1", 0, ssl=tls)
    host, port = listening.sockets[0].getsockname()
    server.base_url = f"{'https' if tls else 'http'}://{host}:{port}"
    try:
        yield server
    finally:
        listening.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await listening.wait_closed()


def answer(body: bytes = b"{}", *fields: bytes, status: bytes = b"200 OK") -> bytes:
    """A whole answer with the right length."""
    head = (b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *fields)
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def hangs_up(data: bytes = b"") -> Reply:
    """Says something and closes the connection."""

    async def reply(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()
        writer.close()

    return reply


def request(target: str = TARGET, method: str = "GET", headers: Headers = ()) -> Request:
    """A request with the facts that it has, or some if it is none for the endpoint."""
    some = RequestFacts(ClientToken.ABSENT, ApiKey.ABSENT, UserToken.ABSENT, Order.OWNED, method)
    return Request(method, target, headers, read_facts(method, target, headers, Fixtures(owned="480213")) or some)


async def outcome(reply: Reply | bytes, asked: Request | None = None, limit: float = PATIENCE) -> Response | Fault:
    """What the transport makes of a server that answers so."""
    async with raw_server(reply) as server, SocketTransport(server.base_url, (), limit) as transport:
        return (await transport.exchange(asked or request(), 1)).answer
