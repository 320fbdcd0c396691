"""The checks on the form of answers, on what they give away, and on several answers together."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conformance.judgement.toy import (
    ANY_REQUEST,
    CONTRACT,
    JSON,
    answer,
    entry,
    envelope,
    exchange,
    exchanges,
    request,
    success,
)

from btcdirect_conformance.cases import Case, all_cases
from btcdirect_conformance.cases.planned import SAMPLE
from btcdirect_conformance.exchange import Exchange, Fault, FaultKind, Headers, Request, Response
from btcdirect_conformance.oracle import judge
from btcdirect_conformance.verdict import Level

WATCHING = [case for case in all_cases() if case.plan is None and case.level is not Level.INFO]
OBSERVING = [case for case in all_cases() if case.level is Level.INFO]

NO_USER = request(user=None)


def failed(*some: Exchange, cases: Sequence[Case] = WATCHING) -> set[str]:
    """The cases that these exchanges fail; ``answer`` if an answer does not suit its request."""
    rules = {violation.rule for one in some for violation in judge(one, CONTRACT)}
    for case in cases:
        found = case.judge(some, CONTRACT)
        assert {violation.rule for violation in found} <= {case.id}
        rules |= {case.id for _ in found}
    return rules


def found_in(body: Any, status: int | None = None, of: Request | None = None, headers: Headers = JSON) -> set[str]:
    """The cases that one answer fails."""
    response = (
        Response(status or 200, headers, body) if isinstance(body, bytes) else answer(body, status or 200, headers)
    )
    return failed(exchange(response, of))


def failure(body: Any, status: int = 400, headers: Headers = JSON) -> set[str]:
    """The cases that an answer to a request without a user token fails."""
    return found_in(body, status, NO_USER, headers)


@given(st.lists(exchanges(), max_size=3))
def test_a_correct_server_fails_no_form(some: list[Exchange]) -> None:
    """No check on form, transport or caching alarms on an answer that the documents allow."""
    known = {"security.order-existence", "consistency.status", "auth.no-scheme", "order.other-spelling"}
    known |= {"order.encoded-digits", "security.token-per-user", "consistency.repeats"}

    assert failed(*some) <= known


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (success(name=...), "body.name"),
        (success(name=None), "body.name"),
        (success(name=7), "body.name"),
        (success(status=...), "body.status"),
        (success(status={"value": "pending"}), "body.status"),
        (success(type=7), "body.type"),
        (success(type=[]), "body.type"),
        (success(data=None), "body.data"),
        (success(data=[]), "body.data"),
        (success(data="x"), "body.data"),
        (success(data={"accessToken": 7}), "body.access-token"),
        (success(data={"accessToken": None}), "body.access-token"),
        ([success()], "body.object"),
        ("liveness", "body.object"),
        (None, "body.object"),
        (b"", "body.json"),
        (b"<html></html>", "body.json"),
        (json.dumps(success()).encode() + b"x", "body.json"),
        (b"\xef\xbb\xbf" + json.dumps(success()).encode(), "body.json"),
        (json.dumps(success()).encode("utf-16"), "body.json"),
        (json.dumps(success(name="é"), ensure_ascii=False).encode("latin-1"), "body.json"),
        (b'{"name": "liveness", "status": NaN}', "body.json"),
        (b'{"name": "liveness", "status": "pending", "status": "done"}', "body.unique-names"),
    ],
)
def test_a_success_in_the_wrong_form_fails_one_case(body: Any, rule: str) -> None:
    """A deviation of the body is reported once, at its own place."""
    assert found_in(body) == {rule}


@pytest.mark.parametrize(
    "body",
    [
        success(type=...),
        success(type=None),
        success(type="sumsub"),
        success(data=...),
        success(data={}),
        success(data={"url": None}),
        success(name="", status=""),
        success(extra=[None]),
    ],
)
def test_a_success_in_an_allowed_form_fails_none(body: Any) -> None:
    """What the page leaves optional, nullable or unsaid passes."""
    assert found_in(body) == set()


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        ({"errors": [entry("ER700")]}, "envelope.errors"),
        ({"errors": {}}, "envelope.errors"),
        ({"errors": []}, "envelope.errors"),
        ({"errors": None}, "envelope.errors"),
        ({"error": entry("ER700")}, "envelope.errors"),
        (envelope("ER700")["errors"], "envelope.errors"),
        ([entry("ER700")], "envelope.errors"),
        ({"errors": {"ER700": "User authorization token not found."}}, "envelope.entry"),
        ({"errors": {"ER700": None}}, "envelope.entry"),
        ({"errors": {"ER700": {**entry("ER700"), "code": ...}}}, "envelope.code"),
        ({"errors": {"ER700": {**entry("ER700"), "code": 700}}}, "envelope.code"),
        ({"errors": {"ER700": {**entry("ER700"), "code": "ER701"}}}, "envelope.code"),
        ({"errors": {"0": entry("ER700")}}, "envelope.code"),
        ({"errors": {"ER700": {**entry("ER700"), "message": ...}}}, "envelope.message"),
        ({"errors": {"ER700": {**entry("ER700"), "message": None}}}, "envelope.message"),
        (
            {"errors": {"ER700": {**entry("ER700"), "message": "User authorization token not found"}}},
            "envelope.message",
        ),
        ({"errors": {"ER700": {**entry("ER700"), "solution": ...}}}, "envelope.solution"),
        ({"errors": {"ER700": {**entry("ER700"), "solution": [entry("ER700")["solution"]]}}}, "envelope.solution"),
        ({"errors": {"ER700": {**entry("ER700"), "solution": entry("ER702")["solution"]}}}, "envelope.solution"),
        (b'{"errors": {', "body.json"),
        (b"<html>", "body.json"),
    ],
)
def test_an_envelope_in_the_wrong_form_fails_one_case(body: Any, rule: str) -> None:
    """A deviation of the envelope is reported once, and the code that it holds is not doubted."""
    if isinstance(body, dict) and isinstance(body.get("errors"), dict):
        for error in body["errors"].values():
            for name in [name for name, value in error.items() if value is ...] if isinstance(error, dict) else ():
                del error[name]

    expected = {rule} | ({"envelope.key"} if body == {"errors": {"0": entry("ER700")}} else set())

    assert failure(body) == expected


def test_an_undocumented_code_fails_the_allowed_values() -> None:
    """A code that is not among the thirteen is that deviation, not one of each request."""
    unknown = {"code": "ER701", "message": "Unknown.", "solution": "None."}

    assert failure({"errors": {"ER701": unknown}}) == {"envelope.code"}
    assert failure({"errors": {"er700": {**entry("ER700"), "code": "er700"}}}) == {"envelope.code"}


def test_an_entry_under_another_code_is_named() -> None:
    """Key and code have to be one."""
    assert "envelope.key" in failure({"errors": {"ER700": entry("ER702")}})


@given(st.sampled_from(sorted(CONTRACT.catalogue)), st.sampled_from(["message", "solution"]), st.data())
def test_any_change_of_a_text_is_caught(code: str, name: str, data: st.DataObject) -> None:
    """A changed, added or dropped character anywhere in a text is a deviation."""
    text = entry(code)[name]
    at = data.draw(st.integers(0, len(text)))
    changed = (
        text[:at] + data.draw(st.sampled_from(["", " ", "x", "\u00a0"])) + text[at + data.draw(st.integers(0, 1)) :]
    )
    body = {"errors": {code: {**entry(code), name: changed}}}
    one = exchange(answer(body, 400), request(key=None, user=None, segment="480377"))
    case = next(case for case in WATCHING if case.id == f"envelope.{name}")

    assert bool(case.judge([one], CONTRACT)) is (changed != text)


@pytest.mark.parametrize(
    "media_type",
    [
        "text/html",
        "text/plain; charset=utf-8",
        "application/problem+json",
        "text/json",
        "",
        "application/json2",
        "json",
    ],
)
def test_json_under_another_media_type_fails(media_type: str) -> None:
    """The contract answers application/json."""
    headers: Headers = (("Content-Type", media_type),) if media_type else ()

    assert found_in(success(), headers=headers) == {"header.content-type"}
    assert failure(envelope("ER700"), headers=headers) == {"header.content-type"}


@pytest.mark.parametrize("media_type", ["application/json", "application/json;charset=utf-8", "Application/JSON ; v=1"])
def test_a_media_type_has_parameters_and_no_case(media_type: str) -> None:
    """Parameters and letter case are free (RFC 9110, section 8.3.1)."""
    assert found_in(success(), headers=(("content-type", media_type),)) == set()


@pytest.mark.parametrize("status", [200, 204, 302, 304, 500, 503])
def test_errors_come_with_4xx(status: int) -> None:
    """An envelope with another status fails the status, and its code is right all the same."""
    assert failure(envelope("ER700"), status) == {"status.failure"}


@pytest.mark.parametrize("status", range(400, 500))
def test_any_4xx_is_a_status_of_errors(status: int) -> None:
    """Which one it is, is open."""
    assert failure(envelope("ER700"), status) == set()


def test_a_page_of_html_is_a_wrong_answer_and_nothing_else() -> None:
    """An error page is reported by the case of its request; its form is none of the contract's."""
    assert failure(b"<h1>Unauthorized</h1>", 401, (("Content-Type", "text/html"),)) == {"answer"}


def test_other_methods_and_refusals_have_any_form() -> None:
    """Nothing but a status may be expected where the documents say nothing."""
    for of in (request(method="HEAD"), request(method="POST"), request("480213%00"), request("")):
        assert found_in(b'{"errors": ["Not found"]}', 404, of, ()) == set()


@given(ANY_REQUEST, st.integers(100, 599), st.binary() | st.text().map(str.encode))
def test_every_case_is_total(of: Request, status: int, body: bytes) -> None:
    """No case raises on any answer."""
    failed(exchange(Response(status, JSON, body), of), cases=[*WATCHING, *OBSERVING])


# What answers give away.


@pytest.mark.parametrize("value", ["Sample-Api-Key", "Sample-User-Token"])
def test_credentials_in_an_answer_are_found(value: str) -> None:
    """In the body or in a header, in a success or an error."""
    assert found_in(success(debug=value)) == {"security.echo"}
    assert found_in(success(), headers=(*JSON, ("X-Debug", f"for {value}"))) == {"security.echo"}


@pytest.mark.parametrize("word", ["application/json", "ER702", "User authorization token is invalid."])
def test_a_made_up_credential_may_be_a_word_that_every_answer_holds(word: str) -> None:
    """What an answer says without having been told is no echo, even if a request happens to carry it."""
    invented = exchange(answer(envelope("ER702"), 400), request(user=f"Bearer {word}"))

    assert failed(invented, exchange(answer(envelope("ER702"), 400), request(user="Bearer x"))) == set()


@pytest.mark.parametrize("segment", ["99120045", "480377"])
def test_whether_an_order_exists_is_for_the_authenticated(segment: str) -> None:
    """The order's state told to a request with a mistake in its credentials is a warning, and no failure."""
    code = "ER035" if segment == "99120045" else "ER150"

    assert found_in(envelope(code), 400, request(segment)) == set()
    for of in (request(segment, user=None), request(segment, key="x"), request(segment, client="Bearer x", key=None)):
        assert found_in(envelope(code), 400, of) == {"security.order-existence"}
    assert failure(envelope("ER700")) == set()


@pytest.mark.parametrize(
    "headers",
    [
        (("Cache-Control", "public"),),
        (("Cache-Control", "max-age=60"),),
        (("Cache-Control", "s-maxage=60, max-age=0"),),
        (("Cache-Control", "public, must-revalidate"),),
        (("Date", "Mon, 23 Nov 2026 06:00:00 GMT"), ("Expires", "Mon, 23 Nov 2026 07:00:00 GMT")),
    ],
)
def test_a_token_in_a_shared_cache_is_found(headers: Headers) -> None:
    """Headers that let a shared cache keep an access token."""
    assert found_in(success(), headers=(*JSON, *headers)) == {"security.caching"}
    assert found_in(success(data={}), headers=(*JSON, *headers)) == set()


@pytest.mark.parametrize(
    "headers",
    [
        (),
        (("Cache-Control", "no-store"),),
        (("Cache-Control", "private, max-age=60"),),
        (("Cache-Control", "no-cache, public"),),
        (("Cache-Control", "max-age=0, must-revalidate"),),
        (("Cache-Control", "public, max-age=0"),),
        (("Cache-Control", "max-age=soon"),),
        (("Expires", "0"), ("Date", "Mon, 23 Nov 2026 06:00:00 GMT")),
        (("Expires", "Thu, 19 Nov 1981 08:52:00 GMT"), ("Date", "Mon, 23 Nov 2026 06:00:00 GMT")),
    ],
)
def test_an_answer_that_no_shared_cache_reuses_passes(headers: Headers) -> None:
    """Nothing about caching, or something that keeps shared caches out."""
    assert found_in(success(), headers=(*JSON, *headers)) == set()


def test_an_access_token_in_an_error_is_found() -> None:
    """By its name, or as the value that a success gave out."""
    leak = {**envelope("ER700"), "debug": "sample-access-token"}

    assert failure({**envelope("ER700"), "data": {"accessToken": "another"}}) == {"security.token-in-error"}
    assert failed(exchange(answer(success())), exchange(answer(leak, 400), NO_USER)) == {"security.token-in-error"}
    assert failure(leak) == set()


def test_two_users_with_one_access_token_are_found() -> None:
    """A token that one user got is not another's; the page's example is nobody's."""
    mine, others = request(), request("480377", user=f"Bearer {SAMPLE.other_user_token}")
    example = success(data={"accessToken": "fooToken"})

    assert failed(exchange(answer(success())), exchange(answer(success()), others)) == {"security.token-per-user"}
    assert failed(exchange(answer(success())), exchange(answer(success()), mine)) == set()
    assert failed(exchange(answer(example)), exchange(answer(example), others)) == set()


# What is strict and what is lenient.


def test_a_token_without_a_scheme_is_a_warning() -> None:
    """Bearer is documented; a server that takes the token without it is lenient."""
    bare = request(key=None, client=SAMPLE.client_token)

    assert found_in(success(), of=bare) == {"auth.no-scheme"}
    assert found_in(envelope("ER800"), 400, bare) == set()
    assert found_in(success(), of=request(client=SAMPLE.client_token)) == set()


@pytest.mark.parametrize("segment", ["%2B480213", "480213.0", "480213%2F"])
def test_another_spelling_of_the_order_is_a_warning(segment: str) -> None:
    """A success for the number in other characters is not forbidden to the letter."""
    assert found_in(success(), of=request(segment)) == {"order.other-spelling"}
    assert found_in(envelope("ER034"), 400, request(segment)) == set()


def test_leading_zeros_are_open() -> None:
    """Either answer passes without a warning."""
    assert found_in(success(), of=request("0480213")) == set()
    assert found_in(envelope("ER034"), 400, request("0480213")) == set()


def test_encoded_digits_are_the_same_order() -> None:
    """A server that does not decode its path gets a warning."""
    encoded = request("%34%38%30%32%31%33")

    assert found_in(success(), of=encoded) == set()
    assert found_in(envelope("ER034"), 400, encoded) == {"order.encoded-digits"}


# Several answers together.


def test_a_code_with_two_statuses_is_a_warning() -> None:
    """Alone in its envelope a code has one status; beside others it may share theirs."""
    both = answer({"errors": {"ER700": entry("ER700"), "ER150": entry("ER150")}}, 403)

    assert failed(*(exchange(answer(envelope("ER700"), status), NO_USER) for status in (400, 401))) == {
        "consistency.status"
    }
    assert failed(exchange(answer(envelope("ER700"), 400), NO_USER), exchange(both, request("480377", user=None))) <= {
        "security.order-existence"
    }


def test_one_request_has_one_reading() -> None:
    """An empty token is absent or invalid, and not the one today and the other tomorrow."""
    empty = request(user="Bearer")
    absent, invalid = (exchange(answer(envelope(code), 400), empty) for code in ("ER700", "ER702"))
    random = request(key=None, user=None)
    one, other = (exchange(answer(envelope(code), 400), random) for code in ("ER700", "ER802"))

    assert failed(absent, absent) == set()
    assert failed(absent, invalid) == {"consistency.repeats"}
    assert failed(one, other) == set()


@pytest.mark.parametrize("kind", FaultKind)
def test_each_fault_of_transport_fails_its_case(kind: FaultKind) -> None:
    """Each has a case of its own, with its evidence."""
    fault = exchange(Fault(kind, "what happened"))
    case = next(case for case in WATCHING if case.id == f"transport.{kind}")
    (violation,) = case.judge([fault], CONTRACT)

    assert failed(fault) == {f"transport.{kind}"}
    assert violation.actual == "what happened"
    assert failed(exchange(Fault(kind, ""), request(method="DELETE"))) == set()


def test_a_front_may_hang_up_on_an_attack() -> None:
    """A connection closed on a target that is no clean URI is no deviation; a hang is."""
    assert failed(exchange(Fault(FaultKind.CONNECTION, ""), request("480213%00"))) == set()
    assert failed(exchange(Fault(FaultKind.TIMEOUT, ""), request("480213%00"))) == {"transport.timeout"}
