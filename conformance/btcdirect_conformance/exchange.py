"""What was asked and what came back, as data. Nothing here does I/O, and nothing here prints a secret."""

from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import StrEnum

from attrs import field, frozen

from .facts import RequestFacts

Headers = tuple[tuple[str, str], ...]


@frozen
class Request:
    """One HTTP request, exactly as it goes on the wire, and the facts that the oracle judges it by."""

    method: str
    target: str
    """The request target (RFC 9112, section 3.2) as sent: percent-encoded already, never normalised."""
    headers: Headers = field(repr=False)
    """What the case sends. The transport adds ``Host``, ``User-Agent`` and its run id, and where the case says nothing
    of them ``Accept`` and ``Accept-Encoding``."""
    facts: RequestFacts


@frozen(cache_hash=True)  # what is known of it is remembered by it, once for all cases
class Response:
    """A whole answer: the body arrived completely and its content coding was undone."""

    status: int
    headers: Headers = field(repr=False)
    body: bytes = field(repr=False)
    surplus: int = 0
    """Bytes that came after an answer that has no content by its nature, as that to HEAD."""

    def header(self, name: str) -> str | None:
        """The field's value, several ones joined by a comma (RFC 9110, section 5.3), or ``None``."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(values) if values else None


def http_date(text: str) -> float | None:
    """What a date in a header field says, in seconds since the epoch; ``None`` if it is none.

    Every form of it is in UTC, also the one that does not say so (RFC 9110, section 5.6.7).
    """
    try:
        date = parsedate_to_datetime(text)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return None


class FaultKind(StrEnum):
    """Why there is no whole answer."""

    TIMEOUT = "timeout"
    """The limit on the whole exchange ran out: a hang, or a body that drips."""
    CONNECTION = "connection"
    """The connection was closed or reset before the answer was whole."""
    TRUNCATED = "truncated"
    """The body is shorter than announced."""
    CODING = "coding"
    """The body is not in the announced Content-Encoding."""
    PROTOCOL = "protocol"
    """What came back is not HTTP."""
    TOO_LARGE = "too-large"
    """The body is larger than any answer of this API could be; reading stopped."""


@frozen
class Fault:
    """What went wrong instead of a whole answer, with what had arrived by then."""

    kind: FaultKind
    detail: str
    status: int | None = None
    headers: Headers = field(default=(), repr=False)
    body: bytes = field(default=b"", repr=False)


@frozen(cache_hash=True)
class Exchange:
    """A request and what came of it."""

    request: Request
    answer: Response | Fault
    elapsed: float
    """Seconds from sending to the end of the answer."""
    number: int
    """Its place in the run, from 1; the same request sent again has another."""
    resent: int = 0
    """How often it was sent once more, since a kept connection was closed instead (RFC 9112, section 9.3.1)."""
