"""A token that ends in the midst of a run is nobody's deviation, as long as it does not say that it should not have."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from attrs import define, evolve, field
from tests.conformance.helpers.fuzzed import enough
from tests.conformance.helpers.scripted import Scripted, failure, header
from tests.conformance.helpers.world import PROFILE, World
from tests.conformance.test_other_fixtures import jwt

from btcdirect_conformance.exchange import Request, Response
from btcdirect_conformance.facts import Fixtures
from btcdirect_conformance.profile import Profile
from btcdirect_conformance.run.options import Options
from btcdirect_conformance.run.runner import run_suite
from btcdirect_conformance.verdict import Outcome, RunRecord


@define
class Later:
    """One world for some requests, and another from then on."""

    first: Callable[[Request], Response]
    then: Callable[[Request], Response]
    after: int = 60
    _asked: int = field(default=0, init=False)

    def __call__(self, request: Request) -> Response:
        """The answer of the world of the time."""
        self._asked += 1
        return (self.first if self._asked <= self.after else self.then)(request)


async def run(answer: Callable[[Request], Response], fixtures: Fixtures = PROFILE, **options: Any) -> RunRecord:
    """A whole run."""
    return await run_suite(Profile("http://target", fixtures), Options(seed=1, **options), transport=Scripted(answer))


def failed(record: RunRecord) -> set[str]:
    """What failed, warnings included."""
    return {result.id for result in record.results if result.outcome is Outcome.FAIL}


EXPIRED = World(
    tokens=frozenset(), expired=frozenset({"Bearer the-token-1", "Bearer the-expired-1"}), users=World().users
)
FORGOTTEN = World(tokens=frozenset())
LOGGED_OUT = World(users={"Bearer of-grace-1": "grace"})
OTHER_LOGGED_OUT = World(users={"Bearer of-ada-1": "ada"})


@pytest.mark.parametrize(
    ("then", "fixture", "code"),
    [
        (EXPIRED, "client_token", "ER801"),
        (FORGOTTEN, "client_token", "ER800"),
        (LOGGED_OUT, "user_token", "ER702"),
        (OTHER_LOGGED_OUT, "other_user_token", "ER702"),
    ],
)
@pytest.mark.parametrize("fuzz_requests", [0, 30])
async def test_token_ends(then: World, fixture: str, code: str, fuzz_requests: int) -> None:
    """The run ends without a verdict, says which token and what to do, and has found nothing."""
    record = await run(Later(World(), then), fuzz_requests=fuzz_requests)

    assert failed(record) <= failed(await run(World(), fuzz_requests=0))
    assert record.exit_status == 2
    assert record.undecided.startswith(f"credentials.{fixture} was taken at first and is refused now ({code})")
    assert "renew it" in record.undecided


@pytest.mark.parametrize("then", [EXPIRED, FORGOTTEN, LOGGED_OUT, OTHER_LOGGED_OUT])
async def test_token_ends_at_any_time(then: World) -> None:
    """Whatever is on its way then, and however many at once, nothing is found."""
    known = failed(await run(World(), fuzz_requests=0))
    for after in range(15, 390, 7):
        record = await run(Later(World(), then, after), fuzz_requests=0)

        assert failed(record) <= known, after
        assert record.exit_status in (0, 2)


async def test_token_ends_while_the_fuzzing_looks() -> None:
    """Nor has the layer that makes requests up."""
    layer = "fuzz.combinations"
    record = await run(Later(World(), LOGGED_OUT), only=(layer,), fuzz_requests=enough(layer, 80))

    assert record.exit_status == 2
    assert [result.outcome for result in record.results] == [Outcome.SKIP]


async def test_token_that_says_how_long_it_lives() -> None:
    """A JWT that should be taken and is refused has been refused wrongly."""
    token = jwt(time.time() + 3600)
    fixtures = evolve(PROFILE, user_token=token)
    world = World(users={f"Bearer {token}": "ada", "Bearer of-grace-1": "grace"})
    record = await run(Later(world, World(users={"Bearer of-grace-1": "grace"})), fixtures, fuzz_requests=0)

    assert record.exit_status == 1
    assert "late.success" in failed(record)


async def test_target_that_refuses_a_token_now_and_then() -> None:
    """What is taken again has not ended."""
    asked = 0

    def forgetful(request: Request) -> Response:
        nonlocal asked
        asked += 1
        claims = header(request, "user-authorization") == "Bearer of-ada-1"
        return failure("ER702") if claims and asked % 7 == 0 else World()(request)

    record = await run(forgetful, fuzz_requests=0)

    assert record.exit_status == 1
    assert not record.undecided


async def test_target_that_refuses_a_token_for_an_order() -> None:
    """The wrong code for one thing is a deviation, however often it comes."""
    world = World()

    def confused(request: Request) -> Response:
        answer = world(request)
        return failure("ER702") if b"ER150" in answer.body else answer

    record = await run(confused, fuzz_requests=0)

    assert record.exit_status == 1
    assert not record.undecided
    assert record.requests < 450


async def test_deviations_before_the_end_stay() -> None:
    """Whatever was found before fails the run."""

    class Impolite(World):
        """Tells somebody else's order as unknown."""

        def order(self, number: str, user: str) -> Response:
            return failure("ER034") if number == "480377" and user == "ada" else super().order(number, user)

    record = await run(Later(Impolite(), LOGGED_OUT), fuzz_requests=0)

    assert record.exit_status == 1
    assert "credentials.user_token was taken at first" in record.undecided
    assert "order.foreign" in failed(record)
