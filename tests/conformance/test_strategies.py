"""The generated requests: what they reach, and what they shrink to."""

import re

import pytest
from attrs import evolve
from hypothesis import HealthCheck, Phase, find, given, settings
from tests.conformance.helpers.toy import ANY_REQUEST, CONTRACT

from btcdirect_conformance.cases.combination import SAMPLE
from btcdirect_conformance.exchange import Request
from btcdirect_conformance.facts import ApiKey, ClientToken, Fixtures, Order, UserToken
from btcdirect_conformance.fuzz.strategies import requests
from btcdirect_conformance.judgement.classify import read_facts
from btcdirect_conformance.judgement.oracle import rule


@given(ANY_REQUEST)
def test_requests_can_go_out(of: Request) -> None:
    """A generated target is ASCII without blanks, a field's value a line of octets, and the facts are the wire's."""
    assert of.target.isascii()
    assert of.target.isprintable()
    assert " " not in of.target
    assert all(value.encode("latin-1").isascii() or "caf" in value for _, value in of.headers)
    assert all(value.isprintable() for _, value in of.headers)
    assert of.facts == read_facts(of.method, of.target, of.headers, SAMPLE)


def test_every_state_is_reached_and_every_three_mistakes() -> None:
    """Each state of each factor turns up in a few thousand requests, and so do mistakes in all factors at once."""
    seen: set[tuple[type, object]] = set()
    categories = {code: row.category.value for code, row in CONTRACT.catalogue.items()}

    @settings(
        max_examples=4000,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(ANY_REQUEST)
    def collect(of: Request) -> None:
        facts = of.facts
        states = (facts.client_token, facts.api_key, facts.user_token, facts.order)
        mistakes = (len({categories[code] for code in codes}) for codes in rule(facts, CONTRACT).codes)
        seen.update((type(value), value) for value in (*states, *mistakes))

    collect()

    every = {(type(state), state) for states in (ClientToken, ApiKey, UserToken, Order) for state in states}
    readings_only = {(ClientToken, ClientToken.NOT_FOUND), (ApiKey, ApiKey.NOT_FOUND)}
    of_a_jwt = {(ClientToken, ClientToken.EXPIRED_CLAIMS)}
    assert every - readings_only - of_a_jwt <= seen
    assert (int, 3) in seen


def test_a_finding_shrinks_to_its_one_mistake() -> None:
    """A server that takes hexadecimal numbers is shown with nothing else wrong."""
    found = find(
        ANY_REQUEST,
        lambda of: "/0x" in of.target.lower(),
        settings=settings(max_examples=2000, database=None, suppress_health_check=list(HealthCheck)),
    )

    assert rule(found.facts, CONTRACT).codes == (frozenset({"ER034"}),)


@pytest.mark.parametrize(
    "fixtures",
    [
        Fixtures(),
        Fixtures(api_key="Sample-Api-Key", user_token="Sample-User-Token", owned="480213"),
        evolve(SAMPLE, api_key=None),
        evolve(SAMPLE, owned="A-1", api_key="1"),
    ],
)
def test_missing_fixtures_are_left_out(fixtures: Fixtures) -> None:
    """No credential that the profile lacks is made up as ``None``."""

    @settings(max_examples=200, database=None)
    @given(requests(fixtures, CONTRACT))
    def check(of: Request) -> None:
        assert "None" not in "".join(value for _, value in of.headers)
        assert not re.search("None[^/]|[^/]None", of.target)  # the word alone is a text that hypothesis likes

    check()
