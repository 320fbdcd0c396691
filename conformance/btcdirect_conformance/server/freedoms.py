"""The freedoms that correct servers take: rules, changes and framings that the documents allow."""

# ruff: noqa: D102 - the methods are those of Rules, documented there

import asyncio
import gzip
import json
import re
from collections.abc import Mapping, Sequence
from urllib.parse import unquote_to_bytes

from attrs import evolve

from .flavour import (
    Change,
    both,
    header,
    payload,
)
from .messages import Call, Reply, envelope
from .rules import Rules
from .store import Order
from .wire import with_lines, without_length


class AllAtOnce(Rules):
    """Every error that applies is told."""

    def shown(self, problems: Sequence[str]) -> Sequence[str]:
        return problems


class IdFirst(Rules):
    """The id's form counts before the credentials."""

    def ranked(self, client: Sequence[str], user: Sequence[str], order_id: Sequence[str]) -> Sequence[str]:
        return (*order_id, *client, *user)


class UserFirst(Rules):
    """The user's authorization counts before the client's."""

    def ranked(self, client: Sequence[str], user: Sequence[str], order_id: Sequence[str]) -> Sequence[str]:
        return (*user, *client, *order_id)


class StatusByKind(Rules):
    """Statuses as most APIs have them."""

    statuses: Mapping[str, int] = {
        "ER034": 422, "ER035": 404, "ER150": 403, "ER700": 401, "ER702": 401, "ER800": 401, "ER801": 401,
        "ER802": 401, "ER805": 401, "ER806": 401, "ER999": 500,
    }  # fmt: skip

    def status(self, codes: Sequence[str]) -> int:
        return self.statuses.get(codes[0], 400)


class AllByKind(AllAtOnce, StatusByKind):
    """One error or several, the status is the first one's."""


class KeyNotFound(Rules):
    """No client authorization is told by the API key's code."""

    def no_client(self) -> Sequence[str]:
        return ("ER806",)


class NeitherFound(AllAtOnce):
    """No client authorization is told by both codes."""

    def no_client(self) -> Sequence[str]:
        return ("ER802", "ER806")


class RouterPage(Rules):
    """A missing id never gets to the application."""

    def reply(self, call: Call) -> Reply:
        if call.segment:
            return super().reply(call)
        page = b"<!DOCTYPE html><title>404 Not Found</title>"
        return Reply(404, None, headers=(("Content-Type", "text/html; charset=UTF-8"),), raw=page)


class RouterJson(Rules):
    """The router takes only what its pattern matches, and answers the rest in its own JSON."""

    def reply(self, call: Call) -> Reply:
        if call.segment and call.method in {"GET", "HEAD"}:
            return super().reply(call)
        problem = b'{"type": "about:blank", "title": "Not Found", "status": 404}'
        return Reply(404, None, headers=(("Content-Type", "application/problem+json"),), raw=problem)


class EmptyIsInvalid(Rules):
    """A header without a value was sent all the same."""

    def client(self, call: Call) -> Sequence[str]:
        tokens, keys = call.values("authorization"), call.values("x-api-key")
        if tokens and keys:
            return ("ER803",)
        if tokens:
            return self.client_token(", ".join(tokens)) if tokens != ("",) else ("ER800",)
        return self.api_key(", ".join(keys)) if keys else self.no_client()

    def client_token(self, value: str) -> Sequence[str]:
        problems = super().client_token(value)
        return ("ER800",) if problems == ("ER802",) else problems

    def user(self, call: Call) -> tuple[str | None, Sequence[str]]:
        subject, problems = super().user(call)
        sent = bool(call.values("user-authorization"))
        return subject, ("ER702",) if problems == ("ER700",) and sent else problems


class OtherSchemeIsNone(Rules):
    """What is not Bearer is no token."""

    def client_token(self, value: str) -> Sequence[str]:
        return super().client_token(value) if self.bearer(value) is not None else ("ER802",)

    def user(self, call: Call) -> tuple[str | None, Sequence[str]]:
        subject, problems = super().user(call)
        none = self.bearer(", ".join(call.values("user-authorization"))) is None
        return subject, ("ER700",) if problems and none else problems


class ExactScheme(Rules):
    """``Bearer`` as the vendor docs write it, one blank, and nothing else."""

    def bearer(self, value: str) -> str | None:
        if value == "Bearer":
            return ""
        return value[7:] if value.startswith("Bearer ") and " " not in value[7:] else None


class NoScheme(Rules):
    """A token may come without ``Bearer``."""

    def bearer(self, value: str) -> str | None:
        return value if " " not in value and value != "Bearer" else super().bearer(value)


class SignedNumbers(Rules):
    """Numbers have signs, decimals and exponents; an order's number is compared by its text."""

    pattern = re.compile(rb"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?")

    def order_id(self, segment: bytes) -> tuple[str | None, Sequence[str]]:
        number, problems = super().order_id(segment)
        text = unquote_to_bytes(segment)
        return (text.decode(), ()) if problems and self.pattern.fullmatch(text) else (number, problems)


class NumbersByValue(Rules):
    """Leading zeros, a plus and a fraction of zero do not change a number."""

    pattern = re.compile(rb"\+?0*([0-9]+?)(?:\.0*)?")

    def order_id(self, segment: bytes) -> tuple[str | None, Sequence[str]]:
        match = self.pattern.fullmatch(unquote_to_bytes(segment))
        return (match[1].decode(), ()) if match else super().order_id(segment)


class NoLeadingZeros(Rules):
    """What begins with a zero is no number, nor is one that a database cannot hold."""

    def order_id(self, segment: bytes) -> tuple[str | None, Sequence[str]]:
        number, problems = super().order_id(segment)
        unfit = number is not None and (number.startswith("0") or len(number) > 18)
        return (None, ("ER034",)) if unfit else (number, problems)


class NotFound405(Rules):
    """The router knows no other methods."""

    def other_method(self, call: Call) -> Reply:
        return evolve(
            super().other_method(call), status=404, headers=(("Content-Type", "text/plain"),), raw=b"Not Found"
        )


class NoHead(Rules):
    """GET alone."""

    allow = "GET"

    def reply(self, call: Call) -> Reply:
        return self.other_method(call) if call.method == "HEAD" else super().reply(call)


class Options(Rules):
    """OPTIONS says what there is."""

    allow = "GET, HEAD, OPTIONS"

    def other_method(self, call: Call) -> Reply:
        reply = super().other_method(call)
        return evolve(reply, status=204, raw=b"") if call.method == "OPTIONS" else reply


class EnvelopeFor405(Rules):
    """A method that is not allowed is a general error."""

    def other_method(self, call: Call) -> Reply:
        reply = super().other_method(call)
        headers = (("Content-Type", "application/json"), ("Allow", self.allow))
        return evolve(reply, headers=headers, payload=envelope(["ER999"]), raw=None)


class SettledNow(Rules):
    """The check is over at once, and there is nothing more to do about it."""

    def success(self, order: Order, subject: str) -> Reply:
        reply = super().success(order, subject)
        return evolve(reply, payload={"name": "liveness", "status": "approved"})


class NewTokens(Rules):
    """Each look at a check gives another access token."""

    polls = 0

    def success(self, order: Order, subject: str) -> Reply:
        reply = super().success(order, subject)
        self.polls += 1
        token = f"{reply.payload['data']['accessToken']}{self.polls:04}"
        return evolve(reply, payload={**reply.payload, "data": {"accessToken": token}})


class RateLimited(Rules):
    """Every fortieth request is one too many."""

    calls = 0

    def reply(self, call: Call) -> Reply:
        self.calls += 1
        if self.calls % 40:
            return super().reply(call)
        error = {"code": "ER920", "message": "Too many requests.", "solution": "Wait before retrying."}
        headers = (("Content-Type", "application/json"), ("Retry-After", "0"))
        return Reply(429, {"errors": {"ER920": error}}, headers=headers)


def escaped(reply: Reply) -> Reply:
    """Indented, slashes and everything beyond ASCII escaped, as PHP does."""
    text = json.dumps(reply.payload, indent=4).replace("/", "\\/")
    return evolve(reply, raw=re.sub(r"Provide", "\\\\u0050rovide", text).encode())


def compressed(reply: Reply) -> Reply:
    """The body in gzip, and a header that says so."""
    coded = both(header("Content-Encoding", "gzip"), header("Vary", "Accept-Encoding"))(reply)
    return evolve(coded, raw=gzip.compress(reply.body, mtime=0))


EXTRA: Change = both(
    payload(lambda old: {**old, "requestId": "0193a6", "meta": {"version": 2, "code": "ER000"}}),
    header("X-Request-Id", "0193a6"),
)


async def slow(answer: bytes, writer: asyncio.StreamWriter) -> None:
    """In small pieces, each at once."""
    for position in range(0, len(answer), 16):
        writer.write(answer[position : position + 16])
        await writer.drain()
        await asyncio.sleep(0)


def chunked(head: bytes, body: bytes) -> bytes:
    """Chunks with extensions, and a trailer."""
    if not body:
        return head
    pieces = [body[position : position + 20] for position in range(0, len(body), 20)]
    chunks = b"".join(b"%X;x=1\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return with_lines(without_length(head), b"Transfer-Encoding: chunked") + chunks + b"0\r\nX-Trailer: 1\r\n\r\n"


def until_close(head: bytes, body: bytes) -> bytes:
    """HTTP/1.0: the end of the connection is the end of the body."""
    return without_length(head).replace(b"HTTP/1.1", b"HTTP/1.0", 1) + body


def other_case(head: bytes, body: bytes) -> bytes:
    """Names of headers in capitals, blanks around their values, no reason phrase, an interim answer before it."""
    start, *lines = head.split(b"\r\n")
    shown = [
        b":\t".join([name.upper(), value.strip() + b" "])
        for name, _, value in (line.partition(b":") for line in lines if line)
    ]
    version, number, *_ = start.split(b" ")
    return (
        b"HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n"
        + b"\r\n".join([version + b" " + number + b" ", *shown, b"", b""])
        + body
    )
