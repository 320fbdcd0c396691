"""A TCP proxy on loopback that resets, delays, truncates and answers 502 at random, by a seed.

``python -m tests.client.faulty_proxy SEED`` serves `loopback` behind it, prints the port, and at the end of its
standard input what it did to how many answers.
"""

import asyncio
import json
import socket
import struct
import sys
from collections import Counter
from random import Random

from attrs import field, frozen
from tests.client.loopback import Server, serving

BAD_GATEWAY = (
    b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 28\r\n\r\n<html>502 Bad Gateway</html>"
)


@frozen
class Faults:
    """How often each fault happens: to how many of 1,000 answers, ``refuse`` to how many connections."""

    reset: int = 10
    """The connection is reset in place of the answer."""
    truncate: int = 10
    """The answer's first bytes, then the end of the connection."""
    bad_gateway: int = 10
    """The answer is a gateway's HTML page."""
    delay: int = 20
    """The answer comes `delay_seconds` later."""
    stall: int = 1
    """The answer never comes: the caller's time limit has to end it."""
    refuse: int = 10
    """The connection is reset before anything is read."""
    delay_seconds: float = 0.005


@frozen
class FaultyProxy:
    """What stands between the client and the server; called for each connection, as a protocol factory."""

    port: int
    """The server's."""
    random: Random
    faults: Faults = field(factory=Faults)
    made: Counter[str] = field(factory=Counter[str], init=False)
    """How many faults of each kind happened, and how many answers passed."""

    def __call__(self) -> asyncio.Protocol:
        """The protocol of one connection."""
        return _Downstream(self)

    def choose(self) -> str:
        """What happens to an answer."""
        faults, number = self.faults, self.random.randrange(1000)
        for name in ("reset", "truncate", "bad_gateway", "delay", "stall"):
            number -= getattr(faults, name)
            if number < 0:
                return name
        return "pass"


class _Downstream(asyncio.Protocol):
    """The side of the client. What it sends goes upstream as it is."""

    def __init__(self, proxy: FaultyProxy) -> None:
        self._proxy = proxy
        self._waiting = bytearray()
        self.transport: asyncio.Transport | None = None
        self._upstream: _Upstream | None = None
        self._connecting: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        if self._proxy.random.randrange(1000) < self._proxy.faults.refuse:
            self._proxy.made["refuse"] += 1
            reset(transport)
            return
        self._connecting = asyncio.ensure_future(self._connect())

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        _, upstream = await loop.create_connection(lambda: _Upstream(self._proxy, self), "127.0.0.1", self._proxy.port)
        self._upstream = upstream
        assert upstream.transport is not None
        upstream.transport.write(bytes(self._waiting))
        if self.transport is None:
            upstream.transport.close()

    def data_received(self, data: bytes) -> None:
        if self._upstream is None:
            self._waiting += data
        elif self._upstream.transport is not None:
            self._upstream.transport.write(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the base class's
        self.transport = None
        if self._upstream is not None and self._upstream.transport is not None:
            self._upstream.transport.close()


class _Upstream(asyncio.Protocol):
    """The side of the server. What it answers, an answer a piece, meets its fate here."""

    def __init__(self, proxy: FaultyProxy, downstream: _Downstream) -> None:
        self._proxy = proxy
        self._downstream = downstream
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        fate = self._proxy.choose()
        self._proxy.made[fate] += 1
        match fate:
            case "reset":
                if self._downstream.transport is not None:
                    reset(self._downstream.transport)
            case "truncate":
                self._send(data[: self._proxy.random.randrange(1, len(data))])
                if self._downstream.transport is not None:
                    self._downstream.transport.close()
            case "bad_gateway":
                self._send(BAD_GATEWAY)
            case "delay":
                asyncio.get_running_loop().call_later(self._proxy.faults.delay_seconds, self._send, data)
            case "stall":
                pass
            case _:
                self._send(data)

    def _send(self, data: bytes) -> None:
        if self._downstream.transport is not None:
            self._downstream.transport.write(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the base class's
        self.transport = None
        if self._downstream.transport is not None:
            self._downstream.transport.close()


def reset(transport: asyncio.Transport) -> None:
    """End a connection with a reset (RST) in place of an orderly close."""
    connection = transport.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


if __name__ == "__main__":
    with serving(Server) as server_port:
        proxy = FaultyProxy(server_port, Random(int(sys.argv[1])))  # noqa: S311 - no secret
        with serving(proxy) as port:
            print(port, flush=True)
            sys.stdin.read()
        print(json.dumps(proxy.made))
