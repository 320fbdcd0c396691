"""From requests to their facts."""

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.conformance.helpers.toy import request

from btcdirect_conformance.cases.combination import SAMPLE
from btcdirect_conformance.contract import load_contract
from btcdirect_conformance.facts import ANY_CLIENT, ApiKey, ClientToken, Fixtures, Order, RequestFacts, UserToken
from btcdirect_conformance.judgement.classify import read_facts
from btcdirect_conformance.judgement.oracle import rule

PATH = load_contract().path


def order_of(segment: str) -> Order:
    """What a path segment is."""
    return request(segment).facts.order


@pytest.mark.parametrize(
    ("segment", "order"),
    [
        ("480213", Order.OWNED),
        ("480377", Order.FOREIGN),
        ("99120045", Order.UNKNOWN),
        ("", Order.MISSING),
        ("abc", Order.NOT_A_NUMBER),
        ("480213abc", Order.NOT_A_NUMBER),
        ("0x753d5", Order.NOT_A_NUMBER),
        ("480_213", Order.NOT_A_NUMBER),
        ("480%20213", Order.NOT_A_NUMBER),
        ("480213'", Order.NOT_A_NUMBER),
        ("480213%00", Order.NOT_A_NUMBER),
        ("%D0%B7", Order.NOT_A_NUMBER),
        ("NaN", Order.NOT_A_NUMBER),
        ("-", Order.NOT_A_NUMBER),
        ("%34%2538", Order.NOT_A_NUMBER),
        ("%20", Order.BLANK),
        ("%EF%BB%BF", Order.BLANK),
        ("%2F", Order.BLANK),
        ("%3Babc", Order.BLANK),
        ("%00480213", Order.BLANK),
        ("%34%38%30%33%37%37", Order.FOREIGN_OTHER_SPELLING),
        ("%EF%BB%BF480213", Order.ODD_NUMBER),
        ("-480213", Order.OPEN),
        ("480213.5", Order.OPEN),
        (str(480213 + 2**32), Order.SOME_NUMBER),
        ("480213,5", Order.OPEN),
        ("480213e0", Order.ODD_NUMBER),
        ("%20480213", Order.ODD_NUMBER),
        ("480213%0A", Order.ODD_NUMBER),
        ("%EF%BC%94", Order.ODD_NUMBER),
        ("%C2%B2", Order.ODD_NUMBER),
        ("%C2%BD", Order.ODD_NUMBER),
        ("%E2%88%921", Order.ODD_NUMBER),
        ("Infinity", Order.ODD_NUMBER),
        ("0", Order.SOME_NUMBER),
        ("000", Order.SOME_NUMBER),
        ("9" * 19, Order.OPEN),
        (str(480213 + 2**64), Order.OPEN),
        ("+480213", Order.OTHER_SPELLING),
        ("%2B480213", Order.OTHER_SPELLING),
        ("480213.0", Order.OTHER_SPELLING),
        ("480213%2F", Order.MORE_SLASHES),
        ("480213%5C", Order.MORE_SLASHES),
        ("x%2F..%2F480213", Order.MORE_SLASHES),
        (".%2F480213", Order.MORE_SLASHES),
        ("480213%2Fx%2F..", Order.MORE_SLASHES),
        ("..%2F480213", Order.NOT_A_NUMBER),
        ("480213%2Fx", Order.NOT_A_NUMBER),
        ("480%5C213", Order.NOT_A_NUMBER),
        ("0480213%2F", Order.LEADING_ZEROS),
        ("%2F480377", Order.FOREIGN_OTHER_SPELLING),
        ("99120045%2F", Order.OPEN),
        ("abc%2F", Order.NOT_A_NUMBER),
        ("480213%2Fabc", Order.NOT_A_NUMBER),
        ("%2E", Order.DOTS),
        ("..", Order.DOTS),
        ("%2e.", Order.DOTS),
        ("...", Order.NOT_A_NUMBER),
        ("0480213", Order.LEADING_ZEROS),
        ("%34%38%30%32%31%33", Order.ENCODED_DIGITS),
        ("7", Order.SMALL_NUMBER),
        (str(2**31 - 1), Order.SMALL_NUMBER),
        (str(2**31), Order.SOME_NUMBER),
        ("07", Order.SOME_NUMBER),
        ("+7", Order.SOME_NUMBER),
        ("0480377", Order.FOREIGN_OTHER_SPELLING),
        ("9" * 18, Order.SOME_NUMBER),
    ],
)
def test_a_path_segment_has_its_standing(segment: str, order: Order) -> None:
    """Orders of the profile, what is no number, and what the documents leave open."""
    assert order_of(segment) is order


@pytest.mark.parametrize(
    "segment",
    [
        "%2F",
        "%5C",
        "%00",
        "%0A",
        "%7F",
        "%",
        "%zz",
        "%25",
        "%FF",
        "%C0%B4",
        "%2E",
        "..",
        "%3B",
        "1'",
        "%20OR%201=1",
        "é",
        "a b",
        "480213%20UNION%20SELECT%201",
        "9" * 1001,
    ],
)
def test_routers_and_fronts_may_turn_away_odd_targets(segment: str) -> None:
    """What may never reach the application is known."""
    assert request(segment).facts.refusable


@pytest.mark.parametrize("segment", ["480213'", "'480213'", "480213--", "%3Cb%3E480213", "480213%20UNION%20SELECT%201"])
def test_firewalls_do_not_speak_for_the_application(segment: str) -> None:
    """What only looks like an attack may be refused by a page; the general error is the application's, and wrong."""
    ruling = rule(request(segment).facts, load_contract())
    assert ruling.bare
    assert not ruling.general
    assert rule(request(f"{segment}%00").facts, load_contract()).general


@pytest.mark.parametrize("token", ["it's mine", '"quoted"', "A" * 900, "A" * 9000])
def test_what_the_target_issued_gets_through(token: str) -> None:
    """A valid credential is no reason to refuse a request; what is nearly one may be."""

    def facts(value: str) -> RequestFacts:
        headers = (("X-Api-Key", token), ("User-Authorization", f"Bearer {value}"))
        read = read_facts("GET", "/api/v2/buy/7/identification/liveness", headers, fixtures)
        assert read is not None
        return read

    fixtures = evolve(SAMPLE, api_key=token, user_token=token)
    assert not facts(token).refusable
    assert not facts(token).filtered
    assert facts(f"{token}x").refusable or facts(f"{token}x").filtered


@pytest.mark.parametrize(
    "segment", ["%22", "%E2%82%AC", "480213%20", "480213:1", "480213.5", "(7)", "7,0", "480213.json"]
)
def test_narrow_fronts_may_filter_characters(segment: str) -> None:
    """Such a front has a page of its own, and may neither hang up nor speak for the application."""
    facts = request(segment).facts
    assert facts.filtered
    assert not facts.refusable
    assert rule(facts, load_contract()).bare
    assert not rule(facts, load_contract()).general


@pytest.mark.parametrize("segment", ["480213", "", "abc", "480213L", "reunion", "%34", "-1", "9" * 1000])
def test_the_application_has_to_see_other_targets(segment: str) -> None:
    """What every front delivers is judged without allowance."""
    assert not request(segment).facts.refusable
    assert not request(segment).facts.filtered


TOKEN = "Sample-Client-Token"


@pytest.mark.parametrize(
    ("value", "state"),
    [
        (None, ClientToken.ABSENT),
        ("", ClientToken.EMPTY),
        ("Bearer", ClientToken.EMPTY),
        ("Bearer ", ClientToken.EMPTY),
        (f"Bearer {TOKEN}", ClientToken.VALID),
        ("Bearer Sample-Expired-Client-Token", ClientToken.EXPIRED),
        ("Bearer something-else", ClientToken.INVALID),
        (f"Bearer {TOKEN[:-1]}", ClientToken.TRUNCATED),
        (f"Bearer {TOKEN}x", ClientToken.EXTENDED),
        (f"Bearer {TOKEN.swapcase()}", ClientToken.OTHER_CASE),
        ("Bearer Sample-User-Token", ClientToken.USER_TOKEN),
        ("Bearer Sample-Other-User-Token", ClientToken.USER_TOKEN),
        ("Bearer Sample-Api-Key", ClientToken.API_KEY),
        (f"Basic {TOKEN}", ClientToken.WRONG_SCHEME),
        (f"Bearer {TOKEN} x", ClientToken.WRONG_SCHEME),
        ("bearer something-else", ClientToken.WRONG_SCHEME),
        (f"Bearer{TOKEN}", ClientToken.NO_SCHEME),
        (f"Bearer{TOKEN}x", ClientToken.WRONG_SCHEME),
        (f"XBearer {TOKEN}", ClientToken.WRONG_SCHEME),
        (TOKEN, ClientToken.NO_SCHEME),
        (f"bearer {TOKEN}", ClientToken.VARIANT),
        (f"Bearer  {TOKEN}", ClientToken.VARIANT),
    ],
)
def test_the_client_token_has_its_state(value: str | None, state: ClientToken) -> None:
    """Each way to carry a client token, or something in its place."""
    assert request(client=value).facts.client_token is state


@pytest.mark.parametrize(
    ("token", "state"),
    [
        ("head.eyJclaims.signature", ClientToken.EXPIRED),
        ("head.eyJclaims.other", ClientToken.EXPIRED_CLAIMS),
        ("head.eyJclaims.", ClientToken.EXPIRED_CLAIMS),
        ("none.eyJclaims.", ClientToken.EXPIRED_CLAIMS),
        ("head.eyJothers.signature", ClientToken.INVALID),
        ("head.eyJclaims.signature.x", ClientToken.INVALID),
        ("head.others.signature", ClientToken.INVALID),
        ("head", ClientToken.INVALID),
    ],
)
def test_an_expired_jwt_may_be_read_before_it_is_verified(token: str, state: ClientToken) -> None:
    """No document says whether a token that is expired and forged is called the one or the other."""
    fixtures = evolve(SAMPLE, expired_client_token="head.eyJclaims.signature")
    headers = (("Authorization", f"Bearer {token}"),)
    facts = read_facts("GET", "/api/v2/buy/1/identification/liveness", headers, fixtures)

    assert facts is not None
    assert facts.client_token is state


@pytest.mark.parametrize(
    ("value", "state"),
    [
        (None, ApiKey.ABSENT),
        ("", ApiKey.EMPTY),
        ("Sample-Api-Key", ApiKey.VALID),
        (" Sample-Api-Key\t", ApiKey.VALID),
        ("Sample-Api-Ke", ApiKey.TRUNCATED),
        ("Sample-Api-Keyx", ApiKey.EXTENDED),
        ("sample-api-key", ApiKey.OTHER_CASE),
        ("Sample-Client-Token", ApiKey.CLIENT_TOKEN),
        ("Sample-User-Token", ApiKey.USER_TOKEN),
        ("Bearer Sample-Api-Key", ApiKey.INVALID),
    ],
)
def test_the_api_key_has_its_state(value: str | None, state: ApiKey) -> None:
    """Each way to carry an API key; blanks around a field's value are not part of it (RFC 9110, section 5.5)."""
    assert request(key=value).facts.api_key is state


@pytest.mark.parametrize(
    ("value", "state"),
    [
        (None, UserToken.ABSENT),
        ("Bearer", UserToken.EMPTY),
        ("Bearer Sample-User-Token", UserToken.VALID),
        ("Bearer Sample-Other-User-Token", UserToken.OTHER_USER),
        ("Bearer Sample-User-Toke", UserToken.TRUNCATED),
        ("Bearer Sample-Client-Token", UserToken.CLIENT_TOKEN),
        ("Bearer Sample-Api-Key", UserToken.API_KEY),
        ("Bearer nobody", UserToken.INVALID),
        ("Token Sample-User-Token", UserToken.WRONG_SCHEME),
        ("Sample-User-Token", UserToken.NO_SCHEME),
        ("BEARER Sample-User-Token", UserToken.VARIANT),
    ],
)
def test_the_user_token_has_its_state(value: str | None, state: UserToken) -> None:
    """Each way to carry a user token."""
    assert request(user=value).facts.user_token is state


ODD = Fixtures(
    client_token="12|AbCd",
    expired_client_token="12|AbCd=x",
    user_token="sk:live@ada",
    other_user_token="sk:live@grace",
    owned="0480213",
    foreign="007",
)
"""Tokens that are none by RFC 6750, as real servers issue them, and ids with zeros before them."""


@pytest.mark.parametrize(
    ("client", "user", "states"),
    [
        ("12|AbCd", "sk:live@ada", (ClientToken.VALID, UserToken.VALID)),
        ("12|AbCd=x", "sk:live@grace", (ClientToken.EXPIRED, UserToken.OTHER_USER)),
        ("12|AbC", "sk:live@ad", (ClientToken.WRONG_SCHEME, UserToken.WRONG_SCHEME)),
        ("sk:live@ada", "12|AbCd", (ClientToken.WRONG_SCHEME, UserToken.WRONG_SCHEME)),
    ],
)
def test_a_token_of_the_target_is_one_whatever_it_looks_like(
    client: str, user: str, states: tuple[ClientToken, UserToken]
) -> None:
    """Others of its form may be taken for no token at all."""
    headers = (("Authorization", f"Bearer {client}"), ("User-Authorization", f"Bearer {user}"))
    facts = read_facts("GET", PATH.format(id="1"), headers, ODD)

    assert facts is not None
    assert (facts.client_token, facts.user_token) == states


@pytest.mark.parametrize(
    ("segment", "order"),
    [
        ("0480213", Order.OWNED),
        ("480213", Order.LEADING_ZEROS),
        ("00480213", Order.LEADING_ZEROS),
        ("+0480213", Order.OTHER_SPELLING),
        ("007", Order.FOREIGN),
        ("7", Order.FOREIGN_OTHER_SPELLING),
        ("0007", Order.FOREIGN_OTHER_SPELLING),
    ],
)
def test_an_order_may_be_written_with_zeros(segment: str, order: Order) -> None:
    """More zeros, or fewer, are the same number to who reads it as one."""
    facts = read_facts("GET", PATH.format(id=segment), (), ODD)

    assert facts is not None
    assert facts.order is order


def test_field_names_have_no_case() -> None:
    """Field names are the same in any letter case (RFC 9110, section 5.1)."""
    facts = read_facts("GET", PATH.format(id="480213"), (("x-api-key", "Sample-Api-Key"),), SAMPLE)

    assert facts is not None
    assert facts.api_key is ApiKey.VALID


@pytest.mark.parametrize(
    "target", ["/", "/api/v2/buy/1/2/identification/liveness", "/api/v2/buy/1/identification", "*"]
)
def test_other_resources_have_no_facts(target: str) -> None:
    """A target that is not the endpoint's is nothing that the suite judges."""
    assert read_facts("GET", target, (), SAMPLE) is None


def test_a_base_path_and_a_query_change_nothing() -> None:
    """A target may lie under a path of its own, and a query is no factor."""
    facts = read_facts("GET", f"/proxy{PATH.format(id='480213')}?id=480377", (), SAMPLE)

    assert facts is not None
    assert facts.order is Order.OWNED


@given(
    st.text(max_size=30),
    st.dictionaries(st.sampled_from(["Authorization", "X-Api-Key", "User-Authorization"]), st.text()),
)
def test_reading_is_total(segment: str, headers: dict[str, str]) -> None:
    """Whatever a fuzzer sends, there are facts or there are none, and no exception."""
    read_facts("GET", PATH.replace("{id}", segment), tuple(headers.items()), SAMPLE)


def test_fixtures_show_no_secret() -> None:
    """A repr holds the orders alone."""
    shown = repr(SAMPLE)

    assert "Sample" not in shown
    assert "480213" in shown


def test_fixtures_know_what_they_lack() -> None:
    """Needs that are not met come back as they stand in a profile; either alternative meets a need for two."""
    fixtures = Fixtures(client_token="t", owned="1")

    assert fixtures.missing((ANY_CLIENT, "orders.owned", "orders.foreign")) == ("orders.foreign",)
    assert Fixtures().missing((ANY_CLIENT,)) == (ANY_CLIENT,)
