"""The checks on the form of answers."""

import json
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from tests.conformance.helpers.judged import NO_USER, OBSERVING, WATCHING, failed, failure, found_in
from tests.conformance.helpers.toy import (
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

from btcdirect_conformance.exchange import Exchange, Headers, Request, Response
from btcdirect_conformance.judgement.oracle import judge


def _with(extra: bytes) -> bytes:
    """A success with one more field, to the letter."""
    return json.dumps(success()).encode()[:-1] + b', "extra": ' + extra + b"}"


@given(st.lists(exchanges(), max_size=3))
def test_a_correct_server_fails_no_form(some: list[Exchange]) -> None:
    """No check on form, transport or caching alarms on an answer that the documents allow."""
    known = {"security.order-existence", "consistency.status", "auth.no-scheme", "order.other-spelling"}
    known |= {"order.encoded-digits", "order.strict-number", "security.token-per-user", "consistency.repeats"}

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
        (success(data={"accessToken": ["a"]}), "body.access-token"),
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
        (_with(b"-Infinity"), "body.json"),
        (_with(b"[" * 5000 + b"]" * 4999), "body.json"),
        (_with(b"[" * 5000 + b'{"a": 1, "a": 2}' + b"]" * 5000), "body.unique-names"),
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
        success(extra="\ud800", **{"\udfff": "\0"}),
        _with(b"9" * 5000),
        _with(b"-1e400"),
        _with(b"[" * 5000 + b"]" * 5000),
        _with(b'{"a":' * 5000 + b"1" + b"}" * 5000),
        json.dumps(success()).encode() + b"\r\n",
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


def test_what_is_found_can_be_printed() -> None:
    """Names that no encoding can write are escaped, and long ones cut."""
    odd = {"\ud800": {"code": "\udfff", "message": "\ud800", "solution": None}, "x" * 100_000: "\ud800"}
    answers = [answer({"errors": odd}, 400), Response(400, JSON, b'{"errors": {}, "\\ud800": 1, "\\ud800": 2}')]
    for one in (exchange(each, NO_USER) for each in answers):
        violations = [found for case in [*WATCHING, *OBSERVING] for found in case.judge([one], CONTRACT)]
        violations += judge(one, CONTRACT)
        texts = [text for violation in violations for text in (violation.expected, violation.actual)]
        assert texts
        assert max(map(len, texts)) < 1000
        assert [text.encode() for text in texts]


def test_many_names_that_stand_twice_are_read_in_no_time() -> None:
    """A large object with a repeated name takes no time of its size squared."""
    members = ", ".join(f'"{number % 99_999}": 1' for number in range(100_000))

    assert found_in(_with(f"{{{members}}}".encode())) == {"body.unique-names"}


def test_a_coding_is_for_who_asks_for_it() -> None:
    """Without Accept-Encoding of a coding a body comes as it is."""
    plain = evolve(request(), headers=(("Accept-Encoding", "identity"), *request().headers))
    coded: Headers = (*JSON, ("Content-Encoding", "gzip"))

    assert found_in(success(), of=plain, headers=coded) == {"header.content-coding"}
    assert found_in(success(), of=plain) == set()
    assert found_in(success(), headers=coded) == set()


def test_one_way_to_say_the_length() -> None:
    """Two ways at once are how requests are smuggled."""
    both: Headers = (*JSON, ("Content-Length", "2"), ("Transfer-Encoding", "chunked"))

    assert found_in(success(), headers=both) == {"header.framing"}
    assert found_in(success(), headers=both[:2]) == set()


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
