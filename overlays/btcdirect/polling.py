"""Waiting for a liveness check: when to ask again, what counts as a change, and when it is over."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from ._arguments import holds_many, refuse_no_number, refuse_no_plain_function
from .clock import Clock
from .errors import BtcDirectError, Timeout
from .flow import Call, Flow, Wait
from .liveness import LivenessCheck
from .retry import can_pass

Condition = Callable[[LivenessCheck], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Polling:
    """How often to ask: intervals that grow from ``initial`` to ``maximum`` seconds."""

    initial: float = 2.0
    maximum: float = 30.0
    factor: float = 1.5
    jitter: float = 0.2
    """The share of an interval that chance may take off it, so that many waiters don't ask at once."""

    def __post_init__(self) -> None:
        for name in ("initial", "maximum"):
            refuse_no_number(getattr(self, name), name, "a number of seconds")
        for name in ("factor", "jitter"):
            refuse_no_number(getattr(self, name), name)
        if not (0 < self.initial <= self.maximum and self.factor >= 1 and 0 <= self.jitter < 1):
            raise ValueError("polling needs 0 < initial <= maximum, factor >= 1 and 0 <= jitter < 1")

    def delay(self, polls: int, random: float) -> float:
        """Seconds from one poll to the next.

        Args:
            polls: How many polls there were since the last change, from 1.
            random: A random number from 0 to 1.
        """
        try:
            interval = min(self.maximum, self.initial * float(self.factor) ** (polls - 1))
        except OverflowError:
            interval = self.maximum
        return interval * (1 - self.jitter * random)


def polling_from(poll: float | Polling | None) -> Polling:
    """The polling that an argument means: seconds are a fixed interval."""
    if poll is None:
        return Polling()
    return poll if isinstance(poll, Polling) else Polling(initial=poll, maximum=poll)


def condition_from(until: Condition | str | Collection[str] | None) -> Condition:
    """The condition that an argument means: a function of the check, a status, or several.

    Raises:
        TypeError: It is none of these, or an async function.
    """
    if until is None:
        return lambda check: check.settled
    if callable(until):
        refuse_no_plain_function(until, "until")
        return until
    if not isinstance(until, str) and not holds_many(until):
        raise TypeError(f"until must be a function, a status or several, not {type(until).__name__}")
    statuses = {until} if isinstance(until, str) else tuple(until)
    for status in statuses:
        if not isinstance(status, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"a status is a str, not {type(status).__name__}")
    return lambda check: check.status in statuses


def changed(before: LivenessCheck | None, after: LivenessCheck) -> bool:
    """Whether there is news. A new access token alone is none."""
    return before is None or (before.name, before.type, before.status) != (after.name, after.type, after.status)


def waiting(
    get: Callable[[float], Flow[LivenessCheck]],
    *,
    until: Condition,
    timeout: float,
    polling: Polling,
    on_change: Callable[[LivenessCheck], object] | None,
    clock: Clock,
) -> Flow[LivenessCheck]:
    """Polls until the condition holds; ``get`` is a call for one check that may take so many seconds.

    What can pass (a lost connection, a 503) is waited out; any other error is raised at once.

    Raises:
        Timeout: The deadline passed; it holds the last check.
        BtcDirectError: A call failed in a way that waiting does not mend.
    """
    deadline = clock.monotonic() + timeout
    last: LivenessCheck | None = None
    failure: BtcDirectError | None = None
    polls = 0
    while (remaining := deadline - clock.monotonic()) > 0:
        try:
            check = yield from get(remaining)
        except BtcDirectError as error:
            if not can_pass(error):
                raise
            failure = error
        else:
            failure = None
            if changed(last, check):
                polls = 0
                if on_change is not None:
                    yield Call(on_change, (check,))
            last = check
            if until(check):
                return check
        polls += 1
        remaining = deadline - clock.monotonic()
        yield Wait(max(0.0, min(polling.delay(polls, clock.random()), remaining)))
    seen = f"the last status was {last.status!r}" if last else "no check was seen"
    raise Timeout(
        f"waiting for the liveness check took longer than {timeout:g} s; {seen}", last_check=last, last_error=failure
    )
