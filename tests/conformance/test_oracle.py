"""The oracle against a correct server in a few lines, and against every way to be wrong."""

import json
from typing import Any

import pytest
from attrs import evolve
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.conformance.helpers.judged import found_in
from tests.conformance.helpers.toy import (
    ANY_REQUEST,
    CONTRACT,
    JSON,
    answer,
    correct_answers,
    envelope,
    exchange,
    exchanges,
    request,
    success,
)

from btcdirect_conformance.cases.combination import SAMPLE
from btcdirect_conformance.exchange import Exchange, Fault, FaultKind, Request, Response
from btcdirect_conformance.facts import Order, RequestFacts
from btcdirect_conformance.judgement.oracle import judge, rule, unjudged
from btcdirect_conformance.judgement.readings import readings
from btcdirect_conformance.judgement.violation import ANSWER

TOKEN = f"Bearer {SAMPLE.client_token}"
EXPIRED = f"Bearer {SAMPLE.expired_client_token}"
USER = f"Bearer {SAMPLE.user_token}"
OTHER = f"Bearer {SAMPLE.other_user_token}"


def applicable(of: Request) -> frozenset[str]:
    """Every code that may answer."""
    return rule(of.facts, CONTRACT).applicable


def conforms(of: Request, response: Response) -> bool:
    """Whether the oracle lets an answer pass."""
    return not judge(exchange(response, of), CONTRACT)


@pytest.mark.parametrize(
    ("of", "codes"),
    [
        (request(""), {"ER033"}),
        (request("abc"), {"ER034"}),
        (request("99120045"), {"ER035"}),
        (request("480377"), {"ER150"}),
        (request(user=OTHER), {"ER150"}),
        (request(user=None), {"ER700"}),
        (request(user="Bearer nobody"), {"ER702"}),
        (request(user=TOKEN), {"ER702"}),
        (request(key=None, client="Bearer nobody"), {"ER800"}),
        (request(key=None, client=USER), {"ER800"}),
        (request(key=None, client=EXPIRED), {"ER801"}),
        (request(key=None), {"ER802", "ER806"}),
        (request(client=TOKEN), {"ER803"}),
        (request(client=EXPIRED), {"ER801", "ER803"}),
        (request(key="nothing"), {"ER805"}),
        (request("480377", key=None, client=EXPIRED, user=None), {"ER150", "ER700", "ER801"}),
    ],
)
def test_mistakes_have_exactly_their_codes(of: Request, codes: set[str]) -> None:
    """One mistake applies with its code alone, and several with all of theirs: a success is none of the answers."""
    assert not rule(of.facts, CONTRACT).success
    assert applicable(of) == codes


@pytest.mark.parametrize("of", [request(), request(key=None, client=TOKEN), request("480377", user=OTHER)])
def test_no_mistake_deserves_a_success_alone(of: Request) -> None:
    """A valid pair of credentials and the user's own order leave no code that applies."""
    assert rule(of.facts, CONTRACT).success
    assert applicable(of) == set()


@pytest.mark.parametrize(
    ("of", "allowed"),
    [
        (request(key=None, client="Bearer"), [{"ER800"}, {"ER802"}, {"ER806"}, {"ER802", "ER806"}]),
        (request(client=""), [set(), {"ER800"}, {"ER802"}, {"ER803"}, {"ER800", "ER803"}, {"ER802", "ER803"}]),
        (request(key=""), [{"ER802"}, {"ER806"}, {"ER805"}]),
        (request(user="Bearer"), [{"ER700"}, {"ER702"}]),
        (request("-480213"), [{"ER034"}, {"ER035"}]),
        (request("%2B480213"), [set(), {"ER034"}, {"ER035"}]),
        (request("0480213"), [set(), {"ER034"}, {"ER035"}]),
    ],
)
def test_what_is_open_is_allowed_in_each_reading(of: Request, allowed: list[set[str]]) -> None:
    """Each reading of an open state may answer, and nothing that mixes two of them."""
    every_code = list(CONTRACT.catalogue)
    for codes in allowed:
        assert conforms(of, answer(envelope(*codes), 400) if codes else answer(success()))
    for code in every_code:
        assert conforms(of, answer(envelope(code), 400)) is ({code} in allowed)
    assert conforms(of, answer(success())) is (set() in allowed)
    assert not conforms(of, answer(envelope("ER034", "ER035", "ER700", "ER702", "ER800", "ER802"), 400))


def test_two_readings_are_not_mixed() -> None:
    """An id is a number or it is none: both at once is no answer."""
    assert not conforms(request("-480213"), answer(envelope("ER034", "ER035"), 400))


@pytest.mark.parametrize(
    "segment", ["abc", "480213abc", "0x753d5", "480213e0", "%20480213", "480213%00", "480213'", "-480213", "480213.5"]
)
def test_what_is_not_the_orders_number_finds_no_order(segment: str) -> None:
    """A success for any of these is a deviation."""
    assert not conforms(request(segment), answer(success()))


@given(exchanges())
def test_every_correct_answer_conforms(one: Exchange) -> None:
    """Any precedence, one error or all, any status by kind, over any combination of facts."""
    assert judge(one, CONTRACT) == ()


@given(ANY_REQUEST, st.sets(st.sampled_from(sorted(CONTRACT.catalogue)), min_size=1))
def test_an_envelope_conforms_exactly_if_one_reading_has_all_its_codes(of: Request, codes: set[str]) -> None:
    """A code too many, or one that does not apply, is caught whatever stands beside it."""
    ruling = rule(of.facts, CONTRACT)
    in_house_style = codes == {"ER999"} and 404 in ruling.general

    assert conforms(of, answer(envelope(*codes), 404)) is (any(codes <= one for one in ruling.codes) or in_house_style)


@given(ANY_REQUEST)
def test_a_success_conforms_exactly_if_some_reading_is_without_mistake(of: Request) -> None:
    """A success where a code is due, and a refusal where none is, are caught."""
    assert conforms(of, answer(success())) is rule(of.facts, CONTRACT).success


@given(ANY_REQUEST, st.sampled_from([301, 302, 303, 307]))
def test_a_redirect_is_no_answer(of: Request, status: int) -> None:
    """A login page elsewhere is neither a success nor an envelope, for whatever request of this resource."""
    assume(of.facts.order is not Order.DOTS)
    assert not conforms(of, Response(status, (("Location", "https://example.com/login"),), b""))


@given(ANY_REQUEST, st.sampled_from([500, 502, 503]))
def test_a_crash_is_no_answer(of: Request, status: int) -> None:
    """A server error is never what a request deserves, with ER999 or without."""
    assert not conforms(of, Response(status, (("Content-Type", "text/html"),), b"<h1>Oops</h1>"))
    assert not conforms(of, answer(envelope("ER999"), status))


@given(ANY_REQUEST)
def test_readings_only_widen(of: Request) -> None:
    """A doubtful request allows what each of its readings allows: doubt never forbids."""
    ruling = rule(of.facts, CONTRACT)
    for reading in readings(of.facts):
        alone = rule(reading, CONTRACT)
        assert ruling.success or not alone.success
        assert set(alone.codes) <= set(ruling.codes)


@given(ANY_REQUEST, st.sampled_from(["client_token", "api_key", "user_token", "order"]))
def test_a_mistake_in_one_factor_never_excuses_another(of: Request, factor: str) -> None:
    """Mending one factor never adds a code of another: apart from two methods of authorization, factors don't mix."""
    right = request().facts
    mended = evolve(of.facts, **{factor: getattr(right, factor)})
    if factor in ("client_token", "api_key"):
        mended = evolve(mended, client_token=right.client_token, api_key=right.api_key)
    new = rule(mended, CONTRACT).applicable - applicable(of)

    assert new <= ({"ER150"} if factor in ("user_token", "order") else set())


@pytest.mark.parametrize("status", [400, 404, 405])
@pytest.mark.parametrize("body", [b"", b"<h1>Not Found</h1>", b'{"message": "No route"}', b'{"errors": ["no route"]}'])
def test_a_missing_id_may_end_at_the_router(status: int, body: bytes) -> None:
    """The router's own page has any form."""
    assert conforms(request(""), Response(status, (), body))


def test_a_missing_id_may_end_in_the_house_style() -> None:
    """A router's 404 may be written as the general error; with another status that is the application's."""
    assert conforms(request(""), answer(envelope("ER999"), 404))
    assert not conforms(request(""), answer(envelope("ER999"), 422))
    assert not conforms(request("abc"), answer(envelope("ER999"), 404))


@pytest.mark.parametrize(
    "location",
    [
        "/api/v2/buy/identification/liveness",
        "https://api.example/api/v2/buy/identification/liveness/",
        "http://api.example/prefix/api/v2/buy/identification/liveness",
    ],
)
def test_a_missing_id_may_be_redirected_to_the_cleaned_path(location: str) -> None:
    """Routers that merge slashes answer with the path that they would take."""
    assert conforms(request(""), Response(301, (("Location", location),), b""))
    assert not conforms(request("abc"), Response(301, (("Location", location),), b""))


@pytest.mark.parametrize("place", ["{path}", "http://host:1{path}", "https://host{path}?x=1"])
def test_a_front_may_redirect_to_lower_case(place: str) -> None:
    """To the same path and no other, and only from one that has capitals."""

    def redirected(segment: str, to: str) -> bool:
        of = request(segment)
        location = place.format(path=of.target.replace(segment, to))
        return conforms(of, Response(301, (("Location", location),), b""))

    assert redirected("480213L", "480213l")
    assert not redirected("480213L", "480214l")
    assert not redirected("480213l", "480213l")
    assert not conforms(request("480213L"), Response(301, (("Location", "http://[::1/x"),), b""))


@pytest.mark.parametrize("status", [400, 403, 404, 414, 431])
def test_a_front_may_turn_away_what_it_does_not_deliver(status: int) -> None:
    """Encoded slashes, NUL and the like end at a front in its own form; other ids do not."""
    page = Response(status, (("Content-Type", "text/html"),), b"<h1>Bad Request</h1>")

    assert conforms(request("480213%2Fabc"), page)
    assert conforms(request("480213%00"), page)
    assert not conforms(request("abc"), page)
    assert not conforms(request(), page)


def test_a_front_does_not_crash() -> None:
    """What is turned away is turned away with 4xx."""
    assert not conforms(request("480213%00"), Response(500, (), b""))


def test_a_code_under_429_is_judged() -> None:
    """Which status belongs to a code is open, and 429 with one that speaks of the request is no limit of the rate."""
    assert conforms(request(user=None), answer(envelope("ER700"), 429))
    assert not conforms(request(), answer(envelope("ER700"), 429))


@pytest.mark.parametrize(
    "body", [{"errors": {"ER920": {"code": "ER920"}}}, envelope("ER999"), {"message": "slow down"}, None]
)
@pytest.mark.parametrize("of", [request(), request(user=None)])
def test_a_rate_limit_is_never_judged(of: Request, body: Any) -> None:
    """429 says nothing about the request, whatever else is in it."""
    response = answer(body, 429)

    assert conforms(of, response)
    assert unjudged(exchange(response, of), CONTRACT)


@pytest.mark.parametrize("status", [200, 400, 403, 500])
def test_a_rate_limit_has_its_status(status: int) -> None:
    """Its code with another status than 429 is one of no error of this endpoint."""
    too_many = {"code": "ER920", "message": "Too many requests.", "solution": "Wait before retrying."}
    response = answer({"errors": {"ER920": too_many}}, status)

    assert not conforms(request(), response)
    assert not unjudged(exchange(response), CONTRACT)
    assert "envelope.code" in found_in({"errors": {"ER920": too_many}}, status, request(user=None))


@pytest.mark.parametrize("kind", FaultKind)
def test_no_whole_answer_is_not_judged_by_its_code(kind: FaultKind) -> None:
    """A fault of transport is the matter of another rule."""
    fault = exchange(Fault(kind, "", 400, JSON, b"{"))

    assert judge(fault, CONTRACT) == ()
    assert unjudged(fault, CONTRACT) == f"no whole answer ({kind})"


@pytest.mark.parametrize(
    "broken",
    [
        {"errors": [envelope("ER700")["errors"]["ER700"]]},
        {"errors": ["ER700"]},
        {"errors": {"0": envelope("ER700")["errors"]["ER700"]}},
        {"error": envelope("ER700")["errors"]["ER700"]},
        {"error": envelope("ER700")["errors"]},
        envelope("ER700")["errors"],
        envelope("ER700")["errors"]["ER700"],
        {"errors": envelope("ER700")["errors"]["ER700"]},
        {"errors": {"ER700": "User authorization token not found."}},
        {"errors": {}},
        {"errors": None},
    ],
)
def test_a_broken_form_is_not_a_wrong_code(broken: Any) -> None:
    """An envelope in the wrong form has its own case; the case of the request does not fail as well."""
    assert conforms(request(user=None), answer(broken, 400))


@pytest.mark.parametrize("broken", [{"errors": ["ER800"]}, {"error": {"code": "ER800"}}, {"errors": {"ER800": None}}])
def test_a_wrong_code_in_a_broken_form_is_wrong(broken: Any) -> None:
    """A code is found wherever it stands."""
    assert not conforms(request(user=None), answer(broken, 400))


@pytest.mark.parametrize("empty", [{}, [], None])
def test_a_success_may_have_an_empty_extra_member_errors(empty: Any) -> None:
    """Extra members pass anywhere; one that reports errors is another thing."""
    assert conforms(request(), answer({**success(), "errors": empty}))
    assert not conforms(request(), answer({**success(), **envelope("ER999")}))
    assert not conforms(request(), answer({**success(), "errors": empty}, 400))


def test_a_violation_says_what_was_due_and_what_came() -> None:
    """Expected and actual in words."""
    (violation,) = judge(exchange(answer(envelope("ER035"), 404), request("480377")), CONTRACT)

    assert (violation.rule, violation.expected, violation.actual) == (ANSWER, "ER150", "404 with ER035")


@given(
    ANY_REQUEST,
    st.integers(100, 999),
    st.lists(st.tuples(st.text(), st.text()), max_size=3).map(tuple),
    st.binary()
    | st.recursive(
        st.none() | st.text() | st.integers(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["errors", "error", "code", "data", "ER035"]), inner)
        ),
    ).map(lambda value: json.dumps(value).encode()),
)
def test_judging_is_total(of: Request, status: int, headers: tuple[tuple[str, str], ...], body: bytes) -> None:
    """Whatever arrives is judged, and nothing raises."""
    judge(exchange(Response(status, headers, body), of), CONTRACT)


@pytest.mark.parametrize(
    "body",
    [b"[" * 100_000, b"9" * 10_000, b'{"a":' * 50_000, b"\xff\xfe\x00", b"\xef\xbb\xbf", b'"\\ud800"', b"-", b"NaN"],
)
def test_hostile_bodies_are_judged(body: bytes) -> None:
    """Deep nesting, endless numbers and half a character are bodies like others."""
    assert not conforms(request(user=None), Response(200, JSON, body))


@pytest.mark.parametrize("segment", [".", "%2E", "..", "%2e%2E"])
def test_dots_lead_to_another_resource(segment: str) -> None:
    """Whatever that answers is no matter of this contract; a check is, and so is a crash."""
    other = Response(301, (("Location", "/api/v2/identification/liveness"),), b"")

    assert conforms(request(segment), other)
    assert conforms(request(segment), answer({"resources": []}))
    assert conforms(request(segment), Response(401, (), b"<h1>Unauthorized</h1>"))
    assert conforms(request(segment), answer(envelope("ER034"), 400))
    assert not conforms(request(segment), answer(success()))
    assert not conforms(request(segment), answer(envelope("ER035"), 400))
    assert not conforms(request(segment), Response(500, (), b""))


def test_a_router_may_have_a_code_of_its_own() -> None:
    """Where the endpoint was not reached, its thirteen codes are not all there is."""
    house = {"errors": {"ER404": {"code": "ER404", "message": "No such route.", "solution": "Look."}}}

    assert conforms(request(""), answer(house, 404))
    assert conforms(request("480213%00"), answer(house, 400))
    assert not conforms(request(""), answer(envelope("ER035"), 404))


@given(st.data())
def test_an_answer_to_one_request_is_judged_by_that_request(data: st.DataObject) -> None:
    """An answer that is right for one request conforms to another only if that one's ruling says so."""
    mine, other = data.draw(ANY_REQUEST), data.draw(ANY_REQUEST)
    response = data.draw(correct_answers(mine))
    told = frozenset(json.loads(response.body).get("errors", {}))
    ruling = rule(other.facts, CONTRACT)

    assert conforms(other, response) is (ruling.allows(told) if told else ruling.success)


def test_the_same_facts_get_the_same_ruling() -> None:
    """Facts are values: equal ones are one key."""
    one, other = (RequestFacts(*_states()) for _ in range(2))

    assert one == other
    assert hash(one) == hash(other)


def _states() -> tuple[Any, Any, Any, Any]:
    facts = request().facts
    return facts.client_token, facts.api_key, facts.user_token, facts.order
