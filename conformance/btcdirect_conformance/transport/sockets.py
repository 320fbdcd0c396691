"""Sends a request over a socket and never fails: whatever comes back, or doesn't, is an ``Exchange``.

No redirect is followed, no cookie kept, no proxy of the environment used: each would put something between the request
that a case is about and the server that it judges. Certificates are verified; ``SSL_CERT_FILE`` and ``SSL_CERT_DIR``
add a private authority.
"""

import asyncio
import socket
import ssl
import time
from contextlib import suppress
from types import TracebackType
from typing import Protocol, Self
from urllib.parse import urlsplit

from attrs import define, field, frozen

from btcdirect_conformance.exchange import Exchange, Fault, FaultKind, Headers, Request, Response

from . import wire

_RESENDABLE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})

_REQUEST_TIMEOUT = 408
"""What some servers say on a connection that was idle for too long, and close it (RFC 9110, section 15.5.9)."""

MOST_RESENT = 3
"""So often a kept connection may be closed in place of an answer. From then on none is kept: who drops what is sent on
a new one has no excuse, and who closes what is idle is asked as well as before."""


class Unreachable(Exception):  # noqa: N818 - what is the matter, as TimeoutError would say less
    """There is no server to judge. Its text is one line that says why and what to look at."""


class Transport(Protocol):
    """Whatever carries requests to the server: a socket, or a call into an ASGI application."""

    async def reach(self) -> None:
        """Makes sure that there is a server.

        Raises:
            Unreachable: There is none.
        """

    async def exchange(self, request: Request, number: int) -> Exchange:
        """Sends the request and waits for the whole answer, a fault or the time limit."""
        ...

    async def aclose(self) -> None:
        """Closes what is open."""


@frozen
class Origin:
    """A base URL in its parts."""

    scheme: str
    host: str
    port: int
    prefix: str
    """The path before the endpoint's, without a slash at its end; mostly empty."""

    @classmethod
    def of(cls, base_url: str) -> Self:
        """Splits a base URL that the profile has checked."""
        parts = urlsplit(base_url)
        return cls(
            scheme=parts.scheme,
            host=parts.hostname or "",
            port=parts.port or (443 if parts.scheme == "https" else 80),
            prefix=parts.path.rstrip("/"),
        )

    @property
    def authority(self) -> str:
        """The value of ``Host``: without the scheme's own port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.scheme == "https" else 80) else f"{host}:{self.port}"


@define
class _Connection:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    used: bool = False

    def acknowledge_at_once(self) -> None:
        """Where the system can (Linux), and until the next exchange.

        A server that sends head and body in two pieces without TCP_NODELAY would otherwise wait 40 ms in between for
        an acknowledgement that this side holds back.
        """
        plain = self.writer.get_extra_info("socket")
        if plain is not None and hasattr(socket, "TCP_QUICKACK"):
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def close(self) -> None:
        self.writer.transport.abort()


@define
class SocketTransport:
    """HTTP/1.1 over TCP or TLS, with persistent connections.

    Args:
        base_url: Scheme, host, port and path prefix of the server.
        own_headers: What every request carries beside the case's fields (``User-Agent``, the run id).
        timeout: Seconds that a whole exchange may take, connecting included.
    """

    base_url: str
    own_headers: Headers = field(repr=False)
    timeout: float
    _origin: Origin = field(init=False)
    _tls: ssl.SSLContext | None = field(default=None, init=False, repr=False)
    _idle: list[_Connection] = field(factory=list[_Connection], init=False, repr=False)
    _open: list[_Connection] = field(factory=list[_Connection], init=False, repr=False)
    _resent: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self._origin = Origin.of(self.base_url)
        if self._origin.scheme == "https":
            import httpx  # late: 60 ms that only a run over TLS needs, for its choice of authorities

            self._tls = httpx.create_ssl_context()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Closes all connections."""
        connections, self._open, self._idle = self._open, [], []
        for connection in connections:
            connection.close()
        for connection in connections:
            with suppress(OSError, TimeoutError):
                await asyncio.wait_for(connection.writer.wait_closed(), 1)

    async def reach(self) -> None:
        """Opens a connection, TLS included, and keeps it for the first request.

        Raises:
            Unreachable: No such host, refused, no answer in time, or a certificate that does not verify.
        """
        try:
            async with asyncio.timeout(self.timeout):
                self._idle.append(await self._connect())
        except (OSError, TimeoutError) as error:
            raise Unreachable(f"cannot reach {self.base_url}: {self._explained(error)}") from error

    async def exchange(self, request: Request, number: int) -> Exchange:
        """Sends the request and waits for the whole answer, a fault or the time limit."""
        started = time.perf_counter()
        answer, resent = await self._answer(request)
        return Exchange(request, answer, time.perf_counter() - started, number, resent)

    async def _answer(self, request: Request) -> tuple[Response | Fault, int]:
        """What came of it, and how often it was sent again."""
        resent = 0
        headers = wire.with_defaults(request, (("Host", self._origin.authority), *self.own_headers))
        data = wire.head(request.method, self._origin.prefix + request.target, headers)
        reader = wire.AnswerReader(request.method)
        try:
            async with asyncio.timeout(self.timeout):
                while True:
                    connection = await self._take(request.method)
                    stale = connection.used
                    answer = await self._converse(connection, data, reader)
                    # A server may close an idle connection at any time; the request then goes out again on a new one
                    # (RFC 9112, section 9.3.1). A new connection is judged as it is.
                    if stale and _is_given_up(answer, reader):
                        reader = wire.AnswerReader(request.method)
                        self._drop_idle()
                        self._resent += 1
                        resent += 1
                        continue
                    return answer, resent
        except TimeoutError:
            return reader.fault(FaultKind.TIMEOUT, f"no whole answer within {self.timeout:g} s"), resent
        except OSError as error:
            return reader.fault(FaultKind.CONNECTION, self._explained(error)), resent

    async def _converse(self, connection: _Connection, data: bytes, reader: wire.AnswerReader) -> Response | Fault:
        answer: Response | Fault | None = None
        try:
            connection.writer.write(data)
            while answer is None:
                connection.acknowledge_at_once()
                answer = reader.feed(await connection.reader.read(65536))
        except OSError as error:  # a reset; what had arrived is in the reader
            return reader.fault(FaultKind.CONNECTION, self._explained(error))
        else:
            return answer
        finally:
            kept = answer is not None and reader.reusable and self._resent < MOST_RESENT
            if kept and not connection.reader.at_eof():
                connection.used = True
                self._idle.append(connection)
            else:
                self._close(connection)

    async def _take(self, method: str) -> _Connection:
        if method in _RESENDABLE:
            while self._idle:
                connection = self._idle.pop()
                if not connection.reader.at_eof() and not connection.writer.is_closing():
                    return connection
                self._close(connection)
        return await self._connect()

    async def _connect(self) -> _Connection:
        reader, writer = await asyncio.open_connection(
            self._origin.host,
            self._origin.port,
            ssl=self._tls,
            server_hostname=self._origin.host if self._tls else None,
        )
        connection = _Connection(reader, writer)
        self._open.append(connection)
        return connection

    def _drop_idle(self) -> None:
        while self._idle:
            self._close(self._idle.pop())

    def _close(self, connection: _Connection) -> None:
        connection.close()
        if connection in self._open:
            self._open.remove(connection)

    def _explained(self, error: OSError) -> str:
        host, port = self._origin.host, self._origin.port
        host = f"[{host}]" if ":" in host else host
        match error:
            case socket.gaierror():
                return f"no such host: {host}"
            case ssl.SSLCertVerificationError():
                return f"the certificate of {host} does not verify: {error.verify_message}"
            case ssl.SSLError():
                why = "it speaks something else" if error.reason == "WRONG_VERSION_NUMBER" else error.reason
                return f"no TLS with {host}:{port}: {why or 'the handshake failed'}; is the scheme of base_url right?"
            case ConnectionRefusedError():
                return f"nothing listens on {host}:{port} (connection refused)"
            case ConnectionResetError() | BrokenPipeError():
                return "the connection was reset"
            case TimeoutError():
                return f"no connection to {host}:{port} within {self.timeout:g} s"
            case _:
                return error.strerror or type(error).__name__


def _is_given_up(answer: Response | Fault, reader: wire.AnswerReader) -> bool:
    """Whether an answer on a kept connection says no more than that the server had given the connection up."""
    if isinstance(answer, Response):
        return answer.status == _REQUEST_TIMEOUT
    return answer.kind is FaultKind.CONNECTION and not reader.received
