"""The deadline on a blocking exchange, operation by operation."""

import ssl
import time
from typing import Any

import httpcore
import pytest

from btcdirect.deadline import DeadlineBackend


class Timed:
    """A network and its stream in one: they do nothing, and keep the limit of each operation."""

    def __init__(self) -> None:
        self.limits: dict[str, float | None] = {}
        self.route: tuple[object, ...] = ()

    def connect_tcp(self, host: str, port: int, timeout: float | None, *route: object) -> "Timed":
        """Keep whereto, wherefrom and with which options."""
        self.limits["connect"], self.route = timeout, (host, port, *route)
        return self

    def start_tls(self, *given: Any) -> "Timed":
        """Stay as it is."""
        self.limits["tls"] = given[-1]
        return self

    def read(self, *given: Any) -> bytes:
        """Nothing came."""
        self.limits["read"] = given[-1]
        return b""

    def write(self, *given: Any) -> None:
        """Send nothing."""
        self.limits["write"] = given[-1]


def test_no_operation_begins_after_the_deadline() -> None:
    """What is left is never negative, and a limit of its own never grows."""
    backend = DeadlineBackend()
    assert backend.left(5.0) == 5.0
    backend.expires = time.monotonic() + 20.0
    assert backend.left(1.0) == 1.0
    assert 0 < backend.left(None) <= 20.0
    backend.expires = time.monotonic()
    with pytest.raises(httpcore.ReadTimeout):
        backend.left(5.0)


@pytest.mark.parametrize(("limit", "given"), [(None, 3.0), (9.0, 3.0), (2.0, 2.0)])
@pytest.mark.parametrize("tls", [False, True])
def test_every_operation_ends_at_the_deadline(
    monkeypatch: pytest.MonkeyPatch, limit: float | None, given: float, tls: bool
) -> None:
    """Connecting, TLS, reading and writing, before TLS and within."""
    monkeypatch.setattr("btcdirect.deadline.time.monotonic", lambda: 100.0)
    backend, inner = DeadlineBackend(), Timed()
    backend._inner = inner  # type: ignore[assignment]
    backend.expires = 103.0
    stream = backend.connect_tcp("a.test", 443, limit, "10.0.0.1", [(6, 1, 1)])
    stream = stream.start_tls(ssl.create_default_context(), "a.test", limit) if tls else stream
    stream.read(1, limit)
    stream.write(b"", limit)
    assert set(inner.limits.values()) == {given}
    assert inner.limits.keys() == {"connect", "read", "write", *(["tls"] if tls else [])}
    assert inner.route == ("a.test", 443, "10.0.0.1", [(6, 1, 1)])
    backend.expires = 100.0
    for operation in (lambda: stream.read(1, limit), lambda: stream.write(b"", limit)):
        with pytest.raises(httpcore.ReadTimeout):
            operation()
