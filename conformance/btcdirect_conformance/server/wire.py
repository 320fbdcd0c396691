"""Faults below HTTP, which no ASGI server lets an application commit: a front that passes on bytes and spoils answers.

It speaks just enough HTTP to see where a request ends. The answers come from the clean server behind it.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from attrs import define, frozen

Spoil = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]
"""Writes an answer (status line to the last byte of the body) in its own way."""


@frozen
class WireFault:
    """Every so many answers, spoil one."""

    spoil: Spoil
    every: int = 1
    keeps: bool = False
    """Whether a connection is kept after an answer that is not spoiled."""
    stalls: bool = False
    """Whether a spoiled answer outlasts the patience of whoever waits."""


@define
class Front:
    """The front of one server."""

    fault: WireFault
    behind: Any
    _answers: int = 0

    @asynccontextmanager
    async def serve(self, listener: socket.socket) -> AsyncGenerator[None, None]:
        """Serve on the listener while the context is open."""
        tasks: set[asyncio.Task[None]] = set()

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None  # noqa: S101 - asyncio runs the callback in a task
            tasks.add(task)
            task.add_done_callback(tasks.discard)
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                while await self._exchange(reader, writer):
                    pass
            writer.transport.abort() if writer.is_closing() else writer.close()

        server = await asyncio.start_server(connected, sock=listener)
        try:
            yield
        finally:
            server.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answers a request, and says whether another one may follow."""
        request = await reader.readuntil(b"\r\n\r\n")
        answer = await self._ask(request)
        self._answers += 1
        if self._answers % self.fault.every == 0:
            await self.fault.spoil(answer, writer)
            return False
        head, body = split(answer)
        writer.write((_without_connection(head) if self.fault.keeps else head) + body)
        await writer.drain()
        return self.fault.keeps

    async def _ask(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(*self.behind[:2])
        try:
            start, _, rest = request.partition(b"\r\n")
            writer.write(start + b"\r\nConnection: close\r\n" + _without_connection(rest))
            return await reader.read()
        finally:
            writer.close()
            await writer.wait_closed()


def _without_connection(headers: bytes) -> bytes:
    lines = headers.split(b"\r\n")
    return b"\r\n".join(line for line in lines if not line.lower().startswith(b"connection:"))


def split(answer: bytes) -> tuple[bytes, bytes]:
    """Head, its blank line included, and body."""
    head, end, body = answer.partition(b"\r\n\r\n")
    return head + end, body


def rewritten(change: Callable[[bytes, bytes], bytes]) -> Spoil:
    """Other bytes, from head (its blank line included) and body."""

    async def spoil(answer: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(change(*split(answer)))
        await writer.drain()

    return spoil


def with_lines(head: bytes, *lines: bytes) -> bytes:
    """The head with more lines at its end."""
    return head[:-2] + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


def without_length(head: bytes) -> bytes:
    """The head without its ``Content-Length``."""
    return b"\r\n".join(line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length:"))
