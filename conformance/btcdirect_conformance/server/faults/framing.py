"""Answers that are broken below HTTP."""

import asyncio
import gzip

from btcdirect_conformance.server.wire import WireFault, rewritten, split, with_lines, without_length

from .model import Fault, category

_RARELY = 40
"""Every so many answers: the profile's time limit runs out on each."""


async def _reset(answer: bytes, writer: asyncio.StreamWriter) -> None:
    del answer
    writer.transport.abort()


async def _hang(answer: bytes, writer: asyncio.StreamWriter) -> None:
    del answer, writer
    await asyncio.Event().wait()


async def _drip(answer: bytes, writer: asyncio.StreamWriter) -> None:
    """A byte now and then: each wait is short, the whole is not."""
    for position in range(len(answer)):
        writer.write(answer[position : position + 1])
        await writer.drain()
        await asyncio.sleep(0.05)


async def _headers_then_hang(answer: bytes, writer: asyncio.StreamWriter) -> None:
    head, _ = split(answer)
    writer.write(head)
    await writer.drain()
    await asyncio.Event().wait()


async def _flood(answer: bytes, writer: asyncio.StreamWriter) -> None:
    """A body of 32 megabytes, as fast as it is read. It ends, for the sake of clients that set no limit."""
    head, body = split(answer)
    writer.write(without_length(head))
    for _ in range(512):
        writer.write(b" " * 65536)
        await writer.drain()
    writer.write(body)
    await writer.drain()


FRAMING = category(
    "framing",
    Fault(
        "framing-short-body",
        "The body is shorter than announced.",
        "transport.truncated",
        wire=WireFault(rewritten(lambda head, body: head + body[:-10]), every=4),
    ),
    Fault(
        "framing-two-lengths",
        "Two lengths are announced.",
        "transport.protocol",
        wire=WireFault(rewritten(lambda head, body: with_lines(head, b"Content-Length: 7") + body), every=4),
    ),
    Fault(
        "framing-more-than-announced",
        "Something follows the body that was announced.",
        "transport.protocol",
        wire=WireFault(rewritten(lambda head, body: head + body + b'{"debug": true}'), every=4),
    ),
    Fault(
        "framing-second-answer",
        "A second answer follows the first.",
        "transport.protocol",
        wire=WireFault(rewritten(lambda head, body: (head + body) * 2), every=4),
    ),
    Fault(
        "framing-head-with-content",
        "HEAD is answered with content.",
        "method.head",
        wire=WireFault(rewritten(lambda head, body: head + (body or b"{}"))),
    ),
    Fault(
        "framing-length-and-chunks",
        "A length is announced beside the chunks.",
        "header.framing",
        wire=WireFault(
            rewritten(
                lambda head, body: (
                    with_lines(head, b"Transfer-Encoding: chunked") + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
                    if body
                    else head
                )
            )
        ),
    ),
    Fault(
        "framing-unended-chunks",
        "The chunks have no end.",
        "transport.truncated",
        wire=WireFault(
            rewritten(
                lambda head, body: (
                    with_lines(without_length(head), b"Transfer-Encoding: chunked")
                    + b"%x\r\n%b\r\n" % (len(body), body)
                )
            ),
            every=4,
        ),
    ),
    Fault(
        "framing-bad-chunk",
        "A chunk's size is no number.",
        "transport.protocol",
        wire=WireFault(
            rewritten(
                lambda head, body: (
                    with_lines(without_length(head), b"Transfer-Encoding: chunked")
                    + b"zz\r\n"
                    + body
                    + b"\r\n0\r\n\r\n"
                )
            ),
            every=4,
        ),
    ),
    Fault(
        "framing-gzip-announced",
        "The body is said to be gzip and is not.",
        "transport.coding",
        wire=WireFault(rewritten(lambda head, body: with_lines(head, b"Content-Encoding: gzip") + body), every=4),
    ),
    Fault(
        "framing-gzip-cut",
        "The gzip stream breaks off.",
        "transport.coding",
        wire=WireFault(
            rewritten(
                lambda head, body: (
                    with_lines(without_length(head), b"Content-Encoding: gzip") + gzip.compress(body)[:-12]
                )
            ),
            every=4,
        ),
    ),
    Fault(
        "framing-unknown-coding",
        "The body is in a coding that nobody knows.",
        "transport.coding",
        wire=WireFault(rewritten(lambda head, body: with_lines(head, b"Content-Encoding: php") + body), every=4),
    ),
    Fault(
        "framing-dropped",
        "The connection is reset instead of an answer.",
        "transport.connection",
        wire=WireFault(_reset, every=6),
    ),
    Fault(
        "framing-dropped-kept",
        "A connection that is kept, or a new one, is reset now and then.",
        "transport.connection",
        wire=WireFault(_reset, every=15, keeps=True),
    ),
    Fault(
        "framing-empty",
        "The connection is closed without an answer.",
        "transport.connection",
        wire=WireFault(rewritten(lambda _, __: b""), every=6),
    ),
    Fault(
        "framing-half-head",
        "The connection is closed amid the headers.",
        "transport.connection",
        wire=WireFault(rewritten(lambda head, _: head[:-20]), every=6),
    ),
    Fault(
        "framing-garbage",
        "What comes back is not HTTP.",
        "transport.protocol",
        wire=WireFault(rewritten(lambda _, __: b"SSH-2.0-OpenSSH_9.6\r\n\x00\x01\x02\r\n\r\n"), every=6),
    ),
    Fault(
        "framing-body-alone",
        "The body comes without status and headers.",
        "transport.protocol",
        wire=WireFault(rewritten(lambda _, body: body), every=6),
    ),
    Fault(
        "framing-bad-header",
        "A header has no colon.",
        "transport.protocol",
        wire=WireFault(rewritten(lambda head, body: with_lines(head, b"X Broken") + body), every=6),
    ),
    Fault("framing-flood", "Some bodies have 32 megabytes.", "transport.too-large", wire=WireFault(_flood, every=90)),
    Fault(
        "framing-hang",
        "Some answers never come.",
        "transport.timeout",
        wire=WireFault(_hang, every=_RARELY, stalls=True),
    ),
    Fault(
        "framing-head-then-hang",
        "Some bodies never come.",
        "transport.timeout",
        wire=WireFault(_headers_then_hang, every=_RARELY, stalls=True),
    ),
    Fault(
        "framing-drip",
        "Some answers drip byte by byte.",
        "transport.timeout",
        wire=WireFault(_drip, every=_RARELY, stalls=True),
    ),
)
