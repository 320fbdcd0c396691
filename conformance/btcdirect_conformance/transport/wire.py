"""HTTP/1.1 on the wire as pure functions: a request to bytes, bytes to an answer.

h11 reads. What is sent is written here, byte for byte: h11 would refuse a credential that ends in a blank, and a client
library would mend ``%zz`` and ``//`` before a server could be judged by them.
"""

import zlib

import h11
from attrs import define, field

from btcdirect_conformance.exchange import Fault, FaultKind, Headers, Request, Response

CODINGS = "gzip, deflate"
"""What ``Accept-Encoding`` asks for, and all that is undone."""

ACCEPT = ("Accept", "application/json")
"""What is sent where a case does not say what it accepts."""

MAX_HEAD = 64 * 1024
MAX_BODY = 4 * 1024 * 1024

_BODY_EXPECTED = frozenset({"POST", "PUT", "PATCH"})


def with_defaults(request: Request, own: Headers) -> Headers:
    """The header fields as they are sent: the transport's own, the case's, and what the case left to the default."""
    given = {name.lower() for name, _ in request.headers}
    defaults = [ACCEPT, ("Accept-Encoding", CODINGS)]
    if request.method in _BODY_EXPECTED:
        defaults.append(("Content-Length", "0"))  # RFC 9110, section 8.6
    return (*own, *request.headers, *((name, value) for name, value in defaults if name.lower() not in given))


def head(method: str, target: str, headers: Headers) -> bytes:
    """The bytes of a request without content.

    Raises:
        ValueError: It would not arrive as one request: a blank or a control character in the method or the target, a
            line break or NUL in a header field.
    """
    if not method or not target or any(char <= " " or char == "\x7f" for char in method + target):
        raise ValueError(f"no request line: {method!r} {target!r}")
    for name, value in headers:
        if not name or set(name) & set("\r\n\0: ") or set(value) & set("\r\n\0"):
            raise ValueError(f"the header field {name!r} can't be sent: a line break, NUL, or no name")
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode()


@define
class AnswerReader:
    """Reads one answer. Feed it what arrives, ``b""`` at the end of the connection, until it hands over a result."""

    method: str
    max_body: int = MAX_BODY
    reusable: bool = field(default=False, init=False)
    """Whether the connection can carry another request; meaningful once there is a result."""
    received: int = field(default=0, init=False)
    _connection: h11.Connection = field(init=False, repr=False)
    _response: h11.Response | None = field(default=None, init=False, repr=False)
    _body: bytearray = field(factory=bytearray, init=False, repr=False)
    _first: bytes = field(default=b"", init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEAD)
        # A stand-in for what was really sent, so that h11 knows which method it reads the answer of.
        self._connection.send(h11.Request(method=self.method, target="/", headers=[("Host", "stand-in")]))
        self._connection.send(h11.EndOfMessage())

    def feed(self, data: bytes) -> Response | Fault | None:
        """The answer once it is whole or has failed, ``None`` while more is needed."""
        self.received += len(data)
        self._first = (self._first + data)[:1024] if len(self._first) < 1024 else self._first
        if self.received > self.max_body + MAX_HEAD:
            return self.fault(FaultKind.TOO_LARGE, f"more than {self.max_body} bytes")
        try:
            self._connection.receive_data(data)
            return self._advance()
        except h11.ProtocolError as error:
            return self._failure(str(error), ended=not data)

    def fault(self, kind: FaultKind, detail: str) -> Fault:
        """A fault with what has arrived so far."""
        if self._response is None:
            return Fault(kind, detail, body=self._first)
        return Fault(kind, detail, self._response.status_code, _headers(self._response), bytes(self._body))

    def _advance(self) -> Response | Fault | None:
        while True:
            event = self._connection.next_event()
            if event is h11.NEED_DATA:
                return None
            if isinstance(event, h11.Response):
                self._response = event
            elif isinstance(event, h11.Data):
                self._body += event.data
                if len(self._body) > self.max_body:
                    return self.fault(FaultKind.TOO_LARGE, f"more than {self.max_body} bytes")
            elif isinstance(event, h11.EndOfMessage):
                return self._finish()
            elif isinstance(event, h11.ConnectionClosed):
                return self.fault(FaultKind.CONNECTION, "the connection was closed without an answer")

    def _finish(self) -> Response | Fault:
        assert self._response is not None  # noqa: S101 - h11 ends no message that it did not begin
        surplus, closed = self._connection.trailing_data
        self.reusable = self._connection.their_state is h11.DONE and not surplus and not closed
        headers = _headers(self._response)
        left = len(surplus.strip(b"\r\n"))
        # After an answer that has no content by its nature, as to HEAD, it is that method's own matter.
        if self._body and left:
            return self.fault(FaultKind.PROTOCOL, f"{len(surplus)} bytes after the end of the answer")
        try:
            body = decoded(bytes(self._body), headers, self.max_body)
        except ValueError as error:
            return self.fault(FaultKind.CODING, str(error))
        return Response(self._response.status_code, headers, body, left)

    def _failure(self, detail: str, *, ended: bool) -> Fault:
        if not ended:
            return self.fault(FaultKind.PROTOCOL, detail)
        if self._response is not None:
            return self.fault(
                FaultKind.TRUNCATED, f"the connection was closed after {len(self._body)} bytes of the body"
            )
        if self._first and not self._first.startswith(b"HTTP/"[: len(self._first)]):
            return self.fault(FaultKind.PROTOCOL, detail)
        return self.fault(FaultKind.CONNECTION, "the connection was closed before the answer's head was whole")


def decoded(body: bytes, headers: Headers, limit: int) -> bytes:
    """The body without its content codings (RFC 9110, section 8.4).

    Raises:
        ValueError: The body is not in the announced coding, the coding was not asked for, or it unpacks to more than
            the limit.
    """
    announced = ",".join(value for name, value in headers if name.lower() == "content-encoding")
    codings = [name.strip().lower() for name in announced.split(",") if name.strip()]
    for coding in reversed(codings):
        if coding == "identity" or not body:
            continue
        if coding not in ("gzip", "x-gzip", "deflate"):
            raise ValueError(f"Content-Encoding: {coding}, which was not asked for (Accept-Encoding: {CODINGS})")
        body = _inflated(body, coding, limit)
    return body


def _inflated(body: bytes, coding: str, limit: int) -> bytes:
    # Both readings of "deflate" are in use: with the zlib header that RFC 9110 asks for, and bare.
    windows = (zlib.MAX_WBITS | 16,) if coding.endswith("gzip") else (zlib.MAX_WBITS, -zlib.MAX_WBITS)
    problem = "it ends too early"
    for window in windows:
        try:
            return _members(body, window, limit)
        except zlib.error as error:
            problem = str(error)
        except EOFError:
            continue
    raise ValueError(f"the body is not {coding}: {problem}")


def _members(body: bytes, window: int, limit: int) -> bytes:
    """All members of a stream: a gzip file is a series of them (RFC 1952, section 2.2)."""
    plain = bytearray()
    while True:
        inflater = zlib.decompressobj(window)
        plain += inflater.decompress(body, limit + 1 - len(plain))
        if len(plain) > limit:
            raise ValueError(f"unpacks to more than {limit} bytes")
        if not inflater.eof:
            raise EOFError
        body = inflater.unused_data
        if not body or window != zlib.MAX_WBITS | 16:
            return bytes(plain)


def _headers(response: h11.Response) -> Headers:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers.raw_items())
