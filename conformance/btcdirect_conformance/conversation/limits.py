"""How fast and how much: a pace, a budget and the pauses that answers 429 ask for. One gate for all connections."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from attrs import define, field, frozen

from btcdirect_conformance.exchange import http_date

DEFAULT_PAUSE = 1.0
"""Seconds to wait after the first answer 429 without a ``Retry-After``; doubled each time."""

LONGEST_BACKOFF = 60.0
"""Seconds that the doubling ends with. What a ``Retry-After`` asks for is waited for whole, or the run ends."""

IN_A_ROW = 90.0
"""Seconds of waiting for answers 429 without any other answer in between that end a run. The usual window of a limit is
a minute, and its ``Retry-After`` at most that; doubled pauses without one reach beyond a minute as well."""

IN_ALL = 900.0
"""Seconds of waiting for answers 429 that end a run: more than 1000 requests take at 100 a minute."""

ONE_REQUEST = 60.0
"""Seconds that one request is sent again for. Another may be answered where this one never is."""


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
        attempt: How many answers 429 this is, as ``Patience`` counts, from 1; 0 for a request that is not sent again.
        now: Seconds since the epoch, by the clock that a date is of.
    """
    asked = _asked(retry_after or "", now)
    if asked is None:
        return _backoff(attempt)
    # Retry-After: 0 is obeyed once; from then on the pause is at least the backoff.
    return max(asked, _backoff(attempt - 1))


def _backoff(attempt: int) -> float:
    return 0.0 if attempt < 1 else min(LONGEST_BACKOFF, DEFAULT_PAUSE * 2.0 ** min(attempt - 1, 16))


def _asked(retry_after: str, now: float) -> float | None:
    value = retry_after.strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    date = http_date(value)
    return None if date is None else max(0.0, date - now)


@define
class Patience:
    """Adds up what a run waits for answers 429, and says when that is enough."""

    attempts: int = field(default=0, init=False)
    """Pauses that were not enough, less one for each answer of another kind."""
    in_a_row: float = field(default=0.0, init=False)
    in_all: float = field(default=0.0, init=False)

    def wait(self, asked: float, more: float) -> str:
        """Adds a pause.

        Args:
            asked: Seconds that the answer asks for.
            more: Seconds of them that are not waited for already.

        Returns:
            Why it is not to be waited for, or the empty string.
        """
        if asked > IN_A_ROW:
            return f"the target answered 429 and asks for a pause of {asked:.0f} s{_ADVICE}"
        if self.in_a_row + more > IN_A_ROW:
            return f"the target answered nothing but 429 for {self.in_a_row:.0f} s{_ADVICE}"
        if self.in_all + more > IN_ALL:
            return f"the target's answers 429 took {self.in_all:.0f} s of waiting{_ADVICE}"
        self.in_a_row += more
        self.in_all += more
        return ""

    def answered(self) -> None:
        """Something else than 429 came back."""
        self.attempts, self.in_a_row = max(0, self.attempts - 1), 0.0


_ADVICE = "; lower limits.requests_per_second, select fewer cases (--only), or ask for a higher limit"


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

    @property
    def paused(self) -> float:
        """Seconds until the end of the present pause, or 0."""
        return max(0.0, self._resume - self.clock())

    def pause(self, seconds: float) -> None:
        """Nobody passes for so many seconds from now."""
        self._resume = max(self._resume, self.clock() + seconds)
        self._next = max(self._next, self._resume)

    def _turn(self) -> float:
        turn = max(self._next, self.clock())
        if self.rate:
            self._next = turn + 1 / self.rate
        return turn
