"""When a call is tried again: what can pass, how long to wait, and when it is over."""

import logging
from pathlib import Path
from time import tzset
from typing import Any

import httpx
import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from tests.client.twins import CHECK, Script, Time, Twin, always, envelope

from btcdirect import Attempt, ClientToken, RetryPolicy, errors
from btcdirect.retry import asked_delay, can_pass

CATALOGUE = yaml.safe_load((Path(__file__).parents[2] / "openapi" / "errors.yaml").read_text("utf-8"))
ROWS = {row["code"]: row["retry"]["value"] for row in CATALOGUE["errors"] + CATALOGUE["elsewhere"]}


def ok() -> httpx.Response:
    """A success."""
    return httpx.Response(200, json=CHECK)


@pytest.mark.parametrize("code", sorted(ROWS.keys() & errors.CLASS_BY_CODE.keys()))
def test_a_code_is_tried_again_where_the_catalogue_says_that_it_can_help(twin: Twin, code: str) -> None:
    """`same-request` in its retry column, and no other."""
    script = Script(*[envelope(code) for _ in range(3)])
    with pytest.raises(errors.CLASS_BY_CODE[code]):
        twin.get(script)
    assert len(script.requests) == (3 if ROWS[code] == "same-request" else 1)


@pytest.mark.parametrize(
    "passing",
    [
        httpx.ConnectError("refused"),
        httpx.ReadError("reset"),
        httpx.RemoteProtocolError("no HTTP"),
        httpx.ConnectTimeout("slow"),
        httpx.ReadTimeout("slow"),
        TimeoutError("slow"),
        OSError("gone"),
        envelope("ER999", status=500),
        envelope("ER920", status=429),
        httpx.Response(429),
        httpx.Response(502, text="<html>"),
        httpx.Response(503),
        httpx.Response(504),
        envelope("X123", status=503),
    ],
    ids=repr,
)
def test_what_can_pass_is_tried_again(twin: Twin, passing: Any) -> None:
    """Faults of the connection, timeouts, rate limits, a gateway's statuses, and ER999."""
    script = Script(passing, ok())
    assert twin.get(script).status == "pending"


@pytest.mark.parametrize(
    "lasting",
    [
        httpx.Response(500),
        httpx.Response(400),
        httpx.Response(302),
        httpx.Response(200),
        envelope("X1"),
        envelope("ER035", status=503),
    ],
    ids=repr,
)
def test_what_stays_as_it_is_is_not_tried_again(twin: Twin, lasting: httpx.Response) -> None:
    """Wrong requests and answers that make no sense."""
    script = Script(lasting)
    with pytest.raises(errors.BtcDirectError):
        twin.get(script)
    assert len(script.requests) == 1


def test_max_retries_0_turns_retrying_off(twin: Twin) -> None:
    """One request, one answer."""
    script = Script(httpx.Response(503))
    with pytest.raises(errors.InvalidResponse):
        twin.get(script, max_retries=0)


def test_waits_grow_twofold_below_full_jitter(twin: Twin) -> None:
    """The bound doubles; chance takes anything off it."""
    for chance, expected in ((1.0, [0.5, 1.0, 2.0]), (0.25, [0.125, 0.25, 0.5])):
        time = Time(chance=chance)
        with pytest.raises(errors.InvalidResponse):
            twin.get(always(lambda: httpx.Response(503)), time=time, max_retries=3)
        assert time.slept == expected


def test_by_default_waits_stop_growing_and_end(twin: Twin) -> None:
    """At 8 seconds each, and at a minute for all of a call; a longer Retry-After is taken for half a minute."""
    time = Time()
    with pytest.raises(errors.InvalidResponse):
        twin.get(always(lambda: httpx.Response(503)), time=time, max_retries=99, deadline=1000)
    assert time.slept == [0.5, 1, 2, 4, *[8] * 6]
    time = Time()
    script = Script(httpx.Response(503, headers={"Retry-After": "9999"}), ok())
    twin.get(script, time=time, deadline=1000)
    assert time.slept == [30]


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("3", 3.0),
        (" 3 ", 3.0),
        ("0", 0.5),
        ("Thu, 01 Jan 1970 00:16:45 GMT", 5.0),
        ("9999", 20.0),
        ("-1", 0.5),
        (b"\xb2", 0.5),
    ],
)
def test_retry_after_is_waited_for_up_to_its_cap(twin: Twin, value: str | bytes, wait: float) -> None:
    """In seconds and as a date; nonsense is as if it were not there, and nobody is asked sooner than without it."""
    time = Time()
    script = Script(httpx.Response(503, headers=[("Retry-After", value)]), ok())  # type: ignore[list-item]
    twin.get(script, time=time, retry=RetryPolicy(retry_after_cap=20))
    assert time.slept == [wait]


def test_a_date_without_a_zone_is_of_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the client runs: so RFC 9110, section 5.6.7, has all dates."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    tzset()
    try:
        error = errors.RateLimited(headers={"retry-after": "Thu, 01 Jan 1970 00:16:45 -0000"})
        assert asked_delay(error, 1000.0) == 5.0
    finally:
        monkeypatch.undo()
        tzset()


def test_a_wait_may_use_the_budget_up(twin: Twin) -> None:
    """To its last moment, and no further."""
    time = Time()
    with pytest.raises(errors.InvalidResponse):
        twin.get(always(lambda: httpx.Response(503)), time=time, retry=RetryPolicy(max_retries=99, budget=1.5))
    assert time.slept == [0.5, 1.0]


def test_the_budget_bounds_all_waits_of_a_call(twin: Twin) -> None:
    """Attempts may be left, but no time to wait for them."""
    time = Time()
    policy = RetryPolicy(max_retries=99, budget=3.0)
    with pytest.raises(errors.InvalidResponse):
        twin.get(always(lambda: httpx.Response(503)), time=time, retry=policy)
    assert sum(time.slept) <= 3.0


def test_no_retry_exceeds_the_deadline(twin: Twin) -> None:
    """Instead of waiting into it, the call ends with what it has."""
    time = Time()
    script = Script(httpx.Response(503, headers={"Retry-After": "7"}))
    with pytest.raises(errors.InvalidResponse):
        twin.get(script, time=time, timeout=6)
    assert time.slept == []


@pytest.mark.parametrize(("limits", "requests"), [({"timeout": 1}, 1), ({"timeout": 1, "deadline": 9}, 3)])
def test_a_timeout_is_tried_again_if_the_deadline_leaves_time(
    twin: Twin, limits: dict[str, float], requests: int
) -> None:
    """Seconds for the timeout alone are those of the whole call, so nothing is left after one."""
    time = Time()
    asked = []

    def hang(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        time.seconds += 1
        raise httpx.ReadTimeout("nothing came")

    with pytest.raises(errors.Timeout):
        twin.get(hang, time=time, max_retries=2, **limits)
    assert len(asked) == requests


def test_an_attempt_gets_no_more_than_what_is_left(twin: Twin) -> None:
    """The steps' limits shrink toward the deadline."""
    limits = []

    def handler(request: httpx.Request) -> httpx.Response:
        limits.append(request.extensions["timeout"]["read"])
        return httpx.Response(503)

    with pytest.raises(errors.InvalidResponse):
        twin.get(handler, timeout=6, deadline=7, max_retries=3)
    assert limits == [6.0, 6.0, 5.5, 3.5][: len(limits)]
    assert limits[-1] < 6.0


@pytest.mark.parametrize("seconds", [1, 2])
def test_a_call_without_time_sends_nothing(twin: Twin, seconds: int) -> None:
    """An answer that took too long in spite of the limits may have used it up."""
    time = Time()

    def handler(_: httpx.Request) -> httpx.Response:
        time.seconds += seconds
        return envelope("ER801")

    tokens = iter("ab")
    with pytest.raises(errors.Timeout, match="before the request was sent"):
        twin.get(handler, time=time, timeout=1, authorization=ClientToken(lambda: next(tokens)))


def test_the_observer_sees_every_attempt(twin: Twin) -> None:
    """With its number, its error, and the wait before the next."""
    seen: list[Attempt] = []
    script = Script(httpx.Response(503), ok())
    twin.get(script, on_attempt=seen.append)
    assert [(a.number, type(a.error), a.delay) for a in seen] == [
        (1, errors.InvalidResponse, 0.5),
        (2, type(None), None),
    ]
    assert all(attempt.elapsed >= 0 for attempt in seen)


def test_each_attempt_is_logged_and_no_id_at_info(twin: Twin, caplog: pytest.LogCaptureFixture) -> None:
    """A retry at INFO, the rest at DEBUG, under `btcdirect`."""
    caplog.set_level(logging.DEBUG)
    twin.get(Script(httpx.Response(503), ok()), order="48021377")
    ours = [record for record in caplog.records if record.name == "btcdirect"]
    assert [record.levelno for record in ours] == [logging.INFO, logging.DEBUG, logging.DEBUG]
    info = [record.getMessage() for record in caplog.records if record.levelno >= logging.INFO]
    assert info == ["attempt 1 failed (InvalidResponse), the next one in 0.50 s"]


@example("²")
@example("aug 01 1:2 99999999999")
@example("01-Jan- 00:16:45 GMT")
@given(st.text() | st.integers().map(str) | st.datetimes().map(lambda at: at.strftime("%a, %d %b %Y %H:%M:%S -0000")))
def test_any_retry_after_gives_seconds_or_nothing(value: str) -> None:
    """Never a negative wait, never an exception."""
    error = errors.RateLimited(headers={"retry-after": value})
    delay = asked_delay(error, 0.0)
    assert delay is None or delay >= 0


@given(
    attempt=st.integers(1, 10_000),
    waited=st.floats(0, 100),
    remaining=st.floats(0, 100),
    random=st.floats(0, 1),
    after=st.none() | st.integers(0, 10**6),
)
def test_a_delay_keeps_every_bound(
    attempt: int, waited: float, remaining: float, random: float, after: int | None
) -> None:
    """Budget, deadline and cap, whatever the numbers."""
    policy = RetryPolicy(max_retries=20_000)
    headers = {} if after is None else {"retry-after": str(after)}
    error = errors.RateLimited(headers=headers)
    delay = policy.delay(error, attempt=attempt, waited=waited, remaining=remaining, now=0, random=random)
    if delay is not None:
        assert 0 <= delay < remaining
        assert waited + delay <= policy.budget
        assert delay <= max(policy.maximum, policy.retry_after_cap)


def test_errors_that_are_no_answers_do_not_pass_by_waiting() -> None:
    """A closed client stays closed."""
    assert not can_pass(errors.ClientClosed("closed"))
    assert asked_delay(errors.TransportError("gone"), 0.0) is None


@pytest.mark.parametrize("options", [{"max_retries": -1}, {"initial": -1.0}, {"budget": float("nan")}])
def test_a_policy_refuses_what_is_negative(options: dict[str, Any]) -> None:
    """With the name of the number."""
    with pytest.raises(ValueError, match=f"{next(iter(options))} must not be negative"):
        RetryPolicy(**options)


@pytest.mark.parametrize(
    "options", [{"max_retries": "2"}, {"max_retries": 1.5}, {"max_retries": True}, {"maximum": None}]
)
def test_a_policy_refuses_what_is_no_number(options: dict[str, Any]) -> None:
    """With the name of the number."""
    with pytest.raises(TypeError, match=f"{next(iter(options))} must be a number"):
        RetryPolicy(**options)
