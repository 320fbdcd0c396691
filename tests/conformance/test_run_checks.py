"""The checks on what answers give away, on what is strict and lenient, and on several answers together."""

import json

import pytest
from attrs import evolve
from tests.conformance.helpers.judged import NO_USER, WATCHING, failed, failure, found_in
from tests.conformance.helpers.toy import CONTRACT, JSON, answer, entry, envelope, exchange, request, success

from btcdirect_conformance.cases.combination import SAMPLE
from btcdirect_conformance.exchange import Fault, FaultKind, Headers, Response

# What answers give away.


@pytest.mark.parametrize("value", ["Sample-Api-Key", "Sample-User-Token"])
def test_credentials_in_an_answer_are_found(value: str) -> None:
    """In the body or in a header, in a success or an error."""
    assert found_in(success(debug=value)) == {"security.echo"}
    assert found_in(success(), headers=(*JSON, ("X-Debug", f"for {value}"))) == {"security.echo"}


def test_credentials_in_every_answer_are_found() -> None:
    """Who repeats whatever comes repeats a near miss as well, and a field whose name is in lower case."""
    valid = request()
    extended = request(user=f"Bearer {SAMPLE.user_token}xx")
    lower = evolve(valid, headers=tuple((name.lower(), value) for name, value in valid.headers))
    all_of_it = [
        exchange(answer(success(debug=dict(of.headers)[name])), of)
        for of, name in ((valid, "User-Authorization"), (lower, "user-authorization"))
    ]

    assert failed(*all_of_it) == {"security.echo"}
    assert "security.echo" in failed(
        all_of_it[0], exchange(answer({**envelope("ER702"), "debug": f"{SAMPLE.user_token}xx"}, 400), extended)
    )


@pytest.mark.parametrize(
    "written", [r"Sample\/User+Token", r"Sample\u002fUser+Token", r"\u0053ample\/\u0055ser\u002bToken"]
)
def test_credentials_are_found_as_json_may_write_them(written: str) -> None:
    """PHP escapes every slash, and a few others whatever is not ASCII or might be HTML."""
    fixtures = evolve(SAMPLE, user_token="Sample/User+Token")
    of = evolve(request(), headers=(("User-Authorization", f"Bearer {fixtures.user_token}"),))
    body = json.dumps(success(debug="it")).replace('"it"', f'"{written}"').encode()

    assert "security.echo" in failed(exchange(Response(200, JSON, body), of))


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_credentials_in_answers_to_other_methods_are_found(method: str) -> None:
    """Whatever a request asks for, no secret is due to it."""
    leak = Response(200, (("X-Debug", "Sample-User-Token"),), b"")

    assert failed(exchange(leak, request(method=method))) == {"security.echo"}
    assert failed(exchange(answer(success())), exchange(leak, request(method=method, user=None))) == {
        "security.credentials"
    }
    assert failed(exchange(leak, request(method="TRACE"))) == set()


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
        (("Cache-Control", "max-age=0000000001000"),),
        (("Cache-Control", 'private="X-Foo, X-Bar", max-age=60'),),
        (("Cache-Control", 'no-cache="Set-Cookie", public'),),
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


@pytest.mark.parametrize(
    ("control", "is_found"), [("max-age=60", False), ("public", True), ("s-maxage=60", True), ("private", False)]
)
def test_a_shared_cache_keeps_what_was_authorized_only_if_told(control: str, is_found: bool) -> None:
    """What came for a request with Authorization is not for others, unless it says so (RFC 9111, section 3.5)."""
    by_token = request(key=None, client=f"Bearer {SAMPLE.client_token}")
    kept = answer(success(), headers=(*JSON, ("Cache-Control", control)))

    assert (failed(exchange(kept, by_token)) == {"security.caching"}) is is_found


def test_an_access_token_in_an_error_is_found() -> None:
    """By its name, or as the value that a success gave out."""
    leak = {**envelope("ER700"), "debug": "sample-access-token"}

    assert failure({**envelope("ER700"), "data": {"accessToken": "another"}}) == {"security.token-in-error"}
    assert failed(exchange(answer(success())), exchange(answer(leak, 400), NO_USER)) == {"security.token-in-error"}
    assert failure(leak) == set()


def test_the_example_of_the_page_is_no_secret() -> None:
    """A mock may give it to everybody, and an error may show how a success looks."""
    example = {"data": {"accessToken": "fooToken"}}
    shown = answer({**envelope("ER700"), "example": success(**example)}, 400)

    assert failed(exchange(answer(success(**example))), exchange(shown, NO_USER)) == set()


def test_two_users_with_one_access_token_are_found() -> None:
    """A token that one user got is not another's; the page's example is nobody's."""
    mine, others = request(), request("480377", user=f"Bearer {SAMPLE.other_user_token}")
    example = success(data={"accessToken": "fooToken"})

    assert failed(exchange(answer(success())), exchange(answer(success()), others)) == {"security.token-per-user"}
    assert failed(exchange(answer(success())), exchange(answer(success()), mine)) == set()
    assert failed(exchange(answer(example)), exchange(answer(example), others)) == set()


def test_an_access_token_of_another_is_found_wherever_it_stands() -> None:
    """Not just where its own user gets it."""
    others = request("480377", user=f"Bearer {SAMPLE.other_user_token}")
    first, second = success(data={"accessToken": "the-first-users-token"}), success(data={"accessToken": "the-second"})

    told = answer({**second, "previous": first})
    assert failed(exchange(answer(first)), exchange(told, others)) == {"security.token-per-user"}
    assert failed(exchange(answer(second), others), exchange(answer(first))) == set()


def test_a_valid_credential_is_told_to_nobody_else() -> None:
    """A request that did not carry it gets no valid credential to see; an invalid one is no secret."""
    by_key, by_token = request(), request(key=None, client=f"Bearer {SAMPLE.client_token}")
    wrong = request(key="no-valid-key-at-all")
    told = answer({**success(), "debug": SAMPLE.api_key})

    assert failed(exchange(answer(success()), by_key), exchange(told, by_token)) == {"security.credentials"}
    assert failed(exchange(told, by_token)) == set()
    invalid = answer({**success(), "debug": "no-valid-key-at-all"})
    assert failed(exchange(answer(envelope("ER805"), 401), wrong), exchange(invalid, by_token)) == set()


# What is strict and what is lenient.


def test_a_token_without_a_scheme_is_a_warning() -> None:
    """Bearer is documented; a server that takes the token without it is lenient."""
    bare = request(key=None, client=SAMPLE.client_token)

    assert found_in(success(), of=bare) == {"auth.no-scheme"}
    assert found_in(envelope("ER800"), 400, bare) == set()
    assert found_in(success(), of=request(client=SAMPLE.client_token)) == set()


@pytest.mark.parametrize("segment", ["480213%0A", "480213e0", "%D9%A4%D9%A8", "%20480213"])
def test_what_lenient_readers_alone_call_a_number_is_a_warning(segment: str) -> None:
    """Not found, as a number would be; that it is none (ER034) is what the catalogue says."""
    assert found_in(envelope("ER035"), 404, request(segment)) == {"order.strict-number"}
    assert found_in(envelope("ER034"), 400, request(segment)) == set()


@pytest.mark.parametrize(
    ("segment", "merged"),
    [
        ("480213%2F", None),
        ("%2F480213", None),
        ("0480213%2F", None),
        ("0480213%2F", "ER035"),
        ("480377%2F", "ER150"),
        ("99120045%2F", "ER035"),
        ("7%2F", "ER035"),
    ],
)
def test_a_front_may_merge_slashes(segment: str, merged: str | None) -> None:
    """It delivers the id alone, as nginx does, and nobody is warned."""
    delivered = found_in(success(), of=request(segment)) if merged is None else set[str]()

    assert delivered == set()
    assert merged is None or found_in(envelope(merged), 400, request(segment)) == set()
    assert found_in(envelope("ER034"), 400, request(segment)) == set()


@pytest.mark.parametrize("segment", ["%2B480213", "480213.0"])
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


@pytest.mark.parametrize("segment", ["%", "%zz", "480213%", "480213%FF"])
def test_what_cannot_be_decoded_is_no_attack(segment: str) -> None:
    """Who hangs up on it has fallen over it, as Node does by default."""
    fallen = exchange(Fault(FaultKind.CONNECTION, ""), request(segment))
    assert failed(fallen) == {"transport.connection"}
    assert failed(fallen, exchange(Fault(FaultKind.CONNECTION, ""), request("480213'"))) == set()
    assert failed(exchange(Fault(FaultKind.TIMEOUT, ""), request("480213%00"))) == {"transport.timeout"}
