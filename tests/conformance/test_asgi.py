"""An application is called as a server would call it, and answers as it would through a server."""

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, MutableMapping
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request as StarletteRequest
from starlette.responses import Response as StarletteResponse
from starlette.responses import StreamingResponse
from starlette.routing import Route
from tests.conformance.helpers.raw import TARGET, request

from btcdirect_conformance import profile as profiles
from btcdirect_conformance.exchange import Fault, FaultKind, Request, Response
from btcdirect_conformance.run.options import Options
from btcdirect_conformance.run.runner import run_suite
from btcdirect_conformance.server.faults import FAULTS
from btcdirect_conformance.server.fixtures import Fixtures
from btcdirect_conformance.server.running import compose
from btcdirect_conformance.server.store import Store
from btcdirect_conformance.transport.asgi import RAISED, AsgiTransport
from btcdirect_conformance.transport.lifespan import NotStarted

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]


def start(status: int = 200, *headers: tuple[bytes, bytes]) -> Message:
    """The beginning of an answer."""
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def body(data: bytes = b"", *, more: bool = False) -> Message:
    """A piece of a body."""
    return {"type": "http.response.body", "body": data, "more_body": more}


async def outcome(*messages: Message, asked: Request | None = None, then: Exception | None = None) -> Response | Fault:
    """What is made of an application that sends these, and raises this."""

    async def app(_: Message, __: object, send: Send) -> None:
        for message in messages:
            await send(message)
        if then:
            raise then

    return (await AsgiTransport(app).exchange(asked or request(), 1)).answer


async def test_answer() -> None:
    """Status, headers and a body in pieces become a response."""
    found = await outcome(start(404, (b"X-A", b"b")), body(b"ab", more=True), body(b"c"))
    assert found == Response(404, (("X-A", "b"),), b"abc")


async def test_scope() -> None:
    """The application sees the target as it was sent, the path decoded, and lower-case header names."""
    seen: list[Message] = []

    async def app(scope: Message, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
        seen.extend((scope, await receive()))
        await send(start())
        await send(body())

    transport = AsgiTransport(app)
    target = TARGET.replace("480213", "48%30213%2F%zz") + "?a=%20"
    await transport.exchange(request(target, headers=(("X-Api-Key", "k "),)), 1)
    scope, asked = seen
    assert scope["raw_path"] == target.split("?")[0].encode()
    assert scope["path"] == TARGET.replace("480213", "480213/%zz")
    assert scope["query_string"] == b"a=%20"
    assert (b"x-api-key", b"k") in scope["headers"]
    assert (asked["type"], asked["more_body"]) == ("http.request", False)


async def test_client_stays_until_the_answer_is_whole() -> None:
    """An application that listens for a disconnect beside its answer hears of one after the last piece, not before."""
    heard: list[Message] = []

    async def app(_: Message, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
        await receive()
        listening = asyncio.ensure_future(receive())
        await send(start())
        await send(body(b"a", more=True))
        await asyncio.sleep(0)
        assert not listening.done()
        await send(body(b"b"))
        heard.extend((await listening, await receive()))

    found = (await AsgiTransport(app).exchange(request(), 1)).answer
    assert found == Response(200, (), b"ab")
    assert [message["type"] for message in heard] == ["http.disconnect", "http.disconnect"]


async def passed_on(request: StarletteRequest, call_next: RequestResponseEndpoint) -> StarletteResponse:
    """A middleware that changes nothing."""
    return await call_next(request)


@pytest.mark.parametrize(
    "middleware", [[], [Middleware(BaseHTTPMiddleware, dispatch=passed_on)]], ids=["bare", "under"]
)
async def test_streamed_answer(middleware: list[Middleware]) -> None:
    """Starlette cancels a streamed answer when its client is gone, and streams again for a BaseHTTPMiddleware."""

    async def pieces() -> AsyncGenerator[bytes]:
        for piece in (b"a", b"b", b"c"):
            await asyncio.sleep(0)
            yield piece

    async def endpoint(_: StarletteRequest) -> StreamingResponse:
        return StreamingResponse(pieces(), 404)

    app = Starlette(routes=[Route("/{path:path}", endpoint)], middleware=middleware)
    found = (await AsgiTransport(app).exchange(request(), 1)).answer
    assert found == Response(404, (), b"abc")


async def test_raises_before_it_answers() -> None:
    """An application that raises is a server's 500."""
    found = await outcome(then=ValueError("canary"))
    assert isinstance(found, Response)
    assert found.status == 500
    assert b"canary" not in found.body


@pytest.mark.parametrize(
    ("messages", "kind"),
    [
        ((start(), body(b"a", more=True)), FaultKind.TRUNCATED),
        ((start(200, (b"Content-Length", b"5")), body(b"abc")), FaultKind.TRUNCATED),
        ((start(200, (b"Content-Encoding", b"gzip")), body(b"abc")), FaultKind.CODING),
    ],
)
async def test_fault(messages: tuple[Message, ...], kind: FaultKind) -> None:
    """What a server could not send on is a fault."""
    found = await outcome(*messages)
    assert isinstance(found, Fault)
    assert found.kind is kind


@pytest.mark.parametrize("sent", [(), (start(), body(b"a", more=True))])
async def test_hang(sent: tuple[Message, ...]) -> None:
    """An application that never answers, or never to the end, hits the time limit, also if it awaits a disconnect."""

    async def app(_: Message, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
        await receive()
        for message in sent:
            await send(message)
        await receive()

    found = (await AsgiTransport(app, timeout=0.05).exchange(request(), 1)).answer
    assert isinstance(found, Fault)
    assert found.kind is FaultKind.TIMEOUT


async def test_work_after_the_answer() -> None:
    """A whole answer is one, whatever the application goes on to do: a server would have sent it."""

    async def app(_: Message, __: object, send: Send) -> None:
        await send(start())
        await send(body(b"a"))
        await asyncio.Event().wait()

    assert (await AsgiTransport(app, timeout=0.05).exchange(request(), 1)).answer == Response(200, (), b"a")


@pytest.mark.parametrize("raised", [ValueError("again"), TimeoutError()])
async def test_raises_after_it_answered(raised: Exception) -> None:
    """What had been answered by then is the answer; an application's own TimeoutError is not the time limit."""
    found = await outcome(start(500), body(b"{}"), then=raised)
    assert isinstance(found, Response)
    assert (found.status, found.body) == (500, b"{}")


async def test_what_an_application_raises() -> None:
    """The answer says what was raised and where, as a server's log would, and not the text: it may hold a secret."""
    for messages in ((), (start(500), body(b"{}")), (start(200), body(b"{", more=True))):
        found = await outcome(*messages, then=RuntimeError("k7qx9az2mwtt4"))
        (raised,) = (value for name, value in found.headers if name == RAISED)
        assert re.fullmatch(r"RuntimeError at test_asgi\.py:\d+", raised)
        assert "k7qx9az2mwtt4" not in repr((found.headers, found.body))


async def test_lifespan() -> None:
    """Startup comes before the first request, its state with every request, shutdown after the last."""
    seen: list[str] = []

    async def app(scope: Message, receive: Callable[[], Awaitable[Message]], send: Send) -> None:
        if scope["type"] == "lifespan":
            seen.append((await receive())["type"])
            scope["state"]["answer"] = b"42"
            await send({"type": "lifespan.startup.complete"})
            seen.append((await receive())["type"])
            await send({"type": "lifespan.shutdown.complete"})
        else:
            seen.append(scope["type"])
            await send(start())
            await send(body(scope["state"]["answer"]))

    async with AsgiTransport(app) as transport:
        found = (await transport.exchange(request(), 1)).answer
    assert isinstance(found, Response)
    assert found.body == b"42"
    assert seen == ["lifespan.startup", "http", "lifespan.shutdown"]


async def test_no_lifespan() -> None:
    """An application that knows none is asked all the same, whether it raises or returns."""

    async def raises(scope: Message, _: object, send: Send) -> None:
        assert scope["type"] == "http"
        await send(start())
        await send(body())

    async def returns(scope: Message, _: object, send: Send) -> None:
        if scope["type"] == "http":
            await send(start())
            await send(body())

    for app in (raises, returns):
        async with AsgiTransport(app) as transport:
            assert isinstance((await transport.exchange(request(), 1)).answer, Response)


async def test_startup_that_hangs() -> None:
    """It has the time of a request."""

    async def app(_: Message, __: object, ___: Send) -> None:
        await asyncio.Event().wait()

    with pytest.raises(NotStarted, match=r"its startup has not ended within 0\.05 s"):
        async with AsgiTransport(app, timeout=0.05):
            pass


async def test_shutdown_that_hangs() -> None:
    """So has its end, which changes nothing about what was answered."""

    async def app(_: Message, __: object, send: Send) -> None:
        await send({"type": "lifespan.startup.complete"})
        await asyncio.Event().wait()

    async with AsgiTransport(app, timeout=0.05):
        pass


async def test_head_has_no_body() -> None:
    """The answer to HEAD has no body, whatever the application sends."""
    answered = start(200, (b"Content-Length", b"3")), body(b"abc")
    found = await outcome(*answered, asked=request(method="HEAD"))
    assert isinstance(found, Response)
    assert found.body == b""


async def test_whole_run() -> None:
    """The reference application conforms without a socket, and a faulty one is caught."""
    profile = profiles.parse(Fixtures().profile("http://127.0.0.1"), {})
    quiet = Options(seed=1, fuzz_requests=0)
    fine = await run_suite(profile, quiet, transport=AsgiTransport(compose(None, Store())))
    assert fine.exit_status == 0
    app = compose(FAULTS["code-ER150-told-as-ER035"], Store())
    wrong = await run_suite(profile, quiet, transport=AsgiTransport(app))
    assert wrong.exit_status == 1
