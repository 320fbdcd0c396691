"""How fast and how much: a pace, a budget and the pauses that answers 429 ask for. One gate for all connections."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from email.utils import parsedate_to_datetime

from attrs import define, field, frozen

DEFAULT_PAUSE = 1.0
"""Seconds to wait after the first answer 429 without a ``Retry-After``; doubled each time."""

LONGEST_PAUSE = 60.0
"""Seconds that an answer 429 is waited for at most, whatever it asks for."""


class NotSent(Exception):  # noqa: N818 - no error: the run decided so
    """A request stays unsent; its text says why, in one line."""


@frozen
class Effort:
    """How much a layer may do, and from which seed."""

    seed: int
    requests: int
    """About how many requests; shrinking a finding takes some more."""


def pause_after(retry_after: str | None, attempt: int, now: float) -> float:
    """Seconds to wait after an answer 429.

    Args:
        retry_after: Its ``Retry-After`` (RFC 9110, section 10.2.3), in seconds or as a date, if there is one.
        attempt: How many answers 429 in a row this is, from 1.
        now: Seconds since the epoch.
    """
    backoff = DEFAULT_PAUSE * 2.0 ** min(attempt - 1, 16)
    return min(LONGEST_PAUSE, max(0.0, _asked(retry_after or "", now, backoff)))


def _asked(retry_after: str, now: float, otherwise: float) -> float:
    value = retry_after.strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        return parsedate_to_datetime(value).timestamp() - now
    except (ValueError, TypeError, OverflowError, OSError):
        return otherwise


@define
class Gate:
    """Lets requests through one at a time, none before its turn and none beyond the budget.

    Args:
        rate: Requests a second, or ``None`` for no limit.
        budget: How many requests may pass in all.
        clock: Seconds of a clock that only goes forward.
        sleep: Waits as ``asyncio.sleep`` does.
    """

    rate: float | None
    budget: int
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    passed: int = field(default=0, init=False)
    exhausted: bool = field(default=False, init=False)
    """Whether somebody was turned away."""
    _next: float = field(default=0.0, init=False)
    _resume: float = field(default=0.0, init=False)

    async def enter(self) -> int:
        """Waits for a turn and takes one request of the budget.

        Returns:
            The number of the request, from 1.

        Raises:
            NotSent: The budget is used up.
        """
        if self.passed >= self.budget:
            self.exhausted = True
            raise NotSent(f"the budget of {self.budget} requests is used up (limits.max_requests)")
        self.passed += 1
        number = self.passed
        # A loop, since an answer 429 to another request may have moved every turn in the meantime.
        turn = self._turn()
        while (wait := turn - self.clock()) > 0:
            await self.sleep(wait)
            if self._resume > turn:
                turn = self._turn()
        return number

    def pause(self, seconds: float) -> None:
        """Nobody passes for so many seconds from now."""
        self._resume = max(self._resume, self.clock() + seconds)
        self._next = max(self._next, self._resume)

    def _turn(self) -> float:
        turn = max(self._next, self.clock())
        if self.rate:
            self._next = turn + 1 / self.rate
        return turn
