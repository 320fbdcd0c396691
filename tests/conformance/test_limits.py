"""Pace, budget and pauses, in virtual time."""

import asyncio
import time
from collections.abc import Generator
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conformance.helpers.virtual_time import VirtualTime

from btcdirect_conformance.conversation.limits import (
    DEFAULT_PAUSE,
    IN_A_ROW,
    IN_ALL,
    LONGEST_BACKOFF,
    Gate,
    NotSent,
    Patience,
    pause_after,
)

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC).timestamp()


@pytest.fixture(params=["UTC", "EST5", "JST-9"])
def zone(request: pytest.FixtureRequest) -> Generator[None]:
    """Another time zone of this machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


def gate(rate: float | None, budget: int, time: VirtualTime) -> Gate:
    """A gate in virtual time."""
    return Gate(rate, budget, clock=time.clock, sleep=time.sleep)


async def test_pace() -> None:
    """Requests pass at the rate, the first at once."""
    time = VirtualTime(100)
    paced = gate(5, 100, time)
    passed = []
    for _ in range(4):
        await paced.enter()
        passed.append(time.now - 100)
    assert passed == pytest.approx([0, 0.2, 0.4, 0.6])


@pytest.mark.parametrize("askers", [1, 4, 30])
async def test_pace_under_concurrency(askers: int) -> None:
    """However many ask at once, each gets a turn of its own, as far apart as the rate says."""
    time = VirtualTime(100)
    turns: list[float] = []

    async def sleep(seconds: float) -> None:
        turns.append(time.now + seconds)
        await asyncio.sleep(0)  # everybody has asked before anybody's time has come
        time.now = max(time.now, turns[-1])

    paced = Gate(10, 1000, clock=time.clock, sleep=sleep)
    await asyncio.gather(*(paced.enter() for _ in range(askers)))
    assert turns == pytest.approx([100 + number / 10 for number in range(1, askers)])


async def test_no_pace() -> None:
    """Without a rate nobody waits."""
    time = VirtualTime(100)
    free = gate(None, 100, time)
    for _ in range(50):
        await free.enter()
    assert time.now == 100


async def test_budget() -> None:
    """The budget counts every request, and the reason names the key that sets it."""
    bounded = gate(None, 2, VirtualTime(100))
    assert [await bounded.enter(), await bounded.enter()] == [1, 2]
    with pytest.raises(NotSent, match=r"budget of 2 requests is used up \(limits\.max_requests\)"):
        await bounded.enter()
    assert bounded.passed == 2


async def test_budget_under_concurrency() -> None:
    """No more than the budget passes, however many ask at once."""
    bounded = gate(None, 10, VirtualTime(100))
    outcomes = await asyncio.gather(*(bounded.enter() for _ in range(50)), return_exceptions=True)
    assert sorted(outcome for outcome in outcomes if isinstance(outcome, int)) == list(range(1, 11))


async def test_pause_holds_for_everybody() -> None:
    """A pause holds back whoever comes, and the pace goes on after it."""
    time = VirtualTime(100)
    paced = gate(10, 100, time)
    await paced.enter()
    paced.pause(30)
    await paced.enter()
    assert time.now == 130
    await paced.enter()
    assert time.now == pytest.approx(130.1)


async def test_pause_holds_for_who_waits_already() -> None:
    """Somebody whose turn would come within a pause waits for its end."""
    time = VirtualTime(100)
    paced = gate(1, 100, time)
    await paced.enter()
    inner = paced.sleep

    async def sleep(seconds: float) -> None:
        paced.sleep = inner
        paced.pause(60)
        await inner(seconds)

    paced.sleep = sleep
    await paced.enter()
    assert time.now == 160


async def test_shorter_pause_does_not_shorten() -> None:
    """The longest pause that was asked for counts."""
    time = VirtualTime(100)
    paced = gate(None, 100, time)
    paced.pause(50)
    paced.pause(5)
    await paced.enter()
    assert time.now == 150


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("3", 3.0),
        (" 0 ", 0.0),
        ("100000", 100000.0),
        ("9" * 400, 999_999_999.0),
        (format_datetime(datetime.fromtimestamp(NOW + 7, UTC), usegmt=True), 7.0),
        (format_datetime(datetime.fromtimestamp(NOW - 7, UTC), usegmt=True), 0.0),
        (format_datetime(datetime.fromtimestamp(NOW + 9999, UTC), usegmt=True), 9999.0),
        (format_datetime(datetime.fromtimestamp(NOW + 7, UTC).replace(tzinfo=None)), 7.0),  # ends in -0000
        (datetime.fromtimestamp(NOW + 7, UTC).ctime(), 7.0),  # "asctime", which some still send
        (None, DEFAULT_PAUSE),
        ("", DEFAULT_PAUSE),
        ("soon", DEFAULT_PAUSE),
        ("-1", DEFAULT_PAUSE),
        ("٣", DEFAULT_PAUSE),
    ],
)
@pytest.mark.usefixtures("zone")
def test_retry_after(value: str | None, seconds: float) -> None:
    """Both forms of Retry-After are understood and taken at their word, wherever; anything else gets the default."""
    assert pause_after(value, 1, NOW) == seconds


def test_backoff() -> None:
    """Without a Retry-After the pauses double, up to the longest."""
    pauses = [pause_after(None, attempt, NOW) for attempt in range(1, 9)]
    assert pauses == [1, 2, 4, 8, 16, 32, LONGEST_BACKOFF, LONGEST_BACKOFF]


def test_retry_after_that_does_not_hold() -> None:
    """A Retry-After that was not enough is lengthened, and one that is long enough is not."""
    assert [pause_after("0", attempt, NOW) for attempt in range(1, 6)] == [0, 1, 2, 4, 8]
    assert [pause_after("3", attempt, NOW) for attempt in range(1, 6)] == [3, 3, 3, 4, 8]


def test_request_that_is_given_up() -> None:
    """One that is not sent again leaves the pause that the answer asks for, and no other."""
    assert (pause_after("5", 0, NOW), pause_after(None, 0, NOW)) == (5, 0)


@given(st.text(), st.integers(0, 1000))
def test_any_retry_after(value: str, attempt: int) -> None:
    """Whatever a server asks for, the pause is a number of seconds from 0."""
    assert 0 <= pause_after(value, attempt, NOW) < float("inf")


def test_patience_in_a_row() -> None:
    """Nothing but answers 429 for too long is enough, and any other answer starts anew."""
    patience = Patience()
    assert patience.wait(60, 60) == ""
    patience.answered()
    assert patience.wait(60, 60) == ""
    assert patience.wait(60, 60).startswith("the target answered nothing but 429 for 60 s; lower limits.requests_per_")
    assert patience.wait(30, IN_A_ROW - 60) == ""


def test_patience_remembers_a_promise_that_did_not_hold() -> None:
    """One answer does not make a short pause enough again; several do."""
    patience = Patience()
    patience.attempts = 2
    patience.answered()
    assert patience.attempts == 1
    patience.answered()
    patience.answered()
    assert patience.attempts == 0


def test_patience_with_one_pause() -> None:
    """A pause that no run waits for is not begun."""
    assert "asks for a pause of 3600 s" in Patience().wait(3600, 3600)
    assert Patience().wait(IN_A_ROW, IN_A_ROW) == ""


def test_patience_in_all() -> None:
    """A run waits for many pauses, and not for ever; pauses at the same time count once."""
    patience = Patience()
    for _ in range(int(IN_ALL / 60)):
        assert patience.wait(60, 60) == ""
        assert patience.wait(60, 0) == ""
        patience.answered()
    assert "took 900 s of waiting" in patience.wait(60, 60)


async def test_paused() -> None:
    """How long the present pause still is."""
    time = VirtualTime(100)
    held = gate(None, 10, time)
    assert held.paused == 0
    held.pause(7)
    time.now += 3
    assert held.paused == 4
    await held.enter()
    assert held.paused == 0
