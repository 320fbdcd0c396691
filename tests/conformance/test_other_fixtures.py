"""Whether a fixture is not what the profile says, or the target is wrong: told apart where more answers can tell."""

import json
import random
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable

import pytest
from attrs import evolve
from tests.conformance.helpers.scripted import Scripted, failure, header, json_answer, success
from tests.conformance.helpers.world import PROFILE, World

from btcdirect_conformance.contract import load_contract
from btcdirect_conformance.conversation.limits import Gate
from btcdirect_conformance.conversation.session import Session
from btcdirect_conformance.exchange import Request, Response
from btcdirect_conformance.facts import Fixtures
from btcdirect_conformance.profile import Limits, Profile, ProfileError
from btcdirect_conformance.redaction.redactor import Redactor
from btcdirect_conformance.run import preflight
from btcdirect_conformance.run.options import Options
from btcdirect_conformance.run.runner import run_suite
from btcdirect_conformance.verdict import Outcome, RunRecord

Answer = Callable[[Request], Response]


async def run(answer: Answer, fixtures: Fixtures = PROFILE, *only: str) -> RunRecord:
    """A run of the planned cases with these beginnings."""
    return await run_suite(
        Profile("http://target", fixtures),
        Options(seed=1, fuzz_requests=0, only=only or ("order.foreign", "order.unknown", "success.", "auth.client.")),
        transport=Scripted(answer),
    )


def profile(**changes: str | None) -> Fixtures:
    """The profile with other fixtures."""
    return evolve(PROFILE, **changes)  # type: ignore[arg-type]


def jwt(expires: float) -> str:
    """A token that says when it expires."""
    claims = urlsafe_b64encode(json.dumps({"exp": expires}).encode()).decode().rstrip("=")
    return f"e30.{claims}.c2lnbmF0dXJl"


def said(record: RunRecord) -> str:
    """What the findings say was there."""
    return "\n".join(finding.actual for result in record.results for finding in result.findings)


async def test_right_profile() -> None:
    """A target and a profile that are right give no reason for a question more."""
    transport = Scripted(World())
    record = await run_suite(
        Profile("http://target", PROFILE), Options(fuzz_requests=0, only=("success.api-key",)), transport=transport
    )
    assert record.exit_status == 0
    assert len(transport.asked) == 3 + 2 + 1


@pytest.mark.parametrize(
    ("fixtures", "problem"),
    [
        (profile(foreign="77"), "orders.foreign: it does not exist; the target answers ER035 to it"),
        (profile(unknown="55"), "orders.unknown: it is an order of the user; the target answers a success to it"),
        (profile(unknown="66"), "orders.unknown: it exists and is somebody else's; the target answers ER150 to it"),
        (
            profile(other_user_token="stale-token"),
            "credentials.other_user_token: it is not valid; the target answers ER702 to it",
        ),
    ],
)
async def test_fixture_to_blame(fixtures: Fixtures, problem: str) -> None:
    """Where only a wrong fixture explains every answer, the run stops and names it."""
    with pytest.raises(ProfileError) as caught:
        await run(World(), fixtures)
    assert caught.value.problems == (problem,)


async def test_secret_in_an_answer_to_a_fixture() -> None:
    """A code that the target makes of a token is not shown."""
    token = "k7qx9az2mwtt4k7qx9az2mwtt4"

    class Echoes(World):
        def __call__(self, request: Request) -> Response:
            told = header(request, "User-Authorization").endswith(token)
            return json_answer(400, {"errors": {token: {}}}) if told else super().__call__(request)

    with pytest.raises(ProfileError, match="other_user_token: it is not valid") as caught:
        await run(Echoes(), profile(other_user_token=token))
    assert token[:8] not in str(caught.value)


async def test_owned_order_of_the_other_user() -> None:
    """An owned order that the other user gets is said to be hers."""
    with pytest.raises(ProfileError) as caught:
        await run(World(), profile(owned="480377", foreign=None))
    problem, whose = caught.value.problems
    assert problem.startswith("orders.owned: the target answers ER150 to it")
    assert whose == "orders.owned: it belongs to credentials.other_user_token"


async def test_swapped_orders() -> None:
    """Owned and foreign in each other's place are both named."""
    with pytest.raises(ProfileError) as caught:
        await run(World(), profile(owned="480377", foreign="480213"))
    assert [problem.split(" (")[0] for problem in caught.value.problems] == [
        "orders.owned: the target answers ER150 to it",
        "orders.owned: it belongs to credentials.other_user_token",
        "orders.foreign: it belongs to credentials.user_token",
    ]


async def test_expired_token_that_has_not_expired() -> None:
    """A token that says itself that it is still valid is no expired one, whatever the target does."""
    token = jwt(4_102_444_800)
    world = World(tokens=frozenset({"Bearer the-token-1", f"Bearer {token}"}))
    with pytest.raises(ProfileError, match=r"expired_client_token: it has not expired: .* 2100-01-01 00:00:00 UTC"):
        await run(world, profile(expired_client_token=token))


@pytest.mark.parametrize("name", ["client_token", "user_token", "other_user_token"])
@pytest.mark.parametrize(
    ("rate", "left", "enough"), [(10, 60, False), (10, 120, True), (None, 120, True), (1, 120, False), (0.1, 600, True)]
)
async def test_token_that_ends_within_the_run(name: str, rate: float | None, left: int, enough: bool) -> None:
    """A token that says that it is over before the run is, by its pace, would fail a right target, and is said so."""
    token = jwt(time.time() + left)
    world = World(
        tokens=frozenset({"Bearer the-token-1", f"Bearer {token}"}),
        users={"Bearer of-ada-1": "ada", "Bearer of-grace-1": "grace"}
        | {"user_token": {f"Bearer {token}": "ada"}, "other_user_token": {f"Bearer {token}": "grace"}}.get(name, {}),
    )
    transport = Scripted(world)
    target = Profile("http://target", profile(**{name: token}), Limits(requests_per_second=rate))
    # The pace of this gate is its own: nothing is waited for here.
    checked = preflight.check(Session(transport, Gate(None, 100), Redactor({})), target, load_contract())
    if enough:
        assert await checked == ()
    else:
        with pytest.raises(ProfileError, match=rf"credentials\.{name}: it expires in the midst of the run, at 20"):
            await checked
        assert transport.asked == []


async def test_client_token_that_has_expired() -> None:
    """A client token that says itself that it is over explains why it is refused where the API key is not."""
    with pytest.raises(ProfileError, match=r"credentials\.client_token: it expired at 2001-09-09 01:46:40 UTC"):
        await run(World(), profile(client_token=jwt(1_000_000_000)))


async def test_old_client_token_that_is_taken() -> None:
    """The target alone knows whether it takes a token: one that works is not blamed."""
    token = jwt(1_000_000_000)
    record = await run(World(tokens=frozenset({f"Bearer {token}"})), profile(client_token=token), "success.")
    assert record.exit_status == 0


@pytest.mark.parametrize(
    "value", ["a.b.c", "e30.W10.c", "e30.eyJleHAiOiAiYSJ9.c", "e30.eyJleHAiOiAxZTQwMH0.c", "%.%.%"]
)
async def test_token_that_says_nothing(value: str) -> None:
    """What is no JWT, or one without a date, says nothing of its end."""
    assert (await run(World(), profile(expired_client_token=value), "success.")).exit_status == 0


class ForeignIsUnknown(World):
    """Reports other people's orders as unknown."""

    def order(self, number: str, user: str) -> Response:  # noqa: D102
        answer = super().order(number, user)
        return failure("ER035") if answer == failure("ER150") else answer


class UnknownIsForeign(World):
    """Reports unknown orders as other people's."""

    def order(self, number: str, user: str) -> Response:  # noqa: D102
        answer = super().order(number, user)
        return failure("ER150") if answer == failure("ER035") else answer


class UnknownIsSuccess(World):
    """Has an answer for every number."""

    def order(self, number: str, user: str) -> Response:  # noqa: D102
        return super().order(number, user) if number in self.orders else success()


class NobodyOwns(World):
    """Gives every order to every user."""

    def order(self, number: str, user: str) -> Response:  # noqa: ARG002, D102
        return success() if number in self.orders else failure("ER035")


class OneOrder(World):
    """Knows one order, and gives it to everybody."""

    def order(self, number: str, user: str) -> Response:  # noqa: ARG002, D102
        return success() if number == "480213" else failure("ER035")


class OneUser(World):
    """Takes every user for the first."""

    def order(self, number: str, user: str) -> Response:  # noqa: ARG002, D102
        return super().order(number, "ada")


class FirstUserSeesAll(World):
    """Refuses everybody but the first user, and refuses her nothing."""

    def order(self, number: str, user: str) -> Response:  # noqa: D102
        if number not in self.orders:
            return failure("ER035")
        return success() if user == "ada" else failure("ER150")


@pytest.mark.parametrize(
    "answer",
    [
        ForeignIsUnknown(),
        UnknownIsForeign(),
        UnknownIsSuccess(),
        NobodyOwns(),
        OneOrder(),
        OneUser(),
        FirstUserSeesAll(),
    ],
    ids=lambda answer: type(answer).__name__,
)
async def test_target_to_blame(answer: World) -> None:
    """A target that is wrong about one thing is judged, and does not escape as a bad profile."""
    assert (await run(answer)).exit_status == 1


@pytest.mark.parametrize("seed", range(5))
async def test_target_to_blame_now_and_then(seed: int) -> None:
    """So is one that is wrong now and then."""
    dice = random.Random(seed)  # noqa: S311

    class Sometimes(World):
        def order(self, number: str, user: str) -> Response:
            unknown = number not in self.orders
            return success() if unknown and dice.random() < 0.5 else super().order(number, user)

    assert (await run(Sometimes(), PROFILE, "order.", "pair.")).exit_status == 1


@pytest.mark.parametrize(
    ("world", "fixtures", "doubt"),
    [
        (World(), profile(other_user_token=None, foreign="77"), "or the profile's orders.foreign does not exist"),
        (World(), profile(api_key="stale-key-1"), "or the profile's credentials.api_key is not valid"),
        (World(), profile(client_token="stale-tok-1"), "or the profile's credentials.client_token is not valid"),
        (
            World(tokens=frozenset({"Bearer the-token-1", "Bearer the-expired-1"})),
            PROFILE,
            "or the profile's credentials.expired_client_token has not expired",
        ),
        (
            World(),
            profile(expired_client_token="a-b-c-d-e"),
            "credentials.expired_client_token never was a client token",
        ),
        (World(), profile(foreign="66"), "or the profile's orders.foreign does not belong to other_user_token"),
        (World(), profile(foreign="55"), "or the profile's orders.foreign belongs to user_token"),
        (World(), profile(unknown=None, foreign="55"), "or the profile's orders.foreign belongs to user_token"),
    ],
)
async def test_nobody_knows(world: World, fixtures: Fixtures, doubt: str) -> None:
    """Where no question tells a wrong fixture from a wrong target, the target is judged, and the finding says so."""
    record = await run(world, fixtures)
    assert record.exit_status == 1
    assert doubt in said(record)


async def test_no_doubt_of_what_was_shown() -> None:
    """A fixture that the target itself has treated as it should is in no doubt."""
    record = await run(ForeignIsUnknown())
    assert "400 with ER035" in said(record)
    assert "does not exist" not in said(record)


@pytest.mark.parametrize("missing", ["credentials.user_token", "orders.owned"])
async def test_no_success_to_ask_for(missing: str) -> None:
    """Without what a success takes the run conforms to nothing, whatever passed, and says what is missing."""
    record = await run(World(), profile(other_user_token=None, **{missing.partition(".")[2]: None}), "auth.")
    assert Outcome.PASS in {result.outcome for result in record.results}
    assert record.exit_status == 2
    assert record.undecided.startswith(f"no success could be asked for, since the profile has no {missing}; it takes")


async def test_wrong_without_a_success_to_ask_for() -> None:
    """What is wrong all the same fails the run."""
    record = await run(lambda _: success(), profile(user_token=None, other_user_token=None), "auth.")
    assert record.exit_status == 1


async def test_success_of_the_second_user() -> None:
    """The other user's order is as good for a success as the first user's."""
    record = await run(World(), profile(user_token=None, owned=None), "success.other-user", "auth.client.")
    assert record.exit_status == 0
    with pytest.raises(ProfileError, match=r"credentials\.other_user_token: the target answers ER702"):
        await run(World(), profile(user_token=None, owned=None, other_user_token="stale-token"))
