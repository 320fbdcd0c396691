"""Answers that are broken below HTTP, or never end: what the transport makes of them, on real sockets."""

import asyncio
import gzip

import pytest
from tests.conformance.helpers.raw import PATIENCE, Reply, answer, hangs_up, outcome, raw_server, request

from btcdirect_conformance.exchange import Fault, FaultKind
from btcdirect_conformance.transport.sockets import SocketTransport

SHORT = 0.1


async def fault(reply: Reply | bytes, limit: float = PATIENCE) -> Fault:
    """The fault that such an answer is."""
    found = await outcome(reply, limit=limit)
    assert isinstance(found, Fault)
    return found


async def test_dropped_on_a_new_connection() -> None:
    """A connection that is closed without an answer is a fault, not tried again."""
    async with raw_server(hangs_up()) as server, SocketTransport(server.base_url, (), PATIENCE) as transport:
        found = (await transport.exchange(request(), 1)).answer
    assert isinstance(found, Fault)
    assert found.kind is FaultKind.CONNECTION
    assert server.connections == 1


async def test_dropped_within_the_head() -> None:
    """A connection that is closed in the middle of the head is a fault of the connection."""
    assert (await fault(hangs_up(b"HTTP/1.1 200 OK\r\nConte"))).kind is FaultKind.CONNECTION


async def test_reset() -> None:
    """A reset is a fault of the connection."""

    async def resets(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    assert (await fault(resets)).kind is FaultKind.CONNECTION


async def test_short_body() -> None:
    """A body shorter than announced is truncated, and what had arrived is evidence."""
    found = await fault(hangs_up(b"HTTP/1.1 404 X\r\nContent-Length: 10\r\nX-A: b\r\n\r\nabc"))
    assert (found.kind, found.status, found.body) == (FaultKind.TRUNCATED, 404, b"abc")
    assert ("X-A", "b") in found.headers


async def test_unended_chunks() -> None:
    """Chunks without a last one are truncated."""
    found = await fault(hangs_up(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"))
    assert found.kind is FaultKind.TRUNCATED


@pytest.mark.parametrize(
    ("name", "body"),
    [
        (b"gzip", b'{"plain": 1}'),
        (b"gzip", gzip.compress(b"plain")[:-4]),
        (b"gzip", gzip.compress(b"pl") + gzip.compress(b"ain")[:-4]),
        (b"gzip", gzip.compress(b"plain") + b"more"),
        (b"deflate", b"plain"),
        (b"br", b"plain"),
        (b"gzip", gzip.compress(bytes(5 * 1024 * 1024))),
    ],
    ids=["not-coded", "cut", "second-member-cut", "more-behind", "no-deflate", "not-asked-for", "bomb"],
)
async def test_wrong_coding(name: bytes, body: bytes) -> None:
    """A body that is not in the announced coding is a fault, and the bytes are evidence."""
    found = await fault(answer(body, b"Content-Encoding: " + name))
    assert found.kind is FaultKind.CODING
    assert found.body == body


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        b"HTTP/9.9 what\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nBad header\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
        b"\0\1\2\3" * 500,
    ],
    ids=["ssh", "version", "field", "lengths", "length", "chunk", "101", "binary"],
)
async def test_no_http(data: bytes) -> None:
    """What is not HTTP is a fault of the protocol."""
    assert (await fault(hangs_up(data))).kind is FaultKind.PROTOCOL


async def test_endless_head() -> None:
    """A head that does not end is given up."""

    async def endless(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while not writer.is_closing():
            writer.write(b"X-A: b\r\n" * 1000)
            await writer.drain()

    assert (await fault(endless)).kind in (FaultKind.PROTOCOL, FaultKind.TOO_LARGE)


async def test_endless_body() -> None:
    """A body larger than any answer of this API is given up."""

    async def endless(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"a" * 65536)
            await writer.drain()

    assert (await fault(endless)).kind is FaultKind.TOO_LARGE


async def test_hang() -> None:
    """A server that never answers hits the time limit."""

    async def hangs(_: bytes, __: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    assert (await fault(hangs, SHORT)).kind is FaultKind.TIMEOUT


async def test_hang_after_the_head() -> None:
    """A body that never comes hits the time limit, and the head is evidence."""

    async def hangs(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
        await asyncio.Event().wait()

    found = await fault(hangs, 0.5)
    assert found.kind is FaultKind.TIMEOUT
    assert (found.status, found.body) == (200, b"abc")


async def test_drip() -> None:
    """The time limit is on the whole exchange: bytes that keep coming one by one do not extend it."""

    async def drips(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4000000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"a")
            await writer.drain()
            await asyncio.sleep(0)

    assert (await fault(drips, SHORT)).kind is FaultKind.TIMEOUT
