"""A server on loopback that answers with whatever bytes a test wants, HTTP or not."""

import asyncio
import contextlib
from collections.abc import Callable, Generator, Iterator

from attrs import define, field
from tests.client.loopback import serving

Reply = Callable[["Connection", bytes], None]
_BODY = b'{"name":"liveness","status":"pending"}'
OK = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(_BODY), _BODY)


@define
class Record:
    """What reached the server."""

    heads: list[bytes] = field(factory=list)
    connections: int = 0


class Connection(asyncio.Protocol):
    """One connection; hands each request to the test's function."""

    transport: asyncio.Transport

    def __init__(self, reply: Reply, record: Record) -> None:
        self._reply = reply
        self._record = record
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._record.connections += 1

    def data_received(self, data: bytes) -> None:
        """Pass on each head that is whole."""
        *heads, self._buffer = (self._buffer + data).split(b"\r\n\r\n")
        for head in heads:
            self._record.heads.append(head)
            self._reply(self, head)

    def drip(self, data: Iterator[bytes], interval: float = 0.01) -> None:
        """Send piece by piece, for as long as the other end is there."""
        if not self.transport.is_closing() and (piece := next(data, None)) is not None:
            self.transport.write(piece)
            asyncio.get_running_loop().call_later(interval, self.drip, data, interval)


@contextlib.contextmanager
def raw_server(reply: Reply | bytes, *, close: bool = False) -> Generator[tuple[str, Record]]:
    """Serve; yields the base URL and what arrived. Bytes are the same answer to all."""
    record = Record()

    def send(connection: Connection, _: bytes) -> None:
        assert isinstance(reply, bytes)
        connection.transport.write(reply)
        if close:
            connection.transport.close()

    chosen = send if isinstance(reply, bytes) else reply
    with serving(lambda: Connection(chosen, record)) as port:
        yield f"http://127.0.0.1:{port}", record
