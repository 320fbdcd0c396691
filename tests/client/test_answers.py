"""Every answer gives a value or a BtcDirectError."""

import copy
import gzip
import json
import os
import pickle
import tracemalloc
import zlib
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.client.twins import CHECK, TWINS, Twin, always, success

from btcdirect import LivenessCheck, errors, wire
from btcdirect.answers import MAX_BODY, Answer, Asked, already_read, read_liveness


def answering(content: bytes, status: int = 200, headers: dict[str, str] | None = None) -> Any:
    """A handler that answers with these bytes, unread, as from a network."""
    return lambda _: httpx.Response(status, headers=headers, stream=httpx.ByteStream(content))


def test_a_check_has_the_fields_that_the_documents_name(twin: Twin) -> None:
    """Name, type, status, data, and the access token out of it."""
    check = twin.get(success)
    assert (check.name, check.type, check.status) == ("liveness", None, "pending")
    assert check.access_token == "fooToken"
    assert check.data == {"accessToken": "fooToken"}


def test_unknown_fields_and_statuses_are_kept(twin: Twin) -> None:
    """Values are not documented, and the vendor may add fields."""
    body = {**CHECK, "status": "on-the-moon", "since": 5, "data": {"more": [1]}}
    check = twin.get(always(lambda: httpx.Response(200, json=body)))
    assert check.status == "on-the-moon"
    assert check.raw == body
    assert check.data == {"more": [1]}


@pytest.mark.parametrize(
    "data",
    [{}, {"data": None}, {"data": []}, {"data": {}}, {"data": {"accessToken": None}}, {"data": {"accessToken": ""}}],
)
def test_no_data_in_any_spelling_is_no_access_token(twin: Twin, data: dict[str, Any]) -> None:
    """PHP writes an empty object as [] or null."""
    check = twin.get(always(lambda: httpx.Response(200, json={"name": "n", "status": "s", **data})))
    assert check.access_token is None
    assert not check.data.get("accessToken")


@pytest.mark.parametrize("kind", [{}, {"type": None}, {"type": ""}, {"type": "sumsub"}])
def test_type_may_be_absent_or_null(twin: Twin, kind: dict[str, Any]) -> None:
    """The page says optional and nullable."""
    check = twin.get(always(lambda: httpx.Response(200, json={"name": "n", "status": "s", **kind})))
    assert check.type == kind.get("type")


def test_any_2xx_is_a_success(twin: Twin) -> None:
    """The page names no status."""
    assert twin.get(always(lambda: httpx.Response(203, json=CHECK))).status == "pending"


def test_a_byte_order_mark_is_skipped(twin: Twin) -> None:
    """RFC 8259 lets a reader ignore it."""
    assert twin.get(answering(b"\xef\xbb\xbf" + json.dumps(CHECK).encode())).status == "pending"


@pytest.mark.parametrize(
    ("coding", "encode"),
    [
        ("gzip", gzip.compress),
        ("GZip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("identity", bytes),
    ],
)
def test_a_coding_that_was_not_asked_for_is_undone(twin: Twin, coding: str, encode: Any) -> None:
    """A gateway may compress all the same."""
    body = encode(json.dumps(CHECK).encode())
    assert twin.get(answering(body, headers={"Content-Encoding": coding})).status == "pending"


INVALID: dict[str, tuple[Any, str]] = {
    "empty": (answering(b""), "the body is empty"),
    "no content": (answering(b"", 204), "the body is empty"),
    "HTML": (answering(b"<html>"), "the body is not JSON"),
    "truncated": (answering(b'{"name": "liven'), "the body is not JSON"),
    "not UTF-8": (answering(b'{"name": "\xff"}'), "the body is not JSON"),
    "NaN": (answering(b'{"name": NaN}'), "the body is not JSON"),
    "deep": (answering(b"[" * 100_000), "the body is not JSON"),
    "huge number": (answering(b"9" * 5000), "the body is not JSON"),
    "array": (answering(b"[]"), "the body is no JSON object"),
    "null": (answering(b"null"), "the body is no JSON object"),
    "name missing": (answering(b'{"status": "s"}'), "'name' is missing or no string"),
    "status a number": (answering(b'{"name": "n", "status": 1}'), "'status' is missing or no string"),
    "type a number": (answering(b'{"name": "n", "status": "s", "type": 1}'), "'type' is no string"),
    "data a string": (answering(b'{"name": "n", "status": "s", "data": ""}'), "'data' is no object"),
    "data false": (answering(b'{"name": "n", "status": "s", "data": false}'), "'data' is no object"),
    "data an array": (answering(b'{"name": "n", "status": "s", "data": [1]}'), "'data' is no object"),
    "no gzip": (answering(b"{}", headers={"Content-Encoding": "gzip"}), "the body is not in its Content-Encoding"),
    "cut gzip": (
        answering(gzip.compress(b"{}" * 99)[:-9], headers={"Content-Encoding": "gzip"}),
        "the body is not in its Content-Encoding",
    ),
    "unknown coding": (
        answering(b"{}", headers={"Content-Encoding": "br"}),
        "a Content-Encoding that was not asked for",
    ),
    "bomb": (answering(gzip.compress(b" " * 99_000_000, 9), headers={"Content-Encoding": "gzip"}), "larger than"),
    "too large under its coding": (
        answering(gzip.compress(os.urandom(MAX_BODY)), headers={"Content-Encoding": "gzip"}),
        "larger than",
    ),
    "too large": (answering(b" " * (MAX_BODY + 1)), "the body is larger than 1048576 bytes"),
    "no envelope": (answering(b'{"message": "gone"}', 404), "no error envelope"),
    "empty envelope": (answering(b'{"errors": {}}', 400), "no error envelope"),
    "errors an array": (answering(b'{"errors": []}', 400), "no error envelope"),
    "a check under 400": (answering(json.dumps(CHECK).encode(), 400), "no error envelope"),
    "choices": (answering(b"", 300), "a redirect, which is never followed"),
    "redirect": (answering(b"", 302, {"Location": "http://other.test/"}), "a redirect, which is never followed"),
    "520": (answering(b"<html>", 520), "HTTP 520: the body is not JSON"),
    "999": (answering(b"", 999), "HTTP 999: the body is empty"),
}


@pytest.mark.parametrize("case", INVALID)
def test_what_makes_no_sense_is_an_invalid_response(twin: Twin, case: str) -> None:
    """With the status, and the reason in words."""
    handler, reason = INVALID[case]
    with pytest.raises(errors.InvalidResponse, match=reason) as caught:
        twin.get(handler)
    assert f"HTTP {caught.value.status_code}" in str(caught.value)


@pytest.mark.parametrize("raised", [ValueError, TypeError, KeyError, AttributeError, RecursionError])
def test_what_the_generated_parsing_raises_is_an_invalid_response(
    twin: Twin, raised: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A contract with a date or an enum has generated code that refuses values; no text of its own gets out."""

    def parse(payload: Any) -> Any:
        raise raised(f"no date: {payload['expiresAt']}, {payload['data']['accessToken'].reveal()}")

    generated = wire._generated()._replace(status=parse)
    monkeypatch.setattr(wire, "_generated", lambda: generated)
    with pytest.raises(errors.InvalidResponse, match="HTTP 200: a field is not what the contract says") as caught:
        twin.get(always(lambda: httpx.Response(200, json={**CHECK, "expiresAt": "soon"})))
    assert '"expiresAt":"soon"' in caught.value.body
    assert "fooToken" not in f"{caught.value!r} {caught.value.body}"
    assert caught.value.__context__ is None


def test_a_body_may_be_as_large_as_the_limit(twin: Twin) -> None:
    """And not a byte larger."""
    body = json.dumps(CHECK).encode()
    assert twin.get(answering(body.ljust(MAX_BODY))).status == "pending"
    with pytest.raises(errors.InvalidResponse, match="larger than"):
        twin.get(answering(body.ljust(MAX_BODY + 1)))


def test_a_bomb_is_not_unpacked() -> None:
    """No more of it than shows that it is too large, whoever has asked for it."""
    answer = Answer(200, httpx.Headers({"Content-Encoding": "gzip"}), gzip.compress(bytes(99_000_000), 9))
    tracemalloc.start()
    try:
        found = read_liveness(answer, Asked("GET", httpx.URL("http://a.test"), ()))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(found, errors.InvalidResponse)
    assert peak < 10 * MAX_BODY


def test_of_what_a_hook_has_read_no_more_is_kept() -> None:
    """Than of what nobody has."""
    response = httpx.Response(200, stream=httpx.ByteStream(b"x" * 2 * MAX_BODY))
    response.read()
    answer = already_read(response)
    assert answer is not None
    assert len(answer.body) == MAX_BODY + 1


def test_an_invalid_response_holds_the_start_of_its_body(twin: Twin) -> None:
    """Enough to see what it is, and no more."""
    with pytest.raises(errors.InvalidResponse) as caught:
        twin.get(answering(b"<html>" + b"x" * 5000))
    assert caught.value.body.startswith("<html>xxx")
    assert len(caught.value.body) < 600


def test_the_access_token_is_a_str_that_prints_as_a_mask(twin: Twin) -> None:
    """For code it is its value; for people it is not."""
    check = twin.get(success)
    token = check.access_token
    assert isinstance(token, str)
    assert json.dumps(token) == '"fooToken"'
    assert "Bearer " + token == "Bearer fooToken"
    assert type(token.reveal()) is str
    for printed in (repr(token), str(token), f"{token}", f"{token:>20}", f"{[token]}", "%s" % token):  # noqa: UP031
        assert "fooToken" not in printed
        assert "[redacted]" in printed


def test_a_check_prints_without_its_access_token(twin: Twin) -> None:
    """Nor do data and raw show it."""
    check = twin.get(success)
    assert "fooToken" not in f"{check} {check!r} {check.data} {check.raw}"


def test_a_check_is_frozen_slotted_hashable_and_picklable(twin: Twin) -> None:
    """A value like any other."""
    check = twin.get(success)
    with pytest.raises(AttributeError):
        check.status = "approved"
    assert not hasattr(check, "__dict__")
    assert hash(check) == hash(copy.deepcopy(check))
    again = pickle.loads(pickle.dumps(check))  # noqa: S301
    assert again == check
    assert again.access_token.reveal() == "fooToken"


def test_an_answer_that_a_hook_has_read_is_read_once(twin: Twin) -> None:
    """A user's client may log bodies; its coding is undone by then."""
    kind: Any = httpx.AsyncClient if twin.is_async else httpx.Client

    async def aread(response: httpx.Response) -> None:
        await response.aread()

    def read(response: httpx.Response) -> None:
        response.read()

    handler = answering(gzip.compress(json.dumps(CHECK).encode()), headers={"Content-Encoding": "gzip"})
    hooks = {"response": [aread if twin.is_async else read]}
    client = kind(transport=httpx.MockTransport(handler), event_hooks=hooks)
    assert twin.get(http_client=client).status == "pending"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["name", "status", "data", "errors"]), inner)
    ),
    max_leaves=20,
)
ENVELOPES = st.fixed_dictionaries(
    {"errors": st.dictionaries(st.sampled_from(["ER035", "ER801", "ER999", "x"]), JSON)}, optional={"name": JSON}
)
CHECKS = st.fixed_dictionaries(
    {"name": st.text() | JSON, "status": st.text() | JSON}, optional={"type": JSON, "data": JSON}
)
BODIES = st.binary() | (JSON | ENVELOPES | CHECKS).map(lambda value: json.dumps(value).encode())
HEADERS = st.lists(
    st.tuples(
        st.sampled_from(
            [b"Content-Encoding", b"Content-Type", b"Retry-After", b"Location", b"Set-Cookie", b"X-Request-Id"]
        ),
        st.binary(max_size=20) | st.sampled_from([b"gzip", b"deflate", b"identity", b"120", b"br"]),
    ),
    max_size=4,
)


@given(body=BODIES, status=st.integers(100, 999), headers=HEADERS)
def test_any_answer_gives_a_value_or_a_btcdirect_error(
    body: bytes, status: int, headers: list[tuple[bytes, bytes]]
) -> None:
    """Whatever bytes, status and headers arrive; and every error prints and pickles."""

    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))

    try:
        check = TWINS[0].get(handler)
    except errors.BtcDirectError as error:
        assert str(error).isprintable()  # noqa: PT017 - a value is as good
        pickle.dumps(error)
    else:
        assert isinstance(check, LivenessCheck)
        assert isinstance(check.name, str)
        assert isinstance(check.status, str)
        assert isinstance(check.access_token, str | None)
