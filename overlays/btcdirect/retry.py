"""When to try again, and after how long: decisions without I/O, shared by both clients."""

from collections.abc import Callable
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

from attrs import Attribute, field, frozen

from .errors import ApiError, BtcDirectError, InvalidResponse, RateLimited, Timeout, TransportError

_PASSING_STATUSES = frozenset({502, 503, 504})


@frozen
class Attempt:
    """One request of a call, as the ``on_attempt`` callback sees it."""

    number: int
    """From 1."""
    elapsed: float
    """Seconds from sending to the end of the answer."""
    error: BtcDirectError | None
    """What went wrong, or ``None``."""
    delay: float | None
    """Seconds until the next attempt; ``None`` if this was the last."""


Observer = Callable[[Attempt], object]


def _not_negative(_: object, attribute: "Attribute[Any]", value: object) -> None:
    kind = int if attribute.name == "max_retries" else int | float
    if isinstance(value, bool) or not isinstance(value, kind):
        raise TypeError(f"{attribute.name} must be a number, not {type(value).__name__}")
    if not value >= 0:
        raise ValueError(f"{attribute.name} must not be negative")


@frozen(kw_only=True)
class RetryPolicy:
    """How often and how patiently to try again; exponential backoff with full jitter."""

    max_retries: int = field(default=2, validator=_not_negative)
    """Attempts after the first; 0 turns retrying off."""
    initial: float = field(default=0.5, validator=_not_negative)
    """Seconds; the bound of the first wait, doubled for each further one."""
    maximum: float = field(default=8.0, validator=_not_negative)
    """Seconds; the bound that doubling stops at."""
    retry_after_cap: float = field(default=30.0, validator=_not_negative)
    """Seconds; a longer ``Retry-After`` is taken for this."""
    budget: float = field(default=60.0, validator=_not_negative)
    """Seconds that one call may spend on waiting between attempts, all together."""

    def delay(
        self, error: BtcDirectError, *, attempt: int, waited: float, remaining: float, now: float, random: float
    ) -> float | None:
        """Seconds to wait before the next attempt, or ``None`` to give up.

        Args:
            error: What the attempt ended in.
            attempt: Its number, from 1.
            waited: Seconds that the call has spent on waiting.
            remaining: Seconds until the call's deadline.
            now: The time of day, in seconds since the epoch.
            random: A random number from 0 to 1.
        """
        if attempt > self.max_retries or not can_pass(error):
            return None
        delay = random * min(self.maximum, self.initial * 2.0 ** min(attempt - 1, 64))
        asked = asked_delay(error, now)
        if asked is not None:
            delay = max(delay, min(asked, self.retry_after_cap))
        return delay if waited + delay <= self.budget and delay < remaining else None


def can_pass(error: BtcDirectError) -> bool:
    """Whether the same request may succeed later."""
    match error:
        case TransportError() | Timeout():
            return True
        case ApiError(documented_code=str()):
            return error.retry == "same-request"
        case ApiError() | InvalidResponse():
            return error.status_code in _PASSING_STATUSES
        case _:
            return False


def asked_delay(error: BtcDirectError, now: float) -> float | None:
    """The seconds that the answer's ``Retry-After`` asks to wait (RFC 9110, section 10.2.3), if it does."""
    if not isinstance(error, ApiError | InvalidResponse):
        return None
    value = error.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        date = parsedate_to_datetime(value)
        at = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return max(0.0, at - now)


def noted(error: BtcDirectError, now: float) -> BtcDirectError:
    """The error, with what only the time of its arrival can tell."""
    if isinstance(error, RateLimited):
        error.retry_after = asked_delay(error, now)
    return error
