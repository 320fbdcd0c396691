"""Watching many orders of many users at once: the I/O around the schedule, a task for each request in flight."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from sys import intern
from types import TracebackType
from typing import Self, cast

from attrs import define, frozen

from ._arguments import holds_many, refuse_no_number
from ._schedule import Entry, Schedule
from .auth import concealed
from .clock import Clock
from .errors import BtcDirectError, RateLimited
from .liveness import LivenessCheck
from .polling import Condition, Polling, changed, condition_from, polling_from
from .redaction import Secret
from .request import order_number
from .retry import RetryPolicy, can_pass

_LONGEST_BACKOFF = 8
_LONGEST_PAUSE = 300.0
_TOLD_AT = 3
# A timer for every single request would cost as much as the request.
_TICK = 0.01
_NOTHING: Mapping[str, object] = {}

ONCE = RetryPolicy(max_retries=0)
"""How a watch asks: what trying again is to a call, the next turn is to a watched order."""

Ask = Callable[[Secret | None, str], Awaitable[LivenessCheck]]
"""Asks once for an order, with its user's token; without one, as the user that the watch was made for."""


Orders = Mapping[str, str] | Mapping[int, str] | Iterable[str | int]
"""Order ids, or the user token of each."""


@frozen
class Change:
    """News of a watched order: its status is another one, or there is an error; either `check` or `error` is set."""

    order_id: str
    check: LivenessCheck | None = None
    """The check with the new status. The first answer for each order is news as well."""
    error: BtcDirectError | None = None
    """Why there is no check. Where asking again can help, this is told once, at the third failure in a row."""
    previous: str | None = None
    """The status before, if this watch has seen one."""
    final: bool = False
    """Whether the watch is done with the order: it is settled, or asking again can't help."""


@define(eq=False)
class Order:
    """What a watch keeps of an order: little, for there may be very many."""

    order_id: str
    user_token: Secret | None
    seen: LivenessCheck | None = None
    """The last check, without its data."""
    quiet: int = 0
    """How many polls there were since the last change."""
    failures: int = 0
    """How many polls failed in a row."""


@frozen
class Verdict:
    """What an answer comes to."""

    change: Change | None
    """The news, if it is any."""
    delay: float | None
    """Seconds until the order is asked for again; ``None`` for never."""


def judge(
    order: Order, answer: LivenessCheck | BtcDirectError, *, until: Condition, polling: Polling, random: float
) -> Verdict:
    """What an answer comes to, and what the order remembers of it."""
    before = order.seen
    previous = None if before is None else before.status
    if isinstance(answer, LivenessCheck):
        news, final = changed(before, answer), until(answer)
        order.quiet, order.failures = 1 if news else order.quiet + 1, 0
        order.seen = _slim(answer) if news else before
        change = Change(order.order_id, check=answer, previous=previous, final=final) if news or final else None
        return Verdict(change, None if final else polling.delay(order.quiet, random))
    if not can_pass(answer):
        return Verdict(Change(order.order_id, error=answer, previous=previous, final=True), None)
    order.failures += 1
    backoff = min(2**order.failures, _LONGEST_BACKOFF)
    change = Change(order.order_id, error=answer, previous=previous) if order.failures == _TOLD_AT else None
    return Verdict(change, backoff * polling.delay(max(order.quiet, 1), random))


def watch_orders(
    ask: Ask,
    orders: Orders,
    *,
    user_token: Callable[[object], Secret | None],
    until: Condition | str | Collection[str] | None,
    poll: float | Polling | None,
    rate: float,
    concurrency: int,
    forever: bool,
    clock: Clock,
) -> "Watch":
    """The watch that the arguments of a ``watch`` method describe.

    Raises:
        TypeError: An argument has the wrong type; one order's id in place of many, for instance.
        ValueError: An argument has a value that can't work.
    """
    if not holds_many(orders):  # a single id, for instance, which would be as many orders as it has digits
        raise TypeError(
            f"orders must be a collection of order ids, or a mapping from each to its user's token, "
            f"not {type(orders).__name__}: for one order give [order]"
        )
    watch = Watch(
        ask,
        user_token=user_token,
        until=condition_from(until),
        polling=polling_from(poll),
        rate=rate,
        concurrency=concurrency,
        forever=forever,
        clock=clock,
    )
    if isinstance(orders, Mapping):
        for order, token in cast("Mapping[str | int, str]", orders).items():
            watch.add(order, token)
    else:
        for order in orders:
            watch.add(order)
    return watch


def _slim(check: LivenessCheck) -> LivenessCheck:
    kind = None if check.type is None else intern(check.type)
    return LivenessCheck(name=intern(check.name), type=kind, status=intern(check.status), data=_NOTHING, raw=_NOTHING)


class Watch:
    """Asks for many orders again and again, and yields what changes.

    It is an async iterator for one task; use an ``async with`` block if you may leave it early. Requests begin only
    while the reader waits for the next change, so a slow reader slows the watch down instead of piling news up, and a
    ``break`` leaves behind at most the requests in flight. Leaving the block and cancelling the reader cancel those,
    too, and end the watch.
    """

    def __init__(
        self,
        ask: Ask,
        *,
        user_token: Callable[[object], Secret | None],
        until: Condition,
        polling: Polling,
        rate: float,
        concurrency: int,
        forever: bool,
        clock: Clock,
    ) -> None:
        refuse_no_number(rate, "rate")
        refuse_no_number(concurrency, "concurrency", "a whole number", whole=True)
        for name, value in (("rate", rate), ("concurrency", concurrency)):
            if not 0 < value < float("inf"):
                raise ValueError(f"{name} must be a positive number, not {value!r}")
        self._request = ask
        self._user_token = user_token
        self._until = until
        self._polling = polling
        self._concurrency = concurrency
        self._forever = forever
        self._random = clock.random
        self._schedule = Schedule[Order](rate)
        self._entries: dict[str, Entry[Order]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._news: deque[tuple[Entry[Order], Change]] = deque()
        self._sleeper: asyncio.Future[None] | None = None
        self._wakes_at: float | None = None
        self._closed = False
        self._broken: Exception | None = None
        self.lateness = 0.0
        """By how many seconds the latest request began after it was due. When it grows, `rate` or `concurrency`
        is too low for so many orders, or the reader too slow."""

    def __repr__(self) -> str:
        return f"Watch(orders={len(self._entries)}, in_flight={len(self._tasks)})"

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, order: object) -> bool:
        return str(order) in self._entries

    def add(self, order: str | int, user_token: str | None = None) -> None:
        """Watch an order from now on. One that is watched already starts anew: so its user token can be replaced.

        Args:
            order: The order's id: a number, as a str or an int.
            user_token: Its user's token; by default the user that the watch was made for, or ``BTCDIRECT_USER_TOKEN``.

        Raises:
            TypeError: The id is neither a str nor an int, or there is no user token.
            ValueError: The id is no number, or the token can't travel in a header.
            RuntimeError: No event loop runs.
        """
        hidden = concealed(user_token)
        del user_token
        item = Order(order_number(order), self._user_token(hidden))
        self.discard(item.order_id)
        self._entries[item.order_id] = self._schedule.add(item, asyncio.get_running_loop().time())
        self._wake()

    def discard(self, order: str | int) -> None:
        """Watch an order no more; what is in flight or not yet read of it is dropped.

        Raises:
            TypeError: The id is neither a str nor an int.
            ValueError: The id is no number.
        """
        entry = self._entries.pop(order_number(order), None)
        if entry is not None:
            self._schedule.remove(entry)
            self._wake()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Change:
        """The next change.

        Raises:
            StopAsyncIteration: No order is left, or the watch was closed.
        """
        if self._sleeper is not None:
            raise RuntimeError("one task reads a watch, and another one waits for its next change already")
        while not self._closed:
            self._begin_requests()
            change = self._next_change()
            if change is not None:
                return change
            if self._entries or self._forever:
                await self._sleep()
            else:
                await self.aclose()
        if self._broken is not None:
            error, self._broken = self._broken, None
            await self.aclose()
            raise error
        raise StopAsyncIteration

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Cancel every request in flight and end the watch."""
        self._closed = True
        self._wake()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin_requests(self) -> None:
        now = asyncio.get_running_loop().time()
        while len(self._tasks) < self._concurrency and (entry := self._schedule.take(now)) is not None:
            self.lateness = now - entry.due
            task = asyncio.create_task(self._ask(entry))
            self._tasks.add(task)
            task.add_done_callback(self._finish)

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        next_at = self._schedule.next_at()
        if self._news or self._closed or self._wakes_at is None or next_at is None or next_at < self._wakes_at:
            self._wake()

    async def _ask(self, entry: Entry[Order]) -> None:
        order = entry.item
        try:
            answer: LivenessCheck | BtcDirectError
            try:
                answer = await self._request(order.user_token, order.order_id)
            except BtcDirectError as error:
                answer = error
            verdict = judge(order, answer, until=self._until, polling=self._polling, random=self._random())
        except Exception as error:  # of the caller's own token source or `until`: the reader gets it
            self._closed, self._broken = True, error
            return
        now = asyncio.get_running_loop().time()
        if isinstance(answer, RateLimited):
            pause = self._polling.maximum if answer.retry_after is None else answer.retry_after
            self._schedule.pause(now + min(pause, _LONGEST_PAUSE))
        if verdict.change is not None:
            self._news.append((entry, verdict.change))
        if verdict.delay is not None:
            self._schedule.again(entry, now + verdict.delay)

    def _next_change(self) -> Change | None:
        while self._news:
            entry, change = self._news.popleft()
            if entry.live:
                if change.final:
                    del self._entries[change.order_id]
                return change
        return None

    async def _sleep(self) -> None:
        loop = asyncio.get_running_loop()
        next_at = self._schedule.next_at() if len(self._tasks) < self._concurrency else None
        self._wakes_at = None if next_at is None else max(next_at, loop.time() + _TICK)
        timer = None if self._wakes_at is None else loop.call_at(self._wakes_at, self._wake)
        self._sleeper = loop.create_future()
        try:
            await self._sleeper
        except asyncio.CancelledError:
            await self.aclose()
            raise
        finally:
            self._sleeper = None
            if timer is not None:
                timer.cancel()

    def _wake(self) -> None:
        if self._sleeper is not None and not self._sleeper.done():
            self._sleeper.set_result(None)
