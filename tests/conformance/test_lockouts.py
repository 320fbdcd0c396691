"""A front that locks the run out after its wrong credentials is nobody's deviation."""

from collections.abc import Callable

import pytest
from attrs import define, field
from tests.conformance.helpers.scripted import Scripted, failure, header
from tests.conformance.helpers.virtual_time import VirtualTime
from tests.conformance.helpers.world import PROFILE, World

from btcdirect_conformance.exchange import Request, Response
from btcdirect_conformance.profile import Profile
from btcdirect_conformance.run.lockouts import PAUSES
from btcdirect_conformance.run.options import Options
from btcdirect_conformance.run.runner import run_suite
from btcdirect_conformance.verdict import Outcome, RunRecord

BLOCKED = Response(403, (("Content-Type", "text/html"),), b"<h1>Your address has been blocked</h1>")


@define
class Guarded:
    """A world behind a front that has had enough after so many requests with an unknown API key."""

    patience: int
    answered: int = field(default=0, init=False)
    """How many requests were let through."""
    _wrong: int = field(default=0, init=False)

    def __call__(self, request: Request) -> Response:
        """The world's answer, or the front's."""
        self._wrong += header(request, "x-api-key") not in ("", "the-key-1")
        if self._wrong > self.patience:
            return BLOCKED
        self.answered += 1
        return World()(request)


async def run(answer: Callable[[Request], Response], options: Options | None = None) -> RunRecord:
    """A whole run."""
    options = options or Options(seed=1, fuzz_requests=0)
    return await run_suite(Profile("http://target", PROFILE), options, transport=Scripted(answer))


def failed(record: RunRecord) -> set[str]:
    """What failed, warnings included."""
    return {result.id for result in record.results if result.outcome is Outcome.FAIL}


@pytest.mark.parametrize("patience", [0, 1, 5, 12, 20])
async def test_locked_out(patience: int) -> None:
    """Nothing is found; the run ends without a verdict and says what has happened and what to do."""
    guarded = Guarded(patience)
    record = await run(guarded)

    assert failed(record) <= failed(await run(World()))
    assert record.exit_status == 2
    since = guarded.answered + 1
    assert record.undecided.startswith(f"the target answers 403 to everything since request {since}, to valid")
    assert "a front has locked the run out" in record.undecided
    assert "limits.requests_per_second" in record.undecided
    assert record.requests < 400


async def test_locked_out_while_the_fuzzing_looks() -> None:
    """Nor do the layers that make requests up find anything."""
    record = await run(Guarded(5), Options(seed=1, only=("fuzz.",), fuzz_requests=300))

    assert not failed(record)
    assert record.exit_status == 2


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_nothing_behind_the_gateway_any_more(status: int, time: VirtualTime) -> None:
    """So it is if the target goes down in the midst of the run and does not come back."""
    asked = 0

    def answer(request: Request) -> Response:
        nonlocal asked
        asked += 1
        return World()(request) if asked < 90 else Response(status, (("Content-Type", "text/html"),), b"<h1>Down</h1>")

    record = await run(answer)

    assert failed(record) <= failed(await run(World()))
    assert record.exit_status == 2
    assert "a gateway has nothing behind it any more" in record.undecided
    assert time.now == sum(PAUSES[:-1])


async def test_gateway_that_limits_the_rate(time: VirtualTime) -> None:
    """Who answers 503 now and then is judged, and the report says what else it may be."""
    asked = 0

    def answer(request: Request) -> Response:
        nonlocal asked
        asked += 1
        return World()(request) if asked % 9 else Response(503, (("Content-Type", "text/html"),), b"<h1>Busy</h1>")

    record = await run(answer)

    assert record.exit_status == 1
    assert any("nginx does with 503 by default" in note for note in record.notes)
    assert not time.now


@define
class Bucket:
    """A world behind a gateway that lets so many requests through at once, and so many a second (nginx's limit_req)."""

    time: VirtualTime
    rate: float
    left: float
    world: Callable[[Request], Response] = field(factory=World)
    _last: float = field(default=0.0, init=False)

    def __call__(self, request: Request) -> Response:
        """The world's answer, or the gateway's."""
        now = self.time.now
        self.left, self._last = min(self.left + (now - self._last) * self.rate, 20), now
        if self.left < 1:
            return Response(503, (("Content-Type", "text/html"),), b"<h1>503 Service Temporarily Unavailable</h1>")
        self.left -= 1
        return self.world(request)


@pytest.mark.parametrize("burst", [4, 20, 60])
async def test_gateway_that_refuses_what_comes_fast(burst: int, time: VirtualTime) -> None:
    """What it refused fast and lets through slowly is nobody's deviation, whatever was judged by then."""
    record = await run(Bucket(time, rate=30, left=burst))

    assert failed(record) <= failed(await run(World()))
    assert record.exit_status == 2
    assert "ask more slowly (limits.requests_per_second)" in record.undecided
    assert not record.notes


async def test_what_is_wrong_behind_a_gateway_that_refuses_what_comes_fast(time: VirtualTime) -> None:
    """What failed by an answer of the target's own stays, as often as its verdict is given."""

    def wrong(request: Request) -> Response:
        return World()(request) if header(request, "user-authorization") else failure("ER150")

    record = await run(Bucket(time, rate=30, left=60, world=wrong))

    assert record.undecided.startswith("a gateway refuses requests that come fast")
    stayed = failed(record) - failed(await run(World()))
    assert stayed
    assert stayed <= failed(await run(wrong))


@pytest.mark.usefixtures("time")
async def test_gateway_that_refuses_one_kind_of_request() -> None:
    """Who says 502 to a kind of request, however slowly it comes, is wrong about it."""

    def answer(request: Request) -> Response:
        page = Response(502, (("Content-Type", "text/html"),), b"<h1>Bad Gateway</h1>")
        return World()(request) if header(request, "x-api-key") in ("", "the-key-1") else page

    record = await run(answer)

    assert record.exit_status == 1
    assert "auth.key.invalid" in failed(record)
    assert not record.undecided


async def test_page_for_one_kind_of_request() -> None:
    """Who answers others is wrong about this one."""

    def answer(request: Request) -> Response:
        return BLOCKED if "/480377/" in request.target else World()(request)

    record = await run(answer)

    assert record.exit_status == 1
    assert "order.foreign" in failed(record)
    assert not record.undecided


async def test_page_now_and_then() -> None:
    """One bad node in a pool is a deviation."""
    asked = 0

    def answer(request: Request) -> Response:
        nonlocal asked
        asked += 1
        return BLOCKED if asked % 7 == 0 else World()(request)

    record = await run(answer)

    assert record.exit_status == 1
    assert not record.undecided
