"""Blocking exchanges: one request out, one bounded answer in, within a time limit."""

import time
from collections.abc import Callable, Iterable
from threading import BoundedSemaphore, Lock
from typing import cast

import httpx

from .answers import MAX_BODY, Answer, Failure, Outcome, already_read
from .network import Network, failure_from


class Lanes:
    """Own connections, each in a transport of its own that one exchange at a time has to itself.

    One transport for all would look for a free connection among all, for each request that waits, at each step: beyond
    some dozen requests in flight that takes more time than the requests.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._free = BoundedSemaphore(network.max_connections)
        self._idle: list[_Lane] = []
        self._lock = Lock()
        self._closed = False

    def send(self, request: httpx.Request, seconds: float) -> Outcome:
        """The answer to the request, or why there is none within so many seconds."""
        expires = time.monotonic() + seconds
        if not self._free.acquire(timeout=seconds):
            return Failure("no connection became free in time", timed_out=True)
        try:
            # The one used last: it is the least likely to have been closed by the server.
            with self._lock:
                idle = self._idle.pop() if self._idle else None
            lane = _Lane(self._network) if idle is None else idle
            whole = False
            try:
                lane.expires(expires)
                outcome = _exchange(lane.handle_request, request, expires)
                whole = True
                return outcome
            finally:
                # An interrupt may leave the transport with a connection that is never free again.
                self._put_back(lane, whole=whole)
        finally:
            self._free.release()

    def close(self) -> None:
        """Closes the idle connections now, and those in use when their exchange ends."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for lane in idle:
            lane.close()

    def _put_back(self, lane: "_Lane", *, whole: bool) -> None:
        with self._lock:
            if whole and not self._closed:
                self._idle.append(lane)
                return
        lane.close()


class Given:
    """The user's own httpx client or transport. It stays open: who opened it closes it."""

    def __init__(self, given: httpx.Client | httpx.BaseTransport) -> None:
        self._given = given

    def send(self, request: httpx.Request, seconds: float) -> Outcome:
        """The answer to the request, or why there is none within so many seconds."""
        return _exchange(self._handle, request, time.monotonic() + seconds)

    def close(self) -> None:
        """Nothing was opened."""

    def _handle(self, request: httpx.Request) -> httpx.Response:
        if isinstance(self._given, httpx.Client):
            # Neither the client's own auth nor its redirects may meet the credentials of this request.
            return self._given.send(request, stream=True, auth=None, follow_redirects=False)
        return self._given.handle_request(request)


class _Lane(httpx.HTTPTransport):
    def __init__(self, network: Network) -> None:
        # Imported with the first connection, to keep the import of the package short.
        from .deadline import DeadlineBackend

        super().__init__(
            verify=network.context,
            http2=network.http2,
            proxy=network.proxy,
            limits=network.lane_limits,
        )
        self._backend = DeadlineBackend()
        # httpx has no argument for it.
        self._pool._network_backend = self._backend  # pyright: ignore[reportPrivateUsage]

    def expires(self, at: float) -> None:
        self._backend.expires = at


Sender = Lanes | Given


def _exchange(handle: Callable[[httpx.Request], httpx.Response], request: httpx.Request, expires: float) -> Outcome:
    try:
        response = handle(request)
        try:
            return _received(response, expires)
        finally:
            response.close()
    except Exception as error:
        return failure_from(error)


def _received(response: httpx.Response, expires: float) -> Outcome:
    if (answer := already_read(response)) is not None:
        return answer
    chunks: list[bytes] = []
    size = 0
    # Not iter_raw: it refuses a mock's answer, which is read from the start.
    for chunk in cast("Iterable[bytes]", response.stream):
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_BODY:
            break
        if time.monotonic() > expires:
            return Failure("the exchange took too long as a whole", timed_out=True)
    return Answer(response.status_code, response.headers, b"".join(chunks))
