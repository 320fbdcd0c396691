"""Whole runs against targets that limit the rate, in virtual time: one conforms, one without an end ends the run."""

import asyncio
from collections.abc import Callable
from functools import partial

import pytest
from attrs import define, field
from tests.conformance.helpers.scripted import Scripted, success
from tests.conformance.helpers.virtual_time import VirtualTime
from tests.conformance.helpers.world import PROFILE, World

from btcdirect_conformance import profile as profiles
from btcdirect_conformance.conversation.limits import IN_ALL, Gate
from btcdirect_conformance.exchange import Exchange, Headers, Request, Response
from btcdirect_conformance.facts import Order
from btcdirect_conformance.profile import Limits, Profile
from btcdirect_conformance.report.summary import caveats, verdict
from btcdirect_conformance.run import runner
from btcdirect_conformance.run.options import Options
from btcdirect_conformance.run.runner import run_suite
from btcdirect_conformance.server.running import compose
from btcdirect_conformance.server.store import Store
from btcdirect_conformance.transport.asgi import AsgiTransport
from btcdirect_conformance.verdict import Outcome, RunRecord

PLANNED = Options(seed=1, unsafe_methods=True, certify=True, fuzz_requests=0)


@define
class Limited:
    """The reference server behind a limit of so many requests in a window."""

    time: VirtualTime
    most: int
    window: float
    headers: Callable[[float], Headers]
    store: Store = field(factory=Store)
    inner: AsgiTransport = field(init=False)
    _since: float = field(default=float("-inf"), init=False)
    _count: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self.inner = AsgiTransport(compose(None, self.store, None))

    async def reach(self) -> None:
        """It is there."""

    async def aclose(self) -> None:
        """Nothing is open."""

    async def exchange(self, request: Request, number: int) -> Exchange:
        """The server's answer, or 429."""
        if self.time.now - self._since >= self.window:
            self._since, self._count = self.time.now, 0
        if self._count < self.most:
            self._count += 1
            return await self.inner.exchange(request, number)
        await asyncio.sleep(0)
        left = self._since + self.window - self.time.now
        return Exchange(request, Response(429, self.headers(left), b"{}"), 0.001, number)


def whole_seconds(left: float) -> Headers:
    """``Retry-After`` as it should be."""
    return (("Retry-After", str(int(left) + 1)),)


def at_once(_: float) -> Headers:
    """One that promises too much."""
    return (("Retry-After", "0"),)


def nothing(_: float) -> Headers:
    """None at all, as this API documents it."""
    return ()


@pytest.mark.parametrize("headers", [whole_seconds, at_once, nothing])
@pytest.mark.parametrize(("most", "window"), [(1, 1.0), (10, 1.0), (60, 60.0), (100, 60.0)])
async def test_target_that_limits_the_rate(
    time: VirtualTime, most: int, window: float, headers: Callable[[float], Headers]
) -> None:
    """A right target that limits the rate gets a whole run, which certifies it: no case fails or is skipped."""
    target = Limited(time, most, window, headers)
    profile = profiles.parse(target.store.fixtures.profile("http://target"), {})
    record = await run_suite(profile, PLANNED, transport=target)
    assert [each for each in record.results if each.outcome not in (Outcome.PASS, Outcome.INFO)] == []
    assert record.exit_status == 0
    assert record.rate_limited > 0
    assert time.now < IN_ALL


async def test_fuzzed_too(time: VirtualTime) -> None:
    """The layers that make requests up wait as well."""
    target = Limited(time, 100, 60.0, whole_seconds)
    profile = profiles.parse(target.store.fixtures.profile("http://target"), {})
    record = await run_suite(profile, Options(seed=1, only=("fuzz.",)), transport=target)
    assert {each.outcome for each in record.results} == {Outcome.PASS}


def limited(*headers: tuple[str, str]) -> Response:
    """An answer 429, as the vendor documents it."""
    return Response(429, (("Content-Type", "application/json"), *headers), b'{"errors": {"ER920": {"code": "ER920"}}}')


async def run(answer: Callable[[Request], Response]) -> RunRecord:
    """A run against a target that answers so, on a machine of its own."""
    profile = Profile("http://target", PROFILE, Limits(requests_per_second=10))
    return await run_suite(profile, Options(seed=1, fuzz_requests=20), transport=Scripted(answer))


@pytest.mark.parametrize("headers", [(), (("Retry-After", "0"),), (("Retry-After", "60"),), (("Retry-After", "9999"),)])
async def test_endless_from_the_start(time: VirtualTime, headers: Headers) -> None:
    """A target that answers nothing but 429 tells nothing: exit status 2 within two minutes, and what to do."""
    record = await run(lambda _: limited(*headers))
    assert record.exit_status == 2
    assert {each.outcome for each in record.results} == {Outcome.SKIP}
    assert "429" in str(verdict(record))
    assert "limits.requests_per_second" in str(verdict(record))
    assert time.now <= 120


async def test_endless_in_the_midst(time: VirtualTime) -> None:
    """What had passed by then is reported and is no verdict: exit status 2."""
    asked: list[Request] = []

    def answer(request: Request) -> Response:
        asked.append(request)
        return World()(request) if len(asked) <= 40 else limited(("Retry-After", "7"))

    record = await run(answer)
    assert (record.exit_status, verdict(record).word) == (2, "No verdict")
    assert "nothing but 429" in verdict(record).because
    assert Outcome.PASS in {each.outcome for each in record.results}
    assert time.now <= 120


@pytest.mark.parametrize("headers", [(), (("Retry-After", "1"),)])
@pytest.mark.parametrize(("method", "order", "status"), [("OPTIONS", None, 0), ("OPTIONS", Order.UNKNOWN, 2)])
async def test_endless_for_some_requests(
    time: VirtualTime, headers: Headers, method: str, order: Order | None, status: int
) -> None:
    """Cases whose request alone gets no other answer than 429 are skipped after a few tries, and all others judged.

    If one of them is a MUST, there is no verdict: what was not judged may be wrong.
    """

    def answer(request: Request) -> Response:
        refused = request.method == method or request.facts.order is order
        return limited(*headers) if refused else World()(request)

    record = await run(answer)
    skipped = {each.id for each in record.results if each.outcome is Outcome.SKIP and "429" in each.reason}
    assert {"method.options"} | ({"order.unknown"} if order else set()) <= skipped
    assert [name for name in skipped if not any(part in name for part in ("unknown", "options", "head", "fuzz."))] == []
    assert record.exit_status == status
    assert "again and again and not to others" in str(verdict(record)) or status == 0
    assert time.now <= 400  # some thirty requests, about twelve seconds each


async def test_endless_after_a_deviation(time: VirtualTime) -> None:
    """What was wrong by then fails the run, which says that it ended early: exit status 1."""
    asked: list[Request] = []

    def answer(request: Request) -> Response:
        asked.append(request)
        return success() if len(asked) <= 40 else limited()

    record = await run(answer)
    assert record.exit_status == 1
    assert any("nothing but 429" in caveat for caveat in caveats(record))
    assert time.now <= 120


async def test_interrupted_while_it_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupt ends a pause at once, with a report."""
    stop = asyncio.Event()

    async def sleep(_: float) -> None:
        stop.set()
        await asyncio.Event().wait()

    monkeypatch.setattr(runner, "Gate", partial(Gate, sleep=sleep))
    transport = Scripted(lambda _: limited(("Retry-After", "60")))
    record = await run_suite(Profile("http://target", PROFILE), PLANNED, transport=transport, stop=stop)
    assert record.interrupted
    assert record.exit_status == 2
    assert {each.reason for each in record.results if each.outcome is Outcome.SKIP} >= {"the run was interrupted"}
