"""What answers may look like, down to the bytes."""

# ruff: noqa: D102 - the methods are those of Rules, documented there

import asyncio
import gzip
import hashlib
import json
import re

from attrs import evolve

from btcdirect_conformance.server.flavour import Change, both, header, payload
from btcdirect_conformance.server.messages import Call, Reply
from btcdirect_conformance.server.rules import Rules
from btcdirect_conformance.server.store import Order
from btcdirect_conformance.server.wire import with_lines, without_length


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


class OneTokenAUser(Rules):
    """An access token is the user's, whichever order it is for."""

    def success(self, order: Order, subject: str) -> Reply:
        reply = super().success(order, subject)
        token = hashlib.sha256(subject.encode()).hexdigest()
        return evolve(reply, payload={**reply.payload, "data": {"accessToken": token}})


class CodingAsAsked(Rules):
    """Compresses for whoever takes it."""

    def reply(self, call: Call) -> Reply:
        reply = super().reply(call)
        asked = any("gzip" in value for value in call.values("accept-encoding"))
        return compressed(reply) if asked and (reply.order or reply.codes) else reply


class Validators(Rules):
    """A check has an entity tag, and who knows it already is told so."""

    def reply(self, call: Call) -> Reply:
        reply = super().reply(call)
        if not reply.order:
            return reply
        if any(call.values("if-none-match")):
            return evolve(reply, status=304, headers=(("ETag", '"1"'),), raw=b"")
        return header("ETag", '"1"')(reply)


class GuessersSlowed(Rules):
    """Every eighth wrong credential is one too many for now."""

    wrong = 0

    def reply(self, call: Call) -> Reply:
        reply = super().reply(call)
        if not {"ER702", "ER800", "ER805"} & set(reply.codes):
            return reply
        self.wrong += 1
        headers = (("Content-Type", "application/json"), ("Retry-After", "0"))
        return reply if self.wrong % 8 else Reply(429, {"errors": {}}, headers=headers)


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


_DEEP = 3000
ODD = (
    '{"long": ' + "9" * 5000 + ', "large": 1e400, "small": -1E-999, "zero": -0,'
    ' "surrogate": "\\ud800", "\\udfff": null, "nul": "\\u0000", "": {"": []},'
    ' "deep": ' + "[" * _DEEP + "]" * _DEEP + "}"
).encode()
"""JSON that is hard on a reader, and as right as any other."""


def odd(reply: Reply) -> Reply:
    """The payload with a field of that, blanks around."""
    return evolve(reply, raw=b"\n\t " + reply.body[:-1] + b', "odd": ' + ODD + b"}\r\n")


EXTRA: Change = both(
    payload(lambda old: {**old, "requestId": "0193a6", "meta": {"version": 2, "code": "ER000"}}),
    header("X-Request-Id", "0193a6"),
)


async def pieces(answer: bytes, writer: asyncio.StreamWriter) -> None:
    """In small pieces, each at once."""
    for position in range(0, len(answer), 16):
        writer.write(answer[position : position + 16])
        await writer.drain()
        await asyncio.sleep(0)


async def late(answer: bytes, writer: asyncio.StreamWriter) -> None:
    """After a while, and still well within any limit."""
    await asyncio.sleep(0.03)
    writer.write(answer)
    await writer.drain()


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
