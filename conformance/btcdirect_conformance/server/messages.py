"""What the reference server is asked and what it answers, as data."""

import json
from collections.abc import Iterable
from typing import Any

from attrs import field, frozen

from btcdirect_conformance.contract import load_contract

Headers = tuple[tuple[str, str], ...]


@frozen
class Call:
    """A request to the liveness endpoint, before anybody judged it."""

    method: str
    segment: bytes
    """The path's id segment as it was sent, percent-encoding included."""
    headers: Headers = field(repr=False)
    query: bytes = b""
    """What stands behind the question mark; the endpoint has no use for it."""
    path: bytes = b""
    """The whole path as it was sent."""

    def values(self, name: str) -> tuple[str, ...]:
        """The values of every header line of that name, without blanks around them."""
        return tuple(value.strip(" \t") for key, value in self.headers if key == name)


@frozen
class Reply:
    """An answer: a status, a JSON value, and what the server knows of it."""

    status: int
    payload: Any
    codes: tuple[str, ...] = ()
    """The codes of the problems that it reports; none for a success."""
    subject: str | None = None
    """The user that it was made for."""
    order: str | None = None
    """The order that it speaks of."""
    headers: Headers = (("Content-Type", "application/json"), ("Cache-Control", "no-store"))
    raw: bytes | None = None
    """Sent in place of the payload."""

    @property
    def body(self) -> bytes:
        """What goes on the wire."""
        return json.dumps(self.payload, ensure_ascii=False).encode() if self.raw is None else self.raw

    def header(self, name: str) -> str | None:
        """The value of a header line, or ``None``."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


def with_header(headers: Headers, name: str, *values: str) -> Headers:
    """The headers with that one set to the values; without it when there are none."""
    kept = ((key, old) for key, old in headers if key.lower() != name.lower())
    return (*kept, *((name, value) for value in values))


def envelope(codes: Iterable[str]) -> dict[str, object]:
    """The errors of these codes in the catalogue's words."""
    rows = (load_contract().catalogue[code] for code in codes)
    return {
        "errors": {
            row.code: {"code": row.code, "message": row.message.value, "solution": row.solution.value} for row in rows
        }
    }
