"""States that are too far-fetched for a case of their own: every run sends them, and fails no correct server."""

import hmac
import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.conformance.helpers import world
from tests.conformance.helpers.fuzzed import LAYER_BY_ID, PROFILE
from tests.conformance.helpers.scripted import Scripted, header

from btcdirect_conformance import profile as profiles
from btcdirect_conformance.cases.combination import Combination
from btcdirect_conformance.contract import load_contract
from btcdirect_conformance.conversation.limits import Effort
from btcdirect_conformance.exchange import Request, Response
from btcdirect_conformance.facts import Fixtures
from btcdirect_conformance.fuzz.layers import requests_of
from btcdirect_conformance.fuzz.pairs import RARE, _drawn
from btcdirect_conformance.judgement.oracle import judge, rule
from btcdirect_conformance.profile import Profile
from btcdirect_conformance.run.options import FUZZ_REQUESTS, Options
from btcdirect_conformance.run.runner import run_suite
from btcdirect_conformance.server.running import compose
from btcdirect_conformance.server.store import Store
from btcdirect_conformance.server.variants import VARIANTS
from btcdirect_conformance.transport.asgi import AsgiTransport

_OF_A_JWT = ("-unsigned", "-signature-case", "-signed-weakly", "-signed-with-nothing")
_OF_A_NUMBER = {"key-leading-zero", "key-plus", "key-decimal", "key-exponent"}


def signed(secret: str, **claims: str) -> str:
    """A JWT."""

    def encoded(octets: bytes) -> str:
        return urlsafe_b64encode(octets).rstrip(b"=").decode()

    content = f"{encoded(json.dumps({'alg': 'HS256'}).encode())}.{encoded(json.dumps(claims).encode())}"
    return f"{content}.{encoded(hmac.digest(secret.encode(), content.encode(), 'sha256'))}"


def is_signed(token: str, secret: str) -> bool:
    """Whether it is a JWT that this secret signs."""
    content, _, signature = token.rpartition(".")
    digest = hmac.digest(secret.encode(), content.encode(), "sha256")
    return content.count(".") == 1 and signature == urlsafe_b64encode(digest).rstrip(b"=").decode()


JWTS = evolve(
    world.PROFILE,
    api_key="73310942",
    client_token=signed("a strong one", sub="partner"),
    user_token=signed("a strong one", sub="ada"),
    other_user_token=signed("a strong one", sub="grace"),
)
"""Tokens that are JWTs, and a key that is a number."""

_FIELDS = {"client": "Authorization", "user": "User-Authorization", "key": "X-Api-Key"}


def mistaken(field: str, value: str) -> bool:
    """Whether a server that is careless about this field takes the value for the one that it knows."""
    known = {"client": JWTS.client_token, "user": JWTS.user_token, "key": JWTS.api_key}[field] or ""
    if field == "key":
        return bool(re.fullmatch(rf"\+?0*{known}(?:\.0|e0)?", value))
    return is_signed(value.removeprefix("Bearer "), "secret") and value.split(".")[1] == known.split(".")[1]


@pytest.mark.parametrize("field", _FIELDS)
async def test_a_careless_server_is_found(field: str) -> None:
    """It still trusts the secret of a tutorial, or compares an API key as a number, and nothing else is wrong."""
    name = _FIELDS[field]

    def careless(request: Request) -> Response:
        value = header(request, name)
        right = {"client": f"Bearer {JWTS.client_token}", "user": f"Bearer {JWTS.user_token}", "key": JWTS.api_key}
        if value and mistaken(field, value):
            fields = tuple((key, f"{right[field]}" if key == name else text) for key, text in request.headers)
            request = evolve(request, headers=fields)
        return world.World.of(JWTS)(request)

    async def exit_status(answer: Callable[[Request], Response]) -> int:
        options = Options(seed=1, only=("fuzz.pairs",))
        return (await run_suite(Profile("http://target", JWTS), options, transport=Scripted(answer))).exit_status

    assert await exit_status(world.World.of(JWTS)) == 0
    assert await exit_status(careless) == 1


def test_a_secret_that_anybody_guesses_may_be_the_servers_own() -> None:
    """Where a test server's tokens are signed with it, what is signed with it is as good as they are, and not sent."""
    for secret, slug in (("secret", "signed-weakly"), ("", "signed-with-nothing")):
        for field, fixture in (("client", "client_token"), ("user", "user_token")):
            (state,) = (state for _, state in RARE if state.slug == f"{field}-{slug}")
            request = evolve(Combination(), **{field: state}).request(JWTS, load_contract().path)
            assert request is not None
            assert is_signed(header(request, _FIELDS[field]).removeprefix("Bearer "), secret)
            own = evolve(JWTS, **{fixture: signed(secret, sub="ada")})
            assert evolve(Combination(), **{field: state}).request(own, load_contract().path) is None


@pytest.mark.parametrize("name", ["reference", *VARIANTS])
async def test_rare_states_of_a_correct_server(name: str) -> None:
    """Whichever of them a run draws, no server fails by it that the documents allow; none deserves a success."""
    contract = load_contract()
    store = Store()
    fixtures = profiles.parse(store.fixtures.profile("http://target"), {}).fixtures
    app = AsgiTransport(compose(VARIANTS.get(name), store))
    for number, (factor, state) in enumerate(RARE):
        request = evolve(Combination(), **{factor: state}).request(fixtures, contract.path)
        if request is None:  # the reference server's tokens are no JWT, and its API key is no number
            assert state.slug.endswith(_OF_A_JWT) or state.slug in _OF_A_NUMBER
            continue
        assert not rule(request.facts, contract).success
        assert not judge(await app.exchange(request, number), contract), state.slug


@given(
    secrets=st.lists(
        st.from_regex(r"[!-~]{1,12}", fullmatch=True).filter(lambda secret: secret not in {"*", "%", ".*"}),
        min_size=5,
        max_size=5,
        unique=True,
    ),
    orders=st.lists(st.integers(0, 10**12).map(str), min_size=3, max_size=3, unique=True),
)
def test_no_rare_state_deserves_a_success(secrets: list[str], orders: list[str]) -> None:
    """Whatever credentials (but a pattern) and numbers look like: what is so short that it would, is not sent."""
    fixtures = Fixtures(*secrets, *orders)
    for factor, state in RARE:
        request = evolve(Combination(), **{factor: state}).request(fixtures, load_contract().path)
        assert request is None or not rule(request.facts, load_contract()).success, state.slug


async def test_every_rare_state_is_sent() -> None:
    """By whatever seed; a run that may send few requests sends some of them, and something else as well."""
    contract = load_contract()
    rare = {evolve(Combination(), **{factor: state}) for factor, state in RARE}
    shown = {each for each in rare if each.request(PROFILE.fixtures, contract.path)}

    def drawn(seed: int, requests: int) -> set[Combination]:
        return {sample.combination for sample in _drawn(Effort(seed, requests), set(), PROFILE.fixtures, contract)}

    usual = requests_of(LAYER_BY_ID["fuzz.pairs"], FUZZ_REQUESTS)
    assert all(drawn(seed, usual) >= shown for seed in range(20))
    assert all(0 < len(drawn(seed, 12) & rare) < 12 for seed in range(20))
    assert set[Combination]().union(*(drawn(seed, 12) for seed in range(100))) >= shown
