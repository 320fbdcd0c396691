"""The ASGI application: routes on the path as it was sent, and leaves every decision to the rules."""

import asyncio
from collections.abc import Callable, Sequence
from random import Random

from attrs import define, field, frozen
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from .messages import Call, Reply, envelope
from .rules import Rules
from .sessions import SESSION_ROUTES, Session


@frozen
class Injection:
    """What the developer of a front end wants to see their code survive."""

    delay: float = 0.0
    """Seconds before every answer."""
    fail_rate: float = 0.0
    """Share of the answers, 0 to 1, that are an ER999 with status 500 instead."""
    cors: tuple[str, ...] = ()
    """Origins that a browser may call from; ``*`` for any."""
    log: Callable[[str], None] | None = None
    """Takes a line for each request: method, path, status and codes. Nothing of its headers."""
    dice: Random = field(factory=Random, repr=False)


@define
class LivenessApp:
    """The reference server's application.

    Not Starlette's router: that matches the decoded path, where ``%2F`` and ``/`` are the same.
    """

    rules: Rules
    injection: Injection = field(factory=Injection)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":  # pragma: no cover - uvicorn runs with lifespan and WebSockets off
            return
        if self.injection.delay:
            await asyncio.sleep(self.injection.delay)
        response, codes = await self._response(scope, receive)
        if self.injection.log:
            path = scope["raw_path"].decode("ascii", "replace")
            self.injection.log(" ".join([scope["method"], path, str(response.status_code), *codes]))
        await response(scope, receive, send)

    async def _response(self, scope: Scope, receive: Receive) -> tuple[Response, Sequence[str]]:
        if self.injection.fail_rate and self.injection.dice.random() < self.injection.fail_rate:
            return respond(Reply(500, envelope(["ER999"]))), ["ER999", "(injected)"]
        if (segment := self.rules.segment(scope["raw_path"])) is not None:
            reply = self.rules.reply(_call(scope, segment))
            return respond(reply), reply.codes
        if session := SESSION_ROUTES.get(scope["path"]):
            return await _session(session, self.rules, Request(scope, receive)), ()
        return PlainTextResponse("Not Found", 404), ()


def build_app(rules: Rules, injection: Injection | None = None) -> ASGIApp:
    """The application, with the CORS headers of the injection around it."""
    injection = injection or Injection()
    app: ASGIApp = LivenessApp(rules, injection)
    if injection.cors:
        headers = ["Authorization", "Content-Type", "User-Authorization", "X-Api-Key"]
        app = CORSMiddleware(
            app, allow_origins=injection.cors, allow_methods=["GET", "HEAD", "POST"], allow_headers=headers
        )
    return app


def respond(reply: Reply) -> Response:
    """A reply as a Starlette response, with these headers and no others."""
    response = Response(reply.body, reply.status)
    length = [(b"content-length", str(len(reply.body)).encode())]
    lines = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
    response.raw_headers = lines if any(name in _FRAMING for name, _ in lines) else [*lines, *length]
    return response


_FRAMING = {b"content-length", b"transfer-encoding"}


def _call(scope: Scope, segment: bytes) -> Call:
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    return Call(scope["method"], segment, headers, scope["query_string"], scope["raw_path"])


async def _session(handler: Session, rules: Rules, request: Request) -> Response:
    if request.method != "POST":
        return PlainTextResponse("Method Not Allowed", 405, headers={"Allow": "POST"})
    try:
        body = await request.json()
    except ValueError:
        body = None
    return respond(handler(rules, _call(request.scope, b""), body))
