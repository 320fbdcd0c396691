"""States that are too far-fetched for a case of their own: every run sends them, and fails no correct server."""

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.conformance.helpers.fuzzed import LAYER_BY_ID, PROFILE

from btcdirect_conformance import profile as profiles
from btcdirect_conformance.cases.combination import Combination
from btcdirect_conformance.contract import load_contract
from btcdirect_conformance.conversation.limits import Effort
from btcdirect_conformance.facts import Fixtures
from btcdirect_conformance.fuzz.layers import requests_of
from btcdirect_conformance.fuzz.pairs import RARE, _drawn
from btcdirect_conformance.judgement.oracle import judge, rule
from btcdirect_conformance.run.options import FUZZ_REQUESTS
from btcdirect_conformance.server.running import compose
from btcdirect_conformance.server.store import Store
from btcdirect_conformance.server.variants import VARIANTS
from btcdirect_conformance.transport.asgi import AsgiTransport


@pytest.mark.parametrize("name", ["reference", *VARIANTS])
async def test_rare_states_of_a_correct_server(name: str) -> None:
    """Whichever of them a run draws, no server fails by it that the documents allow; none deserves a success."""
    contract = load_contract()
    store = Store()
    fixtures = profiles.parse(store.fixtures.profile("http://target"), {}).fixtures
    app = AsgiTransport(compose(VARIANTS.get(name), store))
    for number, (factor, state) in enumerate(RARE):
        request = evolve(Combination(), **{factor: state}).request(fixtures, contract.path)
        if request is None:  # the reference server's tokens are no JWT
            assert state.slug in {"client-unsigned", "user-unsigned"}
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
