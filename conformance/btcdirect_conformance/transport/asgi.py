"""Carries requests into an ASGI application without a socket, for people who own a server."""

import asyncio
import time
import traceback
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote_to_bytes

from attrs import define, evolve, field

from btcdirect_conformance.exchange import Exchange, Fault, FaultKind, Headers, Request, Response

from . import wire
from .lifespan import ASGIApp, Message, lifespan

RAISED = "X-Application-Raised"
"""A field of our own that says what a server would log, so that a report can."""

_NO_ANSWER = Response(500, (("content-type", "text/plain"),), b"Internal Server Error")
"""What a server sends for an application that raises before it answers."""


@define
class AsgiTransport:
    """Calls an application as a server would (ASGI 3). As a context manager it runs the application's lifespan.

    Args:
        app: The application.
        timeout: Seconds that a call may take, and each end of the lifespan.
    """

    app: ASGIApp
    timeout: float = 10.0
    _state: dict[str, Any] = field(factory=dict[str, Any], init=False)
    _stack: AsyncExitStack = field(factory=AsyncExitStack, init=False)

    async def __aenter__(self) -> Self:
        """Starts the application.

        Raises:
            NotStarted: It does not start.
        """
        self._state = await self._stack.enter_async_context(lifespan(self.app, self.timeout))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def reach(self) -> None:
        """An application is always there."""

    async def aclose(self) -> None:
        """Ends the lifespan, if it has begun."""
        await self._stack.aclose()

    async def exchange(self, request: Request, number: int) -> Exchange:
        """Calls the application and waits until it returns, raises or meets the time limit.

        An answer that is whole by then is the answer: a server would have sent it.
        """
        started = time.perf_counter()
        call, limit = _Call(request.method), asyncio.timeout(self.timeout)
        try:
            async with limit:
                await self.app(_scope(request, self._state), call.receive, call.send)
            answer = call.answer()
        except Exception as error:
            # Some frameworks raise once more after they have answered, a TimeoutError of their own as well.
            if not limit.expired():
                answer = _with(call.answer(), error)
            elif call.whole.is_set():
                answer = call.answer()
            else:
                answer = Fault(FaultKind.TIMEOUT, f"no whole answer within {self.timeout:g} s")
        return Exchange(request, answer, time.perf_counter() - started, number)


def _with(answer: Response | Fault, error: Exception) -> Response | Fault:
    """An answer with what was raised and where; not with the exception's text, which may hold a secret."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
    return evolve(answer, headers=(*answer.headers, (RAISED, where)))


@define
class _Call:
    method: str
    status: int = field(default=0, init=False)
    headers: Headers = field(default=(), init=False)
    body: bytes = field(default=b"", init=False)
    whole: asyncio.Event = field(factory=asyncio.Event, init=False)
    asked: bool = field(default=False, init=False)

    async def receive(self) -> Message:
        if not self.asked:
            self.asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        # The client stays for the whole answer: Starlette cancels a streamed one whose client is gone.
        await self.whole.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            fields = message.get("headers", ())
            self.headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in fields)
        elif message["type"] == "http.response.body":
            self.body += message.get("body", b"")
            if not message.get("more_body", False):
                self.whole.set()

    def answer(self) -> Response | Fault:
        if not self.status:
            return _NO_ANSWER
        if not self.whole.is_set():
            return self._fault(FaultKind.TRUNCATED, "the application returned in the middle of the body")
        if self.method == "HEAD":
            return Response(self.status, self.headers, b"")
        announced = [value for name, value in self.headers if name.lower() == "content-length"]
        if announced and announced != [str(len(self.body))]:
            return self._fault(FaultKind.TRUNCATED, f"{len(self.body)} bytes, announced as {', '.join(announced)}")
        try:
            return Response(self.status, self.headers, wire.decoded(self.body, self.headers, wire.MAX_BODY))
        except ValueError as error:
            return self._fault(FaultKind.CODING, str(error))

    def _fault(self, kind: FaultKind, detail: str) -> Fault:
        return Fault(kind, detail, self.status, self.headers, self.body)


def _scope(request: Request, state: dict[str, Any]) -> Message:
    raw_path, _, query = request.target.partition("?")
    headers = wire.with_defaults(request, (("Host", "asgi"),))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": unquote_to_bytes(raw_path).decode("utf-8", "replace"),
        "raw_path": raw_path.encode("ascii"),
        "query_string": query.encode("ascii"),
        "root_path": "",
        "headers": [(name.lower().encode("latin-1"), value.strip(" \t").encode()) for name, value in headers],
        "client": ("127.0.0.1", 0),
        "server": ("asgi", 80),
        "state": state.copy(),
    }
