"""A deadline on a whole blocking exchange.

httpx limits each read by itself, so a server that sends a byte now and then holds a call forever. Here every operation
on the socket gets what is left until the deadline.
"""

import math
import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore


class DeadlineBackend(httpcore.NetworkBackend):
    """Opens connections whose operations all end at ``expires``, in the seconds of ``time.monotonic``."""

    def __init__(self) -> None:
        self.expires = math.inf
        self._inner = httpcore.SyncBackend()

    def left(self, timeout: float | None) -> float:
        """The smaller one of the limit and what is left.

        Raises:
            httpcore.ReadTimeout: Nothing is left.
        """
        left = self.expires - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the exchange took too long as a whole")
        return left if timeout is None else min(left, timeout)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Opens a connection."""
        stream = self._inner.connect_tcp(host, port, self.left(timeout), local_address, socket_options)
        return _DeadlineStream(stream, self)


class _DeadlineStream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, backend: DeadlineBackend) -> None:
        self._inner = inner
        self._backend = backend

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._backend.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._backend.left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._inner.start_tls(ssl_context, server_hostname, self._backend.left(timeout))
        return _DeadlineStream(stream, self._backend)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
