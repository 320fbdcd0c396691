"""When to try again, and after how long: decisions without I/O, shared by both clients."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

from ._arguments import refuse_no_number
from .errors import ApiError, BtcDirectError, InvalidResponse, RateLimited, Timeout, TransportError

_PASSING_STATUSES = frozenset({502, 503, 504})


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How often and how patiently to try again; exponential backoff with full jitter."""

    max_retries: int = 2
    """Attempts after the first, while the call's ``deadline`` lasts; 0 turns retrying off."""
    initial: float = 0.5
    """Seconds; the bound of the first wait, doubled for each further one."""
    maximum: float = 8.0
    """Seconds; the bound that doubling stops at."""
    retry_after_cap: float = 30.0
    """Seconds; a longer ``Retry-After`` is taken for this."""
    budget: float = 60.0
    """Seconds that one call may spend on waiting between attempts, all together."""

    def __post_init__(self) -> None:
        for name in self.__slots__:
            value = getattr(self, name)
            refuse_no_number(value, name, whole=name == "max_retries")
            if not value >= 0:
                raise ValueError(f"{name} must not be negative")

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
    except (ValueError, OverflowError, IndexError):
        return None
    return max(0.0, at - now)


def noted(error: BtcDirectError, now: float) -> BtcDirectError:
    """The error, with what only the time of its arrival can tell."""
    if isinstance(error, RateLimited):
        error.retry_after = asked_delay(error, now)
    return error
