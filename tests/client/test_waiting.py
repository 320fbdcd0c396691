"""Waiting for a liveness check."""

import asyncio
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.client.twins import API_KEY, USER_TOKEN, Script, Time, Twin, envelope

from btcdirect import ApiKey, AsyncClient, LivenessCheck, Polling, errors
from btcdirect.liveness import OPEN_STATUSES
from btcdirect.redaction import Secret


def check(status: str, **more: Any) -> httpx.Response:
    """An answer with this status."""
    return httpx.Response(200, json={"name": "liveness", "status": status, **more})


def wait(
    twin: Twin, *steps: Any, time: Time | None = None, client: dict[str, Any] | None = None, **options: Any
) -> Any:
    """`wait_for_liveness` against a script."""
    script = Script(*steps)
    return twin.run(
        lambda c: c.as_user(USER_TOKEN).wait_for_liveness("480213", **options), script, time=time, **(client or {})
    )


def test_waiting_ends_when_the_status_leaves_the_open_ones(twin: Twin) -> None:
    """An unknown value is handed over, not waited out."""
    assert wait(twin, check("missing"), check("pending"), check("whatever")).status == "whatever"


def test_the_open_statuses_are_those_that_the_vendor_shows() -> None:
    """Two, from the example of another endpoint; any other one is settled, with a token or without."""
    assert {"missing", "pending"} == OPEN_STATUSES
    for status in ("missing", "pending", "approved", "Pending", ""):
        found = LivenessCheck("liveness", None, status, Secret("fooToken"))
        assert found.settled is (status not in OPEN_STATUSES)


@pytest.mark.parametrize("until", ["done", ["done", "failed"], lambda check: check.status == "done"])
def test_until_is_a_status_several_or_a_function(twin: Twin, until: Any) -> None:
    """Whatever says it best."""
    assert wait(twin, check("failing"), check("done"), until=until).status == "done"


def test_intervals_grow_and_a_change_starts_them_anew(twin: Twin) -> None:
    """Often at first, then with patience."""
    time = Time(chance=0.0)
    steps = [check("missing")] * 3 + [check("pending")] * 2 + [check("approved")]
    wait(twin, *steps, time=time)
    assert time.slept == [2.0, 3.0, 4.5, 2.0, 3.0]


def test_intervals_stop_growing_at_half_a_minute(twin: Twin) -> None:
    """Unless told otherwise."""
    time = Time(chance=0.0)
    wait(twin, *[check("pending")] * 9, check("approved"), time=time)
    assert time.slept[-3:] == [22.78125, 30.0, 30.0]


def test_intervals_grow_while_the_api_is_down(twin: Twin) -> None:
    """It is asked no more often than while nothing changes."""
    time = Time(chance=0.0)
    steps = [check("pending"), *[httpx.ConnectError("gone")] * 2, check("approved")]
    wait(twin, *steps, time=time, client={"max_retries": 0})
    assert time.slept == [2.0, 3.0, 4.5]


def test_a_number_is_a_fixed_interval_with_jitter(twin: Twin) -> None:
    """Chance takes up to a fifth off it."""
    time = Time(chance=1.0)
    wait(twin, check("pending"), check("pending"), check("approved"), poll=5, time=time)
    assert time.slept == [4.0, 4.0]


def test_on_change_sees_the_first_check_and_each_change(twin: Twin) -> None:
    """A new access token alone is no change."""
    seen: list[str] = []
    steps = [
        check("pending"),
        check("pending", data={"accessToken": "a"}),
        check("pending", type="t"),
        httpx.Response(200, json={"name": "selfie", "type": "t", "status": "pending"}),
        check("approved"),
    ]
    wait(twin, *steps, on_change=lambda check: seen.append(f"{check.name} {check.type} {check.status}"))
    assert seen == ["liveness None pending", "liveness t pending", "selfie t pending", "liveness None approved"]


def test_an_async_callback_is_awaited() -> None:
    """By the async client."""
    seen: list[LivenessCheck] = []

    async def on_change(check: LivenessCheck) -> None:
        await asyncio.sleep(0)
        seen.append(check)

    wait(Twin("async", is_async=True), check("approved"), on_change=on_change)
    assert [found.status for found in seen] == ["approved"]


def test_a_callbacks_exception_ends_the_waiting(twin: Twin) -> None:
    """It is the user's."""

    def on_change(_: LivenessCheck) -> None:
        raise LookupError("no such page")

    with pytest.raises(LookupError):
        wait(twin, check("pending"), on_change=on_change)


def test_the_deadline_raises_a_timeout_with_the_last_check(twin: Twin) -> None:
    """And not a moment later."""
    time = Time()
    with pytest.raises(errors.Timeout, match="the last status was 'pending'") as caught:
        wait(twin, *[check("pending")] * 9, timeout=10, poll=3, time=time)
    assert caught.value.last_check.status == "pending"  # type: ignore[union-attr]
    assert caught.value.last_error is None
    assert sum(time.slept) == pytest.approx(10)


def test_an_error_that_has_passed_is_not_the_last_one(twin: Twin) -> None:
    """A timeout tells of an error only if it lasts."""
    steps = [httpx.ConnectError("gone"), *[check("pending")] * 9]
    with pytest.raises(errors.Timeout) as caught:
        wait(twin, *steps, timeout=10, poll=2, client={"max_retries": 0})
    assert caught.value.last_error is None


def test_each_call_has_what_is_left(twin: Twin) -> None:
    """And if its answer took longer nevertheless, the waiting is over."""
    time, limits = Time(chance=0.0), list[float]()

    def handler(request: httpx.Request) -> httpx.Response:
        limits.append(request.extensions["timeout"]["read"])
        time.seconds += 9 if len(limits) == 2 else 0
        return check("pending")

    with pytest.raises(errors.Timeout):
        twin.run(lambda c: c.as_user(USER_TOKEN).wait_for_liveness(1, timeout=8, poll=5), handler, time=time)
    assert limits == [8, 3]
    assert time.slept == [5, 0]


def test_what_can_pass_is_waited_out(twin: Twin) -> None:
    """A lost connection does not end a long wait."""
    steps = [check("pending"), httpx.ConnectError("gone"), httpx.Response(503), check("approved")]
    assert wait(twin, *steps, client={"max_retries": 0}).status == "approved"


def test_an_outage_until_the_deadline_is_a_timeout_with_the_last_error(twin: Twin) -> None:
    """No check was ever seen."""
    steps = [httpx.ConnectError("gone") for _ in range(20)]
    with pytest.raises(errors.Timeout, match="no check was seen") as caught:
        wait(twin, *steps, timeout=10, poll=2, client={"max_retries": 0})
    assert caught.value.last_check is None
    assert isinstance(caught.value.last_error, errors.TransportError)


def test_an_error_that_lasts_is_raised_at_once(twin: Twin) -> None:
    """By its kind."""
    with pytest.raises(errors.OrderNotOwned):
        wait(twin, check("pending"), envelope("ER150"))


@pytest.mark.parametrize("timeout", [0, -1, float("inf"), float("nan")])
def test_a_limit_is_a_positive_number_of_seconds(twin: Twin, timeout: float) -> None:
    """There is no waiting without end."""
    with pytest.raises(ValueError, match="positive, finite"):
        wait(twin, timeout=timeout)


@pytest.mark.parametrize("poll", [0, -1, float("nan")])
def test_an_interval_is_positive(twin: Twin, poll: float) -> None:
    """Polling without a pause would be an attack."""
    with pytest.raises(ValueError, match="0 < initial"):
        wait(twin, poll=poll)


@pytest.mark.parametrize(
    "wrong", [{"factor": 0.9}, {"jitter": 1}, {"jitter": -0.1}, {"initial": 31}, {"maximum": 1}, {"initial": 0}]
)
def test_a_polling_that_can_not_work_is_refused(wrong: dict[str, float]) -> None:
    """One that shrinks, or that chance may turn into none."""
    with pytest.raises(ValueError, match="polling needs 0 < initial <= maximum"):
        Polling(**wrong)


def test_a_polling_need_not_grow_nor_vary() -> None:
    """A fixed beat is a choice."""
    assert Polling(initial=3, maximum=3, factor=1, jitter=0).delay(9, 0.5) == 3


async def some_day(_: LivenessCheck) -> bool:
    """A condition that nobody awaits."""
    return False


@pytest.mark.parametrize(
    ("until", "words"),
    [
        (b"done", "until must be a function, a status or several, not bytes"),
        (bytearray(b"done"), "until must be a function, a status or several, not bytearray"),
        (5, "until must be a function, a status or several, not int"),
        (True, "until must be a function, a status or several, not bool"),
        ([1, "done"], "a status is a str, not int"),
        ([b"done"], "a status is a str, not bytes"),
        (range(2), "a status is a str, not int"),
        ([["done"]], "a status is a str, not list"),
        (some_day, "until must be a plain function, not an async one"),
    ],
)
def test_until_that_no_status_can_meet_is_refused(twin: Twin, until: Any, words: str) -> None:
    """It would wait to the end of its time, or not at all: a coroutine is always true."""
    with pytest.raises(TypeError, match=words):
        wait(twin, until=until)


@pytest.mark.parametrize(
    ("poll", "words"),
    [
        (True, "initial must be a number of seconds, not bool"),
        ("5", "initial must be a number of seconds, not str"),
        ({"initial": 5}, "initial must be a number of seconds, not dict"),
    ],
)
def test_an_interval_is_a_number(twin: Twin, poll: Any, words: str) -> None:
    """A bool is none."""
    with pytest.raises(TypeError, match=words):
        wait(twin, poll=poll)


async def test_waiting_can_be_cancelled() -> None:
    """The task ends, and nothing swallows it."""
    polled = asyncio.Event()

    def handler(_: httpx.Request) -> httpx.Response:
        polled.set()
        return check("pending")

    async with AsyncClient(ApiKey(API_KEY), http_client=httpx.MockTransport(handler)) as client:
        task = asyncio.create_task(client.as_user(USER_TOKEN).wait_for_liveness(1))
        await polled.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


@given(polls=st.integers(1, 10**9), random=st.floats(0, 1))
def test_an_interval_stays_within_its_bounds(polls: int, random: float) -> None:
    """However long it takes."""
    polling = Polling(initial=1, maximum=20, factor=3, jitter=0.5)
    assert 0.5 <= polling.delay(polls, random) <= 20


@pytest.mark.parametrize("factor", [1.01, 1.5, 2, 1e6, 1e300])
def test_an_interval_grows_to_its_maximum(factor: float) -> None:
    """Slowly or at a bound, and never beyond what a float holds."""
    polling = Polling(initial=1, maximum=20, factor=factor, jitter=0)
    assert polling.delay(2, 0.5) == min(20, factor)
    assert polling.delay(10**9, 0.5) == 20
