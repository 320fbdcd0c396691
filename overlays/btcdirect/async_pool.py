"""Awaited exchanges: one request out, one bounded answer in, within a time limit."""

import asyncio
from collections.abc import AsyncIterable, Awaitable, Callable
from typing import cast

import httpx

from .answers import MAX_BODY, Answer, Failure, Outcome, already_read
from .network import Network, failure_from

_Handle = Callable[[httpx.Request], Awaitable[httpx.Response]]


class AsyncLanes:
    """Own connections, each in a transport of its own that one exchange at a time has to itself.

    One transport for all would hand one idle connection to several waiters, who then try again, and search all
    connections at each step: with a hundred requests in flight it takes more time than the requests.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._free = asyncio.Semaphore(network.max_connections)
        self._idle: list[httpx.AsyncHTTPTransport] = []
        self._closed = False

    async def send(self, request: httpx.Request, seconds: float) -> Outcome:
        """The answer to the request, or why there is none within so many seconds."""
        return await _within(seconds, self._send, request)

    async def close(self) -> None:
        """Closes the idle connections now, and those in use when their exchange ends."""
        self._closed = True
        while self._idle:
            await self._idle.pop().aclose()

    async def _send(self, request: httpx.Request) -> Outcome:
        async with self._free:
            # The one used last: it is the least likely to have been closed by the server.
            lane = self._idle.pop() if self._idle else self._lane()
            whole = False
            try:
                outcome = await _exchange(lane.handle_async_request, request)
                whole = not self._closed
                return outcome
            finally:
                # A cancelled exchange may leave its transport with a connection that is never free again.
                if whole:
                    self._idle.append(lane)
                else:
                    await lane.aclose()

    def _lane(self) -> httpx.AsyncHTTPTransport:
        network = self._network
        return httpx.AsyncHTTPTransport(
            verify=network.context,
            http2=network.http2,
            proxy=network.proxy,
            limits=network.lane_limits,
        )


class AsyncShared:
    """One transport for all exchanges: HTTP/2, aiohttp, or the user's own httpx client or transport."""

    def __init__(
        self, transport: httpx.AsyncClient | httpx.AsyncBaseTransport, max_requests: int, *, owned: bool
    ) -> None:
        self._transport = transport
        self._free = asyncio.Semaphore(max_requests)
        self._owned = owned

    async def send(self, request: httpx.Request, seconds: float) -> Outcome:
        """The answer to the request, or why there is none within so many seconds."""
        return await _within(seconds, self._send, request)

    async def close(self) -> None:
        """Closes the transport if the client opened it: who opened it closes it."""
        if self._owned:
            await self._transport.aclose()

    async def _send(self, request: httpx.Request) -> Outcome:
        async with self._free:
            return await _exchange(self._handle, request)

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        if isinstance(self._transport, httpx.AsyncClient):
            # Neither the client's own auth nor its redirects may meet the credentials of this request.
            return await self._transport.send(request, stream=True, auth=None, follow_redirects=False)
        return await self._transport.handle_async_request(request)


AsyncSender = AsyncLanes | AsyncShared


def opened(network: Network, backend: str) -> AsyncSender:
    """Connections of the client's own.

    Raises:
        ValueError: There is no such backend.
        ImportError: The backend is not installed.
    """
    if backend == "aiohttp":
        # Its packages are an extra's.
        from .aiohttp_backend import aiohttp_transport

        return AsyncShared(aiohttp_transport(network), network.max_connections, owned=True)
    if backend != "httpx":
        raise ValueError("backend must be 'httpx' or 'aiohttp'")
    if network.http2:
        shared = httpx.AsyncHTTPTransport(
            verify=network.context, http2=True, proxy=network.proxy, limits=network.limits
        )
        return AsyncShared(shared, network.max_connections, owned=True)
    return AsyncLanes(network)


async def _within(
    seconds: float, send: Callable[[httpx.Request], Awaitable[Outcome]], request: httpx.Request
) -> Outcome:
    try:
        async with asyncio.timeout(seconds):
            return await send(request)
    except TimeoutError:
        return Failure("the exchange took too long as a whole", timed_out=True)


async def _exchange(handle: _Handle, request: httpx.Request) -> Outcome:
    try:
        response = await handle(request)
        try:
            return await _received(response)
        finally:
            await response.aclose()
    except Exception as error:
        return failure_from(error)


async def _received(response: httpx.Response) -> Outcome:
    if (answer := already_read(response)) is not None:
        return answer
    chunks: list[bytes] = []
    size = 0
    # Not aiter_raw: it refuses a mock's answer, which is read from the start.
    async for chunk in cast("AsyncIterable[bytes]", response.stream):
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_BODY:
            break
    return Answer(response.status_code, response.headers, b"".join(chunks))
