"""One run's conversation: what is sent again, what is not sent, when the target is given up."""

import asyncio
import re

import pytest
from tests.conformance.helpers.raw import request
from tests.conformance.helpers.scripted import Scripted, success

from btcdirect_conformance.conversation.limits import Gate, NotSent
from btcdirect_conformance.conversation.session import TIMEOUTS, Session
from btcdirect_conformance.exchange import Fault, FaultKind, Request, Response
from btcdirect_conformance.redaction.redactor import Redactor
from btcdirect_conformance.verdict import CaseResult

LIMITED = Response(429, (("Retry-After", "7"),), b"{}")
TIMEOUT = Fault(FaultKind.TIMEOUT, "no answer")


class Watcher:
    """A progress that keeps what it is told."""

    def __init__(self) -> None:
        self.sent = 0
        self.pauses: list[float] = []

    def case_started(self, case_id: str) -> None:
        """Not told here."""

    def case_finished(self, result: CaseResult) -> None:
        """Not told here."""

    def request_sent(self) -> None:
        """Counts."""
        self.sent += 1

    def waiting(self, seconds: float, reason: str) -> None:
        """Keeps."""
        assert "429" in reason
        self.pauses.append(seconds)


def session(*answers: Response | Fault, budget: int = 100, unsafe: bool = False) -> tuple[Session, list[float]]:
    """A session with a target that answers so, the last for ever, and the pauses that it makes."""
    left = list(answers)
    time = [0.0]
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        until = time[0] + seconds
        await asyncio.sleep(0)
        time[0] = max(time[0], until)

    gate = Gate(None, budget, clock=lambda: time[0], sleep=sleep)
    transport = Scripted(lambda _: left.pop(0) if len(left) > 1 else left[0])
    return Session(transport, gate, Redactor({}), Watcher(), unsafe), pauses


async def test_rate_limited() -> None:
    """An answer 429 is waited for as long as it asks, counted, and the request sent again."""
    one, pauses = session(LIMITED, success())
    exchange = await one.send(request())
    assert exchange.answer.status == 200
    assert (pauses, one.rate_limited, one.gate.passed) == ([7.0], 1, 2)
    assert one.exchanges == [exchange]
    assert isinstance(one.progress, Watcher)
    assert (one.progress.sent, one.progress.pauses) == (2, [7.0])


def limited(**headers: str) -> Response:
    """An answer 429."""
    return Response(429, tuple(headers.items()), b"{}")


@pytest.mark.parametrize(
    ("answer", "at_most"),
    [
        (limited(), 63),
        (limited(**{"Retry-After": "0"}), 63),
        (limited(**{"Retry-After": "1"}), 64),
        (limited(**{"Retry-After": "soon"}), 63),
        (limited(**{"Retry-After": "30"}), 90),
        (limited(**{"Retry-After": "60"}), 60),
        (limited(**{"Retry-After": "3600"}), 0),
        (limited(**{"Retry-After": "Fri, 31 Dec 2100 12:00:00 GMT"}), 0),
        (limited(**{"Retry-After": "Fri, 31 Dec 1999 12:00:00 GMT"}), 63),
    ],
    ids=lambda answer: str(answer.headers) if isinstance(answer, Response) else "",
)
async def test_rate_limited_for_ever(answer: Response, at_most: float) -> None:
    """A target that answers nothing but 429 ends the run within a minute and a half, with what to do about it."""
    one, pauses = session(answer)
    for _ in range(3):
        with pytest.raises(NotSent):
            await one.send(request())
    assert re.search(r"429.*; lower limits\.requests_per_second, .* or ask for a higher limit$", one.stopped)
    assert sum(pauses) == pytest.approx(at_most, abs=1)
    assert one.exchanges == []
    sent = one.gate.passed
    with pytest.raises(NotSent, match="429"):
        await one.send(request())
    assert one.gate.passed == sent


async def test_one_request_that_is_rate_limited_for_ever() -> None:
    """A request that is never answered otherwise is given up, and the next one is sent."""
    one, pauses = session(*[limited()] * 7, success())
    with pytest.raises(NotSent, match="answered nothing but 429 to it for 62 s"):
        await one.send(request())
    assert (await one.send(request())).answer.status == 200
    assert (one.stopped, sum(pauses)) == ("", 63)


async def test_date_by_the_clock_of_the_target() -> None:
    """A Retry-After that is a date is measured by the answer's own Date: the target's clock may be wrong."""
    now, then = "Mon, 23 Nov 2020 12:00:00 GMT", "Mon, 23 Nov 2020 12:00:09 GMT"
    one, pauses = session(limited(**{"Retry-After": then, "Date": now}), success())
    await one.send(request())
    assert pauses == [9.0]


async def test_rate_limited_under_concurrency() -> None:
    """Answers 429 to requests that were on their way together make one pause, and one request tries it first."""
    one, pauses = session(*[LIMITED] * 4, success())
    await asyncio.gather(*(one.send(request()) for _ in range(4)))
    assert (pauses, one.rate_limited, len(one.exchanges), one.gate.passed) == ([7.0], 4, 4, 8)


async def test_nobody_starves() -> None:
    """Where one request a second passes, each of several passes in its turn."""
    time = [0.0]
    passed: list[float] = []

    async def sleep(seconds: float) -> None:
        until = time[0] + seconds
        await asyncio.sleep(0)
        time[0] = max(time[0], until)

    def answer(_: Request) -> Response:
        if passed and time[0] - passed[-1] < 1:
            return limited(**{"Retry-After": "1"})
        passed.append(time[0])
        return success()

    gate = Gate(None, 1000, clock=lambda: time[0], sleep=sleep)
    one = Session(Scripted(answer), gate, Redactor({}))
    await asyncio.gather(*(one.send(request()) for _ in range(60)))
    assert passed == [float(second) for second in range(60)]


async def test_rate_limited_counts_into_the_budget() -> None:
    """Sending again costs the budget."""
    one, _ = session(LIMITED, budget=2)
    with pytest.raises(NotSent, match="budget of 2"):
        await one.send(request())


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "post", "FOO"])
async def test_unsafe_methods(method: str) -> None:
    """Only safe methods are sent unless the user allows others."""
    one, _ = session(success())
    with pytest.raises(NotSent, match="--allow-unsafe-methods"):
        await one.send(request(method=method))
    assert one.gate.passed == 0
    allowed, _ = session(success(), unsafe=True)
    assert (await allowed.send(request(method=method))).answer.status == 200


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "TRACE"])
async def test_safe_methods(method: str) -> None:
    """Safe methods always are."""
    one, _ = session(success())
    assert (await one.send(request(method=method))).answer.status == 200


async def test_stopped() -> None:
    """A session that was stopped sends nothing more, and gives the first reason."""
    one, _ = session(success())
    one.stop("because")
    one.stop("and also")
    with pytest.raises(NotSent, match="because"):
        await one.send(request())
    assert one.gate.passed == 0


async def test_given_up_after_timeouts_in_a_row() -> None:
    """A target that does not answer at all is given up soon."""
    one, _ = session(TIMEOUT)
    in_a_row, _ = TIMEOUTS
    for _ in range(in_a_row):
        await one.send(request())
    with pytest.raises(NotSent, match="6 requests in a row hit the time limit"):
        await one.send(request())


async def test_given_up_after_many_timeouts() -> None:
    """One that hangs now and then is given up later: each costs the whole time limit."""
    _, in_all = TIMEOUTS
    one, _ = session(*[TIMEOUT, success()] * in_all, budget=1000)
    for _ in range(2 * in_all - 1):
        await one.send(request())
    with pytest.raises(NotSent, match="hardly answers"):
        await one.send(request())


async def test_access_tokens_are_learnt() -> None:
    """What an answer gives away is known from then on."""
    one, _ = session(success())
    await one.send(request())
    assert "_act-1" not in one.redactor.text("token _act-1 leaked")
