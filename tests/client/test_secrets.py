"""No secret is ever printed: canaries in every place, and a search through everything that comes out."""

import json
import logging
import pickle
import sys
import time
import traceback
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.client.raw_server import raw_server
from tests.client.twins import AIOHTTP, TWINS, Script, Twin

from btcdirect import ApiKey, AsyncClient, Client, ClientCredentials, ClientToken, errors
from btcdirect.answers import MAX_BODY
from btcdirect.redaction import Redactor, Secret

KEY, USER, ACCESS, PASSWORD = (f"CANARY/{name}+{name}==" for name in ("key", "user", "access", "password"))
OTHER = "CANARY-cookie"
CANARY = "CANARY"


def everything_of(error: BaseException) -> str:
    """All that a log, a task queue or an error tracker may make of an exception, with local variables."""
    traced = traceback.TracebackException.from_exception(error, capture_locals=True)
    parts = [repr(error), str(error), "".join(traced.format()), pickle.dumps(error).decode("latin-1")]
    parts += [repr(value) for value in vars(error).values()]
    seen: BaseException | None = error
    while seen is not None:
        for frame, _ in traceback.walk_tb(seen.__traceback__):
            own = "btcdirect" in frame.f_code.co_filename and "tests" not in frame.f_code.co_filename
            parts += [repr(value) for value in frame.f_locals.values() if own or seen is not error]
        seen = seen.__context__
    # The tests' own frames hold what they planted.
    return "\n".join(part for part in "\n".join(parts).splitlines() if "test_secrets" not in part)


def leaks(twin: Twin, caplog: pytest.LogCaptureFixture, handler: Any, **options: Any) -> None:
    """Run a call that fails, and search."""
    caplog.set_level(logging.DEBUG, "btcdirect")
    authorization = options.pop("authorization", None) or ApiKey(KEY)
    with pytest.raises(errors.BtcDirectError) as caught:
        twin.run(
            lambda client: client.as_user(USER).get_liveness("480213"), handler, authorization=authorization, **options
        )
    assert CANARY not in everything_of(caught.value)
    assert CANARY not in caplog.text


def echo(status: int, *secrets: str) -> Any:
    """A handler whose answer repeats the secrets of its request, in every spelling."""
    text = " ".join(
        [*secrets, *(quote(s, safe="") for s in secrets), *(json.dumps(s).replace("/", "\\/") for s in secrets)]
    )

    def handler(_: httpx.Request) -> httpx.Response:
        entries = {"ER035": {"code": "ER035", "message": text, "solution": text}, "ER1": {"code": text}, text: {}}
        body = {"errors": entries, "name": text}
        headers = {
            "Set-Cookie": f"session={OTHER}",
            "X-Access-Token": ACCESS,
            "X-Debug": text,
            "Location": f"http://other.test/login?x=1&accessToken={ACCESS}",
        }
        return httpx.Response(status, headers=headers, content=json.dumps(body))

    return handler


@pytest.mark.parametrize("status", [200, 302, 400, 429, 500])
def test_an_answer_that_echoes_the_credentials(twin: Twin, caplog: pytest.LogCaptureFixture, status: int) -> None:
    """In messages, headers and cookies."""
    leaks(twin, caplog, echo(status, KEY, USER))


def test_a_base_url_that_holds_a_secret(twin: Twin) -> None:
    """A gateway may want a key in the path; what was asked is told without it."""
    with pytest.raises(errors.OrderNotFound) as caught:
        twin.get(echo(400), base_url="http://a.test/CANARY-key/v", authorization=ApiKey("CANARY-key"))
    assert caught.value.request == errors.RequestSummary(
        "GET", "http://a.test/[redacted]/v/api/v2/buy/480213/identification/liveness"
    )


BODIES = [
    f'{{"name": 1, "status": "s", "data": {{"accessToken": "{ACCESS}"}}}}',
    f'{{"name": "n", "data": {{"accessToken": "{ACCESS}',
    f'{{"name": 1, "access_token" : "{ACCESS}\\"\\n{ACCESS}"}}',
    f"<html>Authorization: Bearer {ACCESS}</html>",
    f"<html>{KEY} {USER}</html>",
    "x" * 490 + KEY,
]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("status", [200, 404, 502])
def test_an_answer_that_makes_no_sense(twin: Twin, caplog: pytest.LogCaptureFixture, status: int, body: str) -> None:
    """Its excerpt is redacted first and cut afterwards."""
    leaks(twin, caplog, lambda _: httpx.Response(status, text=body))


@pytest.mark.parametrize("kind", [httpx.ReadTimeout, httpx.ConnectError, ValueError])
def test_a_transport_that_prints_the_request(twin: Twin, caplog: pytest.LogCaptureFixture, kind: Any) -> None:
    """Its exception's text is redacted, and its frames are gone."""

    def handler(request: httpx.Request) -> httpx.Response:
        secret_local = dict(request.headers)
        raise kind(f"can't send {secret_local}")

    leaks(twin, caplog, handler)


@pytest.mark.parametrize("way", [*TWINS, AIOHTTP], ids=lambda twin: twin.name)
@pytest.mark.parametrize("answer", [b"", b"SSH-2.0\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
def test_a_connection_that_fails(caplog: pytest.LogCaptureFixture, way: Twin, answer: bytes) -> None:
    """The frames of the HTTP library hold the request's headers; none of them is kept."""
    with raw_server(answer, close=True) as (url, _):
        leaks(way, caplog, None, base_url=url, max_retries=1)
    with raw_server(lambda *_: None) as (url, _):
        leaks(way, caplog, None, base_url=url, timeout=0.1)


@pytest.mark.parametrize("authorization", [ClientToken(KEY), ClientToken(lambda: KEY)])
def test_client_tokens(twin: Twin, caplog: pytest.LogCaptureFixture, authorization: ClientToken) -> None:
    """Given, or handed out by a function."""
    leaks(twin, caplog, echo(400, KEY, USER), authorization=authorization)


def test_credentials_and_the_tokens_they_fetch(twin: Twin, caplog: pytest.LogCaptureFixture) -> None:
    """The password, the token and the refresh token; refused, and fetched."""
    credentials = ClientCredentials(USER, PASSWORD)
    leaks(twin, caplog, echo(400, USER, PASSWORD), authorization=credentials)
    tokens = httpx.Response(200, json={"token": KEY, "refreshToken": ACCESS})
    script = Script(tokens, echo(400, KEY, USER)(httpx.Request("GET", "http://a")))
    leaks(twin, caplog, script, authorization=credentials)
    leaks(
        twin,
        caplog,
        lambda _: httpx.Response(200, json={"token": 1, "refreshToken": ACCESS}),
        authorization=credentials,
    )


def test_nothing_prints_its_secret() -> None:
    """Clients, views and credentials."""
    with Client(ApiKey(KEY)) as client:
        things: list[Any] = [client, client.as_user(USER), client._api, client.as_user(USER)._credentials]
        things += [ApiKey(KEY), ClientToken(KEY), ClientCredentials(USER, PASSWORD), AsyncClient(ApiKey(KEY))]
        assert not [thing for thing in things if CANARY in f"{thing} {thing!r}"]


@pytest.mark.parametrize(
    "make", [ApiKey, ClientToken, lambda bad: ClientCredentials(bad, ""), lambda bad: Client(ApiKey("k")).as_user(bad)]
)
@pytest.mark.parametrize("bad", [f"{CANARY}\n", f"Bearer {CANARY}", f"{CANARY}é", f"{CANARY}\n".encode()])
def test_a_refused_secret_is_not_in_the_traceback(make: Any, bad: Any) -> None:
    """Not even among the local variables of our frames."""
    with pytest.raises((TypeError, ValueError)) as caught:
        make(bad)
    assert CANARY not in str(caught.value)
    for frame, _ in traceback.walk_tb(caught.value.__traceback__):
        if "test_secrets" not in frame.f_code.co_filename:
            assert CANARY not in repr(frame.f_locals)


def test_a_token_in_the_place_of_an_order_id_is_not_printed(twin: Twin) -> None:
    """A slip that is easy to make."""
    with pytest.raises(ValueError, match="character 1 of 21 is none") as caught:
        twin.get(lambda _: httpx.Response(500), order="CANARY-as-an-order-id")
    assert CANARY not in str(caught.value)


def test_a_proxy_password_is_not_printed() -> None:
    """Neither by the client nor by the error about the URL."""
    with Client(ApiKey("k"), proxy=f"http://u:{CANARY}@proxy.test") as client:
        assert CANARY not in repr(client._sender) + repr(vars(client))
    with pytest.raises(ValueError, match="the proxy is no") as caught:
        Client(ApiKey("k"), proxy=f"ftp://u:{CANARY}@proxy.test")
    assert CANARY not in str(caught.value)


def test_uncaught_errors_print_no_secret(capsys: pytest.CaptureFixture[str], twin: Twin) -> None:
    """As the interpreter prints them."""
    try:
        twin.run(lambda client: client.as_user(USER).get_liveness(1), echo(400, KEY, USER), authorization=ApiKey(KEY))
    except errors.OrderNotFound:
        sys.excepthook(*sys.exc_info())
    assert CANARY not in capsys.readouterr().err


TOKENS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=8, max_size=40)


@given(token=TOKENS, before=st.text(max_size=600), after=st.text(max_size=20))
def test_a_known_secret_is_masked_wherever_it_stands(token: str, before: str, after: str) -> None:
    """Plain, with PHP's escaped slashes, or percent-encoded."""
    redactor = Redactor([Secret(token)])
    for spelling in (token, token.replace("/", "\\/"), quote(token, safe="")):
        body = redactor.excerpt(f"{before}{spelling}{after}".encode("utf-8", "replace"))
        rest = f"{before}{after}[redacted]… characters)"
        assert token not in body or token in rest or len(token) < 9


def test_short_secrets_do_not_garble_the_servers_words() -> None:
    """A test's user called "token" leaves the API's texts alone."""
    assert Redactor([Secret("token")]).text("Authorization token not found.") == "Authorization token not found."
    assert Redactor([]).text("Use a bearer token.") == "Use a bearer token."
    assert repr(Redactor([Secret(KEY)])) == "Redactor()"


@pytest.mark.parametrize(
    "piece",
    [
        '"',
        '"token',
        '"token"',
        '"token" ',
        '"token":"',
        '"token":"\\',
        "?token",
        "?token=",
        "eyJ",
        "eyJ.",
        "bearer ",
        "bearer",
    ],
)
def test_no_text_takes_long_to_search(piece: str) -> None:
    """A server may send a megabyte that is made for it; anything but linear time would take minutes here."""
    text = (piece * MAX_BODY)[:MAX_BODY]
    started = time.process_time()
    Redactor([Secret(KEY)]).text(text)
    assert time.process_time() - started < 20
